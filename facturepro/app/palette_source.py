"""Records for the palette, from the services' search."""

from collections.abc import Callable

from facturepro.i18n import _
from facturepro.i18n.formatting import format_date, format_money
from facturepro.services import catalog, palette
from facturepro.services.company import OpenCompany
from facturepro.services.palette import Hit
from facturepro.ui.pages.invoices_rows import status_chip
from facturepro.ui.widgets.palette import PaletteGroup, PaletteItem

_PAGES = {
    "client": ("clients", "nav.clients"),
    "product": ("products", "nav.products"),
    "invoice": ("invoices", "nav.invoices"),
    "warehouse": ("warehouses", "nav.warehouses"),
    "supplier": ("suppliers", "nav.purchases"),
}


class RecordSource:
    """``open_page(key, argument)`` shows a record."""

    def __init__(self, company: OpenCompany, open_page: Callable[[str, str | None], object]) -> None:
        self._company = company
        self._open = open_page

    def query(self, text: str) -> list[PaletteGroup]:
        found = palette.find(self._company, text)
        groups = []
        for kind, hits in found.items():
            if kind in _PAGES:
                title = _(catalog.entity(kind).model.label_plural)
                groups.append(PaletteGroup(title, [self._item(kind, hit) for hit in hits]))
        if clients := found.get("client"):
            groups.insert(1, PaletteGroup(_("Actions"), [self._new_invoice(clients[0])]))
        return groups

    def _item(self, kind: str, hit: Hit) -> PaletteItem:
        page, icon = _PAGES[kind]
        amount, chip, detail = "", None, hit.detail
        if kind == "invoice":
            chip = status_chip(hit.record, self._company.today())
            amount = format_money(hit.record["total_gross"])
            day = hit.record["issued_on"]
            detail = f"{hit.detail}, {format_date(day, 'day')}" if day else hit.detail
        return PaletteItem(
            key=f"{kind}:{hit.id}",
            text=hit.title,
            icon=icon,
            run=lambda: self._open(page, hit.id),
            detail=detail,
            amount=amount,
            chip=chip,
            secondary=self._new_invoice(hit) if kind == "client" else None,
        )

    def _new_invoice(self, hit: Hit) -> PaletteItem:
        text = _("Nouvelle facture pour {client}").format(client=hit.title)
        return PaletteItem(
            f"new-invoice:{hit.id}",
            text,
            "action.new",
            lambda: self._open("invoice_editor", f"client:{hit.id}"),
            strong=hit.title,
        )
