"""What a page of the window is.

A page is one ``Page`` subclass and one ``PageSpec`` in the list given to ``MainWindow``; nothing else knows it.

    class ClientsPage(Page):
        key, icon, kinds = "clients", "nav.clients", {"client"}
        def title(self): return _("Clients")
        def primary_action(self): return PageAction(_("Nouveau client"), "action.new", self._create)
        def on_changes(self, kind, ids): self._list.refresh_ids(ids)
        def activate(self, argument): ...

    PageSpec("clients", N_("Clients"), "nav.clients", "records", lambda shell: ClientsPage(shell, clients))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from facturepro.domain.errors import UserError
from facturepro.ui.widgets.focus import INSIDE

# Groups of the navigation from top to bottom; the bottom group stands at the foot of the window.
SECTIONS = ("home", "sales", "records", "stock", "more", "bottom")


@dataclass(frozen=True)
class PageAction:
    """A button of the page bar.

    Attributes:
        shortcut: portable text of a key sequence ("Ctrl+Return"); without one the primary action answers Ctrl+N.
        show_key: draw the shortcut inside the button, for keys worth learning.
    """

    text: str
    icon: str | None
    callback: Callable[[], object]
    shortcut: str | None = None
    show_key: bool = False
    enabled: bool = True


class Shell(Protocol):
    """What a page may ask of the window around it."""

    def open_page(self, key: str, argument: str | None = None) -> None: ...

    def open_drawer(self, drawer: QWidget) -> None: ...

    def close_drawer(self) -> None: ...

    def toast(
        self,
        text: str,
        action: str | None = None,
        callback: Callable[[], object] | None = None,
        icon: str | None = None,
    ) -> None: ...

    def show_error(self, error: BaseException) -> None: ...

    def run_task(
        self,
        title: str,
        function: Callable[..., Any],
        *,
        on_done: Callable[[Any], object] | None = None,
        icon: str = "action.export",
        cancel_note: str = "",
        total: int = 0,
        on_refused: Callable[[UserError], object] | None = None,
    ) -> Any: ...

    def refresh_counters(self) -> None: ...


class Page(QWidget):
    """Base of every page.

    Class attributes:
        key: name used by ``open_page``.
        icon: icon name in the navigation and the palette.
        kinds: record kinds whose changes concern the page; empty means all of them.
        compact: the page needs the room: the navigation collapses and the search becomes an icon (editors).
        searchable: ``search(text)`` filters the page; the palette then offers it.

    Signals:
        bar_changed: title, subtitle or actions differ; the page bar asks for them again.
    """

    key: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    kinds: ClassVar[frozenset[str] | set[str]] = frozenset()
    compact: ClassVar[bool] = False
    searchable: ClassVar[bool] = False

    bar_changed = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shell = shell
        self.setProperty(INSIDE, True)  # a page that was just opened has the focus: no ring around all of it

    # --- what the page bar shows
    def title(self) -> str:
        raise NotImplementedError

    def subtitle(self) -> str:
        return ""

    def primary_action(self) -> PageAction | None:
        return None

    def secondary_actions(self) -> Sequence[PageAction]:
        return ()

    def header_widgets(self) -> Sequence[QWidget]:
        """Small widgets beside the title (a status chip); made once by the page, shown while it is."""
        return ()

    def back(self) -> Callable[[], object] | None:
        """What the arrow before the title does; None shows no arrow."""
        return None

    # --- life
    def activate(self, argument: str | None) -> None:
        """Called at each visit; ``argument`` is what to open, for example a record id."""

    def deactivate(self) -> bool:
        """Called before another page is shown; False keeps this one (it has said why itself)."""
        return True

    def on_changes(self, kind: str, ids: list[str]) -> None:
        """Records changed, here or on another computer. Called only while the page is visible."""

    def refresh(self) -> None:
        """Called when a page that missed changes is shown again. Default: ``on_changes`` with nothing named."""
        self.on_changes("", [])

    def concerns(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds

    def foot_bar(self) -> QWidget | None:
        """What stands at the bottom of the page and must not be covered by notices."""
        return None

    # --- keys of the window; a page overrides those that mean something
    def search(self, text: str) -> None:
        """Show what matches the text (only when ``searchable``)."""

    def new(self) -> None:
        """Ctrl+N. Default: the primary action, unless that has a key of its own."""
        action = self.primary_action()
        if action is not None and action.enabled and action.shortcut is None:
            action.callback()

    def save(self) -> None:
        """Ctrl+S."""

    def export(self) -> None:
        """Ctrl+E."""

    def print_document(self) -> None:
        """Ctrl+P."""


@dataclass(frozen=True)
class PageSpec:
    """A page that can be opened, made at its first visit.

    Attributes:
        title: source text (``N_``), translated when shown.
        section: one of ``SECTIONS``, or "" for a page that the navigation does not list (an editor).
        factory: makes the page; called once with the shell.
        counter: number beside the entry, None or 0 shows none.
        counter_kind: "neutral", "alert" (red, red dot when collapsed) or "info" (accent dot when collapsed).
        parent: key of the entry that is lit while a page outside the navigation is shown.
    """

    key: str
    title: str
    icon: str
    section: str
    factory: Callable[[Shell], Page]
    counter: Callable[[], int | None] | None = None
    counter_kind: str = "neutral"
    parent: str | None = None
