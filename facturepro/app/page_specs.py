"""The pages of the window in the order of the navigation, each imported at its first visit."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from facturepro.i18n import N_, _
from facturepro.services import cloud, conflicts, invoices, quarantine, stock
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Page, PageSpec, Shell
from facturepro.ui.shell.window import MainWindow
from facturepro.ui.widgets.palette import PaletteItem


def make(context: CompanyContext, remove_example: Callable[[], object] | None) -> list[PageSpec]:
    """``remove_example`` is given for the example company only."""
    company = context.company

    def page(module: str, name: str) -> Callable[[Shell], Page]:
        def factory(shell: Shell) -> Page:
            made: Page = getattr(import_module(f"facturepro.ui.pages.{module}"), name)(shell, context)
            return made

        return factory

    def declared(kind: str, key: str, icon: str) -> Callable[[Shell], Page]:
        def factory(shell: Shell) -> Page:
            from facturepro.ui.pages.catalog_page import CatalogPage

            return CatalogPage(shell, context, kind, key, icon)

        return factory

    def dashboard(shell: Shell) -> Page:
        from facturepro.ui.pages.dashboard import DashboardPage

        return DashboardPage(shell, context, lambda: cloud.is_joined(company), remove_example)

    def low() -> int:
        return stock.counts(company)["low"]

    def attention() -> int:
        """What a person has to settle (refused, in conflict), else what waits to be sent."""
        if not cloud.is_joined(company):
            return conflicts.count_open(company)
        return conflicts.count_open(company) + quarantine.count(company) or cloud.status(company)["pending"]

    return [
        PageSpec("dashboard", N_("Tableau de bord"), "nav.dashboard", "home", dashboard),
        PageSpec(
            "invoices",
            N_("Factures"),
            "nav.invoices",
            "sales",
            page("invoices", "InvoicesPage"),
            counter=lambda: invoices.counts(company)["open"],
        ),
        PageSpec("payments", N_("Paiements"), "nav.payments", "sales", page("payments", "PaymentsPage")),
        PageSpec("clients", N_("Clients"), "nav.clients", "records", page("clients", "ClientsPage")),
        PageSpec("products", N_("Produits"), "nav.products", "records", page("products", "ProductsPage")),
        PageSpec(
            "suppliers",
            N_("Fournisseurs"),
            "nav.purchases",
            "records",
            declared("supplier", "suppliers", "nav.purchases"),
        ),
        PageSpec(
            "stock",
            N_("Niveaux"),
            "nav.stock_levels",
            "stock",
            page("stock", "StockPage"),
            counter=low,
            counter_kind="alert",
        ),
        PageSpec(
            "movements", N_("Mouvements"), "nav.stock_movements", "stock", page("stock_movements", "MovementsPage")
        ),
        PageSpec("warehouses", N_("Entrepôts"), "nav.warehouses", "stock", page("warehouses", "WarehousesPage")),
        PageSpec(
            "sync",
            N_("Synchronisation"),
            "nav.sync",
            "bottom",
            page("sync_page", "SyncPage"),
            attention,
            counter_kind="info",
        ),
        PageSpec("bin", N_("Corbeille"), "nav.bin", "bottom", page("bin_page", "BinPage")),
        PageSpec("settings", N_("Paramètres"), "nav.settings", "bottom", page("settings_page", "SettingsPage")),
        PageSpec(
            "invoice_editor",
            N_("Facture"),
            "nav.invoices",
            "",
            page("invoice_editor.page", "InvoiceEditorPage"),
            parent="invoices",
        ),
    ]


def actions(window: MainWindow) -> list[PaletteItem]:
    """What the palette can do by name."""

    def go(key: str, argument: str | None = None) -> Callable[[], Any]:
        return lambda: window.open_page(key, argument)

    return [
        PaletteItem("action:new-invoice", _("Nouvelle facture"), "action.new", go("invoice_editor")),
        PaletteItem("action:new-client", _("Nouveau client"), "action.new", go("clients", "new")),
        PaletteItem("action:new-product", _("Nouveau produit"), "action.new", go("products", "new")),
        PaletteItem("action:new-movement", _("Nouveau mouvement de stock"), "action.new", go("movements", "new")),
        PaletteItem("action:overdue", _("Factures en retard"), "status.late", go("invoices", "overdue")),
        PaletteItem("action:low-stock", _("Produits sous le minimum"), "status.low_stock", go("stock", "low")),
        PaletteItem("action:backup", _("Sauvegarder maintenant"), "action.export", go("settings", "backups")),
    ]
