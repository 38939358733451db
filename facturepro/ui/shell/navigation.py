"""The navigation at the left: company, sections with counters, and the foot; 216 wide or collapsed to 56."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from facturepro.i18n import N_, _
from facturepro.ui import theme
from facturepro.ui.data import BackgroundJob
from facturepro.ui.pages.base import SECTIONS, PageSpec
from facturepro.ui.shell.navigation_parts import MARGIN, CollapseButton, CompanyHeader, Divider, NavRow
from facturepro.ui.shell.ports import CompanyEntry
from facturepro.ui.widgets.menu import Menu
from facturepro.ui.widgets.surface import Surface

HEADINGS = {"sales": N_("Ventes"), "stock": N_("Stock")}


class Navigation(Surface):
    """Signals: ``chosen(key)``, ``company_chosen(id)``, ``company_wanted()`` (create one), ``collapse_toggled()``,
    ``failed(object)`` when counting did."""

    chosen = Signal(str)
    company_chosen = Signal(str)
    company_wanted = Signal()
    collapse_toggled = Signal()
    failed = Signal(object)

    def __init__(self, specs: Sequence[PageSpec], parent: QWidget | None = None) -> None:
        super().__init__("surface_0", ("right",), parent)
        self.setAccessibleName(_("Navigation"))
        self._collapsed = False
        self._rows: dict[str, NavRow] = {}
        self._dividers: list[Divider] = []
        self._companies: Sequence[CompanyEntry] = ()
        self._current_company = ""
        self._counting = BackgroundJob(self)
        self._counting.done.connect(self._show_counts)
        self._counting.failed.connect(self.failed)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.header = CompanyHeader(self)
        self.header.clicked.connect(self._open_companies)
        self.collapse_button = CollapseButton(self)
        self.collapse_button.clicked.connect(self.collapse_toggled)
        self._build(specs)
        self.set_collapsed(False)

    def _build(self, specs: Sequence[PageSpec]) -> None:
        body = QVBoxLayout()
        body.setContentsMargins(MARGIN, 0, MARGIN + 1, 0)
        body.setSpacing(0)
        foot = QVBoxLayout()
        foot.setContentsMargins(MARGIN, 0, MARGIN + 1, MARGIN)
        foot.setSpacing(0)
        for section in SECTIONS:
            layout = foot if section == "bottom" else body
            entries = [spec for spec in specs if spec.section == section]
            if entries and section != "home":
                self._add_divider(layout, _(HEADINGS.get(section, "")))
            for spec in entries:
                self._add_row(layout, spec)
        body.addStretch(1)
        inside = QWidget()
        inside.setAutoFillBackground(False)
        inside.setLayout(body)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        scroll.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        scroll.setWidget(inside)
        inside.setAutoFillBackground(False)
        self._scroll = scroll
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(scroll, 1)
        column.addWidget(self.collapse_button, 0, Qt.AlignmentFlag.AlignRight)
        column.addLayout(foot)

    def _add_divider(self, layout: QVBoxLayout, text: str) -> None:
        divider = Divider(text)
        self._dividers.append(divider)
        layout.addWidget(divider)

    def _add_row(self, layout: QVBoxLayout, spec: PageSpec) -> None:
        row = NavRow(spec)
        row.clicked.connect(lambda _checked=False, key=spec.key: self._choose(key))
        self._group.addButton(row)
        self._rows[spec.key] = row
        layout.addWidget(row)

    def _choose(self, key: str) -> None:
        self.chosen.emit(key)

    def row(self, key: str) -> NavRow:
        return self._rows[key]

    def keys(self) -> list[str]:
        return list(self._rows)

    def set_active(self, key: str | None) -> None:
        """Light one entry, or none."""
        row = self._rows.get(key or "")
        if row is not None:
            row.setChecked(True)
            self._scroll.ensureWidgetVisible(row, 0, 0)
            return
        checked = self._group.checkedButton()
        if checked is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def active(self) -> str | None:
        checked = self._group.checkedButton()
        return checked.spec.key if isinstance(checked, NavRow) else None

    def refresh_counters(self) -> None:
        """Count in a worker; the rows show it when it is known."""
        counters = {key: row.spec.counter for key, row in self._rows.items() if row.spec.counter is not None}
        if counters:
            self._counting.request(lambda: {key: count() for key, count in counters.items()})

    def _show_counts(self, counts: dict[str, int | None]) -> None:
        for key, count in counts.items():
            self._rows[key].set_count(count)

    def is_collapsed(self) -> bool:
        return self._collapsed

    def set_collapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        current = theme.current()
        self.setFixedWidth(current.size("nav_width_collapsed" if collapsed else "nav_width"))
        self.header.set_collapsed(collapsed)
        self.collapse_button.set_collapsed(collapsed)
        margin = 12 if collapsed else MARGIN
        self._column.setAlignment(
            self.collapse_button, Qt.AlignmentFlag.AlignHCenter if collapsed else Qt.AlignmentFlag.AlignRight
        )
        self.collapse_button.setContentsMargins(0, 0, margin, 0)
        for row in self._rows.values():
            row.set_collapsed(collapsed)
        for divider in self._dividers:
            divider.set_collapsed(collapsed)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.collapse_button.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.collapse_button.update()

    def set_companies(self, companies: Sequence[CompanyEntry], current: str) -> None:
        self._companies, self._current_company = companies, current
        name = next((company.name for company in companies if company.id == current), "")
        self.header.set_company(name)

    def companies_menu(self) -> Menu:
        """The menu that the company name opens."""
        menu = Menu(self.window())
        for company in self._companies:
            menu.add(
                company.name,
                callback=partial(self.company_chosen.emit, company.id),
                checked=company.id == self._current_company,
            )
        if self._companies:
            menu.add_separator()
        menu.add(_("Nouvelle entreprise…"), "action.new", self.company_wanted.emit)
        fold = _("Déplier la navigation") if self._collapsed else _("Replier la navigation")
        menu.add(fold, "nav.expand" if self._collapsed else "nav.collapse", self.collapse_toggled.emit)
        return menu

    def _open_companies(self) -> None:
        self.companies_menu().open_at(self.header, offset=QPoint(MARGIN, -MARGIN))
