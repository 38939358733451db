"""Stand-ins for what is injected into the window."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from facturepro.domain.errors import UserError
from facturepro.ui.pages.base import Page, PageAction, PageSpec
from facturepro.ui.shell.ports import CompanyEntry, ShellPorts
from facturepro.ui.shell.window import MainWindow
from facturepro.ui.widgets.palette import PaletteGroup, PaletteItem


class MemorySettings:
    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def get(self, key: str, default: object = None) -> object:
        return self.values.get(key, default)

    def set(self, key: str, value: object) -> None:
        self.values[key] = value


class FakeUndo:
    def __init__(self, *labels: str) -> None:
        self.done, self.undone = list(labels), []
        self.error: Exception | None = None

    def can_undo(self) -> str | None:
        return self.done[-1] if self.done else None

    def can_redo(self) -> str | None:
        return self.undone[-1] if self.undone else None

    def undo(self) -> None:
        if self.error is not None:
            raise self.error
        self.undone.append(self.done.pop())

    def redo(self) -> None:
        self.done.append(self.undone.pop())


class FakePage(Page):
    """Records what the window asks of it."""

    def __init__(self, shell: object, name: str) -> None:
        super().__init__(shell)
        self.name = name
        self.calls: list[object] = []
        self.may_leave = True
        self.field = QLineEdit()
        QVBoxLayout(self).addWidget(self.field)

    def title(self) -> str:
        return self.name

    def primary_action(self) -> PageAction:
        return PageAction("Nouveau", "action.new", lambda: self.calls.append("new"))

    def activate(self, argument: str | None) -> None:
        self.calls.append(("activate", argument))

    def deactivate(self) -> bool:
        return self.may_leave

    def on_changes(self, kind: str, ids: list[str]) -> None:
        self.calls.append((kind, ids))

    def save(self) -> None:
        self.calls.append("save")

    def export(self) -> None:
        self.calls.append("export")

    def print_document(self) -> None:
        self.calls.append("print")


class ClientPage(FakePage):
    kinds = frozenset({"client"})
    searchable = True

    def search(self, text: str) -> None:
        self.calls.append(("search", text))


class EditorPage(FakePage):
    compact = True

    def primary_action(self) -> PageAction:
        return PageAction("Émettre", None, lambda: self.calls.append("issue"), "Ctrl+Return", show_key=True)

    def header_widgets(self) -> list[QWidget]:
        if not hasattr(self, "chip"):
            self.chip = QWidget()
        return [self.chip]


class FakeRecords:
    """A palette source with two clients."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def query(self, text: str) -> list[PaletteGroup]:
        invoice = self.item("invoice", "Nouvelle facture pour Menuiserie Le Goff")
        goff = replace(self.item("goff", "Menuiserie Le Goff"), secondary=invoice, actions=(invoice,))
        names = [goff, self.item("cafe", "Café de l’Écluse")]
        found = [item for item in names if not text or text.casefold()[:2] in item.text.casefold()]
        return [PaletteGroup("Clients", found)]

    def item(self, key: str, text: str) -> PaletteItem:
        return PaletteItem(key, text, "nav.clients", lambda: self.ran.append(key))


def spec(key: str, section: str, kind: type[FakePage] = FakePage, **options: object) -> PageSpec:
    return PageSpec(
        key, key.capitalize(), "nav.clients", section, lambda shell: kind(shell, key.capitalize()), **options
    )


def make_window(
    settings: MemorySettings | None = None,
    undo: FakeUndo | None = None,
    guide: Callable[[], object] = lambda: None,
    switched: list[str] | None = None,
) -> MainWindow:
    switched = switched if switched is not None else []
    pages = [
        spec("dashboard", "home"),
        spec("invoices", "sales", counter=lambda: 1200),
        spec("clients", "records", ClientPage),
        spec("levels", "stock", counter=lambda: 5, counter_kind="alert"),
        spec("sync", "bottom", counter=lambda: 3, counter_kind="info"),
        spec("editor", "", EditorPage, parent="invoices"),
    ]
    return MainWindow(
        ShellPorts(
            pages,
            settings or MemorySettings(),
            undo or FakeUndo(),
            lambda: [CompanyEntry("1", "Atelier Boisvert"), CompanyEntry("2", "Garage Roux")],
            "1",
            switched.append,
            lambda: switched.append("new"),
            records=FakeRecords(),
            open_guide=guide,
        )
    )


def refusal() -> UserError:
    return UserError("undo_blocked", label="Client supprimé")
