"""Paramètres: the company, its invoices, this computer's appearance, backups, and the report for a defect."""

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from facturepro.i18n import _
from facturepro.ui import theme
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Page, Shell
from facturepro.ui.pages.settings_page_numbering import NumberingGroup
from facturepro.ui.pages.settings_page_parts import (
    AboutGroup,
    AppearanceGroup,
    BackupsGroup,
    CompanyGroup,
    LogoGroup,
)
from facturepro.ui.widgets.separators import HLine
from facturepro.ui.widgets.surface import Surface
from facturepro.ui.widgets.tabs import Tab, TabBar

_WIDTHS = 2  # two drawers wide: lines that are read in one look
IDENTITY = (
    "name", "legal_form", "capital", "rcs_city", "siren", "siret", "vat_number", "ice", "tax_id", "rc",
)  # fmt: skip
ADDRESS = ("address", "postcode", "city", "country", "email", "phone")
BANK = ("iban", "bic")
VAT = ("vat_regime", "vat_on_debits")
TERMS = ("payment_days", "early_discount", "late_penalty")
PRINT = ("layout", "accent")
PLACES = {"bank": "company", "vat": "invoices", "print": "invoices", "logo": "invoices", "numbers": "invoices"}
"""Group -> its tab, for those who come from a link."""


class SettingsPage(Page):
    """``open_page("settings", argument)``: a tab (company, invoices, appearance, backups, about) or a group (bank…)."""

    key, icon = "settings", "nav.settings"
    kinds: ClassVar[set[str]] = {"company", "image"}

    def __init__(self, shell: Shell, context: CompanyContext) -> None:
        super().__init__(shell)
        self.context = context
        self.groups: dict[str, QWidget] = {}
        self._areas: dict[str, QScrollArea] = {}
        self._makers: dict[str, Callable[[], QWidget]] = {
            "company": self._make_company,
            "invoices": self._make_invoices,
            "appearance": lambda: self._column([("appearance", AppearanceGroup(context))]),
            "backups": lambda: self._column([("backups", BackupsGroup(shell, context))]),
            "about": self._make_about,
        }
        self.tab_bar = TabBar(
            [
                Tab("company", _("Entreprise")),
                Tab("invoices", _("Factures")),
                Tab("appearance", _("Apparence")),
                Tab("backups", _("Sauvegardes")),
                Tab("about", _("À propos")),
            ]
        )
        self.tab_bar.changed.connect(self.show_tab)
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tab_bar)
        column.addWidget(self._stack, 1)

    def title(self) -> str:
        return _("Paramètres")

    # ------------------------------------------------------------------ tabs, made when they are first looked at
    def _make_company(self) -> QWidget:
        context = self.context
        note = _("Ces mentions figurent sur vos factures ; elles changent à partir de la prochaine.")
        return self._column(
            [
                ("identity", CompanyGroup(context, _("Identité"), IDENTITY, note)),
                ("address", CompanyGroup(context, _("Adresse"), ADDRESS)),
                ("bank", CompanyGroup(context, _("Banque"), BANK, _("L’IBAN figure au pied des factures."))),
            ]
        )

    def _make_invoices(self) -> QWidget:
        context = self.context
        return self._column(
            [
                ("vat", CompanyGroup(context, _("TVA"), VAT)),
                ("terms", CompanyGroup(context, _("Mentions"), TERMS)),
                ("print", CompanyGroup(context, _("Présentation"), PRINT)),
                ("logo", LogoGroup(self.shell, context)),
                ("numbers", NumberingGroup(self.shell, context)),
            ]
        )

    def _make_about(self) -> QWidget:
        about = AboutGroup(self.shell, self.context)
        about.copied.connect(lambda: self.shell.toast(_("Rapport copié"), icon="status.ok"))
        return self._column([("about", about)])

    def _column(self, groups: list[tuple[str, QWidget]]) -> QWidget:
        current = theme.current()
        inside = Surface()
        row = QHBoxLayout(inside)
        side = current.space("l")
        row.setContentsMargins(side, side, side, side)
        holder = QWidget()
        holder.setMaximumWidth(_WIDTHS * current.size("drawer"))
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(side)
        for index, (name, group) in enumerate(groups):
            if index:
                column.addWidget(HLine())
            column.addWidget(group)
            self.groups[name] = group
        column.addStretch(1)
        row.addWidget(holder, 1)
        row.addStretch(0)
        row.setAlignment(holder, Qt.AlignmentFlag.AlignLeading)
        holder.setMinimumWidth(_WIDTHS * current.size("drawer_min"))
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        return area

    def show_tab(self, key: str) -> None:
        """Bring a tab up; it is made at its first visit."""
        if key not in self._areas:
            area = self._makers[key]()
            assert isinstance(area, QScrollArea)
            self._areas[key] = area
            self._stack.addWidget(area)
        self._stack.setCurrentWidget(self._areas[key])

    # ------------------------------------------------------------------ life
    def activate(self, argument: str | None) -> None:
        tab = PLACES.get(argument or "", argument or self.tab_bar.current())
        if tab not in self._makers:
            tab = "company"
        self.tab_bar.set_current(tab)
        self.show_tab(tab)
        group = self.groups.get(argument or "")
        if group is not None and argument in PLACES:
            self._areas[tab].ensureWidgetVisible(group)
            form = getattr(group, "form", None)
            if form is not None:
                next(iter(form.fields.values())).control.setFocus(Qt.FocusReason.TabFocusReason)

    def on_changes(self, kind: str, ids: list[str]) -> None:
        for group in self.groups.values():
            if isinstance(group, (CompanyGroup, LogoGroup)):
                group.reload()
