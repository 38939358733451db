"""Tableau de bord: what came in, what is owed, what to do. Every figure opens the list behind it."""

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_date, format_money, format_number
from facturepro.services import dashboard
from facturepro.services.dashboard import Figures, Opens, SetupStep
from facturepro.ui import theme
from facturepro.ui.data import BackgroundJob, CompanyContext
from facturepro.ui.pages import dashboard_words as words
from facturepro.ui.pages.base import Page, PageAction, Shell
from facturepro.ui.pages.dashboard_parts import Column, KeyFigure, Task, TaskList
from facturepro.ui.pages.dashboard_turnover import TurnoverPanel
from facturepro.ui.widgets.banner import Banner
from facturepro.ui.widgets.buttons import IconButton
from facturepro.ui.widgets.pieces import Piece
from facturepro.ui.widgets.separators import HLine
from facturepro.ui.widgets.surface import Surface

_SETTLE = 150  # ms: changes that come together are one refresh
_HIDDEN = "dashboard/steps_hidden"
_STOCK_KINDS = ("product", "stock_movement")


class DashboardPage(Page):
    """``is_in_cloud`` answers whether the company is joined to a cloud; ``remove_example``, for the example company
    only, takes it away."""

    key, icon = "dashboard", "nav.dashboard"
    kinds: ClassVar[set[str]] = {"invoice", "payment", "client", "product", "stock_movement", "conflict", "company"}

    def __init__(
        self,
        shell: Shell,
        context: CompanyContext,
        is_in_cloud: Callable[[], bool] = lambda: False,
        remove_example: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(shell)
        self.context = context
        self._is_in_cloud, self._remove_example = is_in_cloud, remove_example
        self._figures: Figures | None = None
        self._steps: list[SetupStep] = []
        self._value = dashboard.stock_value(context.company)
        self._job, self._value_job = BackgroundJob(self), BackgroundJob(self)
        self._job.done.connect(self._show)
        self._job.failed.connect(shell.show_error)
        self._value_job.done.connect(self._show_value)
        self._value_job.failed.connect(shell.show_error)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE)
        self._settle.timeout.connect(self.load)
        self._stock_total: str = "…"
        self._build()

    # ------------------------------------------------------------------ bar
    def title(self) -> str:
        return _("Tableau de bord")

    def subtitle(self) -> str:
        return format_date(self.context.company.today(), "full")

    def primary_action(self) -> PageAction:
        return PageAction(_("Nouvelle facture"), "action.new", lambda: self.shell.open_page("invoice_editor"))

    # ------------------------------------------------------------------ parts
    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(scroll)
        body = Surface("surface_2")
        scroll.setWidget(body)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if self._remove_example is not None:
            column.addWidget(self._make_banner())
        column.addLayout(self._make_key_figures())
        column.addWidget(HLine())
        column.addLayout(self._make_middle(), 1)
        column.addWidget(HLine())
        column.addLayout(self._make_columns(), 1)

    def _make_banner(self) -> QWidget:
        holder = Surface("surface_2", ("bottom",))
        row = QVBoxLayout(holder)
        side, edge = theme.current().space("l"), theme.current().space("s")
        row.setContentsMargins(side, edge, theme.current().space("m"), edge)
        self.banner = Banner(
            _("Ces données sont des exemples : essayez tout, rien n’est perdu."),
            _("Retirer les données d’exemple"),
            self._remove_example,
            kind="info",
        )
        row.addWidget(self.banner)
        return holder

    def _make_key_figures(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.turnover, self.receivable, self.overdue, self.stock = (KeyFigure(number < 3) for number in range(4))
        labels = (_("Chiffre d’affaires"), _("À encaisser, TTC"), _("Dont en retard"), _("Valeur du stock (CUMP)"))
        for figure, label in zip(self.key_figures(), labels, strict=True):
            figure.set_figure(label, "…", ())
            row.addWidget(figure, 1)
        self.turnover.clicked.connect(self._opener(lambda found: found.turnover.opens_month))
        self.receivable.clicked.connect(self._opener(lambda found: found.receivables.total.opens))
        self.overdue.clicked.connect(self._opener(lambda found: found.receivables.overdue.opens))
        self.stock.clicked.connect(lambda: self.open_list(Opens("stock")))
        return row

    def key_figures(self) -> tuple[KeyFigure, ...]:
        return self.turnover, self.receivable, self.overdue, self.stock

    def _make_middle(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        self.chart = TurnoverPanel(self.open_list)
        row.addWidget(self.chart, 1)
        side = theme.current().space("l")
        todo = QWidget()
        column = QVBoxLayout(todo)
        column.setContentsMargins(side, 0, side, theme.current().space("s"))
        column.setSpacing(0)
        self.steps = TaskList(_("Premiers pas"))
        hide = IconButton("action.close", _("Masquer les premiers pas"))
        hide.clicked.connect(self._hide_steps)
        self.steps.extra.addWidget(hide)
        self.steps.extra.setContentsMargins(theme.current().space("xxs"), 0, -5, 0)
        self.steps.hide()
        self.todo = TaskList(_("À faire"))
        column.addWidget(self.steps)
        column.addWidget(self.todo)
        column.addStretch(1)
        row.addWidget(todo, 1)
        return row

    def _make_columns(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(0)
        self.ages = Column(_("Créances par âge"), ("right",))
        self.weeks = Column(_("Encaissements à venir"), ("right",))
        self.clients = Column(_("Meilleurs clients"), ("right",))
        self.low = Column(_("Stock bas"))
        self.clients.note.setText(_("12 mois"))
        self.low.note.setText(_("dispo / min."))
        self.clients.foot.set_total(_("Tous les clients"), "")
        self.low.foot.set_total(_("Voir le stock bas"), "")
        for index, column in enumerate((self.ages, self.weeks, self.clients, self.low)):
            grid.addWidget(column, 0, index)
            grid.setColumnStretch(index, 1)
        self.ages.foot_clicked.connect(self._opener(lambda found: found.receivables.total.opens))
        self.weeks.foot_clicked.connect(self._opener(lambda found: found.receivables.ages[0].opens))
        self.clients.foot_clicked.connect(lambda: self.open_list(Opens("clients")))
        self.low.foot_clicked.connect(lambda: self.open_list(Opens("stock", "low")))
        return grid

    def _opener(self, choose: Callable[[Figures], Opens]) -> Callable[[], None]:
        def act() -> None:
            if self._figures is not None:
                self.open_list(choose(self._figures))

        return act

    def open_list(self, opens: Opens) -> None:
        """The list behind a figure, with its filter."""
        self.shell.open_page(opens.page, words.argument(opens))

    # ------------------------------------------------------------------ life
    def activate(self, argument: str | None) -> None:
        if self._figures is None or self._figures.today != self.context.company.today():
            self.load()
            self._load_value()

    def on_changes(self, kind: str, ids: list[str]) -> None:
        if kind in _STOCK_KINDS or not kind:
            self._load_value()
        self._settle.start()

    def load(self) -> None:
        """Read the figures in a worker; what did not change is not drawn again."""
        company, cloud = self.context.company, self._is_in_cloud

        def read() -> tuple[Figures, list[SetupStep]]:
            return dashboard.figures(company), dashboard.setup_steps(company, cloud())

        self._job.request(read)

    def _load_value(self) -> None:
        self._value_job.request(self._value.total)

    # ------------------------------------------------------------------ figures
    def _show(self, answer: tuple[Figures, list[SetupStep]]) -> None:
        found, steps = answer
        if found != self._figures:
            self._figures = found
            self._show_key_figures(found)
            self.chart.set_turnover(found.turnover)
            self._show_columns(found)
        self._show_steps(steps)
        self._show_tasks(found)

    def _show_key_figures(self, found: Figures) -> None:
        money = found.turnover.month
        self.turnover.set_figure(
            words.turnover_label(found.today),
            format_money(money, decimals=0),
            words.month_note(found.turnover, found.today),
        )
        due = found.receivables
        self.receivable.set_figure(
            _("À encaisser, TTC"),
            format_money(due.total.total, decimals=0),
            [Piece(words.count_note(due.total.count))],
        )
        self.overdue.set_figure(
            _("Dont en retard"),
            format_money(due.overdue.total, decimals=0),
            [Piece(words.overdue_note(due))],
            "danger" if due.overdue.count else "text",
        )
        self._show_stock(found)

    def _show_stock(self, found: Figures) -> None:
        self.stock.set_figure(_("Valeur du stock (CUMP)"), self._stock_total, words.stock_note(found))

    def _show_value(self, value: object) -> None:
        self._stock_total = format_money(value, decimals=0)  # type: ignore[arg-type]
        if self._figures is not None:
            self._show_stock(self._figures)

    def _show_columns(self, found: Figures) -> None:
        def act(opens: Opens) -> Callable[[], None]:
            return lambda: self.open_list(opens)

        due = found.receivables
        ages = zip(words.age_lines(due), due.ages, strict=True)
        self.ages.set_rows([(line, act(age.opens)) for line, age in ages])
        self.ages.foot.set_total(_("Total"), format_money(due.total.total, decimals=0))
        weeks = zip(words.week_lines(found.weeks), found.weeks, strict=True)
        self.weeks.set_rows([(line, act(week.amount.opens)) for line, week in weeks])
        until = _("D’ici au {day}").format(day=format_date(found.weeks[-1].end, "day"))
        total = sum(week.amount.total for week in found.weeks)
        self.weeks.foot.set_total(until, format_money(total, decimals=0))
        clients = zip(words.client_lines(found.best_clients), found.best_clients, strict=True)
        self.clients.set_rows(
            [(line, act(client.opens)) for line, client in clients],
            _("Vos clients apparaissent ici après la première facture émise."),
        )
        self.low.set_rows(
            [(words.low_line(product), act(product.opens)) for product in found.low_stock],
            _("Aucun produit sous son minimum."),
        )

    # ------------------------------------------------------------------ things to do
    def _show_tasks(self, found: Figures) -> None:
        tasks = [(task, lambda opens=opens: self.open_list(opens)) for task, opens in todo(found)]
        if not tasks:
            tasks = [(Task("status.ok", _("Rien à faire pour l’instant"), color="success"), lambda: None)]
            self.todo.note.setText("")
        else:
            count = len(tasks)
            self.todo.note.setText(ngettext("{count} sujet", "{count} sujets", count).format(count=count))
        self.todo.set_tasks(tasks)

    def _show_steps(self, steps: list[SetupStep]) -> None:
        self._steps = steps
        done = sum(step.is_done for step in steps)
        # The cloud is a choice: whoever stays on one computer is done without it.
        is_over = all(step.is_done or step.key == "cloud" for step in steps)
        hidden = is_over or bool(self.context.settings.get(_HIDDEN, False))
        self.steps.setVisible(not hidden)
        self.steps.note.setText(_("{done} sur {all}").format(done=done, all=len(steps)))
        is_quiet = not todo(self._figures) if self._figures is not None else True
        shown = [step for step in steps if is_quiet or not step.is_done]  # what waits needs the room
        self.steps.set_tasks([(task, lambda key=key: self._start_step(key)) for key, task in step_tasks(shown)])

    def _start_step(self, key: str) -> None:
        page, argument = STEP_PAGES[key]
        self.shell.open_page(page, argument)

    def _hide_steps(self) -> None:
        self.context.settings.set(_HIDDEN, True)
        self.steps.hide()


STEP_PAGES: dict[str, tuple[str, str | None]] = {
    "logo": ("settings", "print"),
    "iban": ("settings", "bank"),
    "client": ("clients", "new"),
    "invoice": ("invoice_editor", None),
    "cloud": ("sync", None),
}


def step_tasks(steps: list[SetupStep]) -> list[tuple[str, Task]]:
    """The first steps as rows, done ones with a tick."""
    texts = {
        "logo": (_("Ajouter votre logo"), "image"),
        "iban": (_("Indiquer votre IBAN pour être payé par virement"), "bank"),
        "client": (_("Créer votre premier client"), "nav.clients"),
        "invoice": (_("Émettre votre première facture"), "nav.invoices"),
        "cloud": (_("Relier un second ordinateur (facultatif)"), "status.synced"),
    }
    found = []
    for step in steps:
        text, icon = texts[step.key]
        task = Task("status.ok", text, color="success", is_done=True) if step.is_done else Task(icon, text)
        found.append((step.key, task))
    return found


def todo(found: Figures) -> list[tuple[Task, Opens]]:
    """What waits, the most pressing first, with the list that it opens."""
    tasks: list[tuple[Task, Opens]] = []
    overdue = found.receivables.overdue
    if overdue.count:
        text = ngettext("Relancer {count} facture en retard", "Relancer {count} factures en retard", overdue.count)
        task = Task("action.remind", _count(text, overdue.count), format_money(overdue.total), "danger")
        tasks.append((task, overdue.opens))
    if found.drafts.count:
        text = ngettext("Finir {count} brouillon de facture", "Finir {count} brouillons de facture", found.drafts.count)
        task = Task("status.draft", _count(text, found.drafts.count), format_money(found.drafts.total))
        tasks.append((task, found.drafts.opens))
    if found.low_count:
        text = ngettext(
            "Réapprovisionner {count} produit sous le minimum",
            "Réapprovisionner {count} produits sous le minimum",
            found.low_count,
        )
        tasks.append((Task("nav.purchases", _count(text, found.low_count)), Opens("stock", "low")))
    if found.conflicts:
        text = ngettext(
            "Revoir {count} conflit de synchronisation", "Revoir {count} conflits de synchronisation", found.conflicts
        )
        tasks.append((Task("status.conflict", _count(text, found.conflicts)), Opens("sync")))
    return tasks


def _count(text: str, count: int) -> str:
    return text.format(count=format_number(count))
