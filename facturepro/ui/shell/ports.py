"""What the window needs from outside, as small protocols: the composition root hands in the real things."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from facturepro.ui.pages.base import PageSpec
from facturepro.ui.widgets.palette import PaletteItem, PaletteSource


class SettingsStore(Protocol):
    """Remembered values; anything that JSON can hold."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


class UndoStack(Protocol):
    """The program's undo. The two questions answer the label of what would happen, or None."""

    def can_undo(self) -> str | None: ...

    def can_redo(self) -> str | None: ...

    def undo(self) -> None: ...

    def redo(self) -> None: ...


@dataclass(frozen=True)
class CompanyEntry:
    """A company file that can be opened. ``initials`` default to those of the name."""

    id: str
    name: str


@dataclass(frozen=True)
class SyncState:
    """What the indicator says; the words are in ``facturepro.ui.sync_states``.

    Attributes:
        kind: "local" (no cloud chosen), "connecting" (no answer yet), "synced", "waiting", "refused" (the cloud
            does not take something), "receiving" (a first reading), "paused", "offline", "signin",
            "update" (this version may no longer write), "readonly" (this role may not), "budget" (the day's quota is
            nearly used), "quota" (it is used up) or "error".
        waiting: changes not sent yet. refused: of these, the ones that the cloud does not take.
        reason: words after "Erreur : ".
        detail: the whole sentence about it, with what to do.
        progress: (records read, all of them or 0 when unknown).
        since: since when it is offline.
        last_exchange: when the cloud answered last, as far as the exchange knows; the file is told of it less often.
        share: part of the day's quota that is used, 1.0 = all of it.
    """

    kind: str = "local"
    waiting: int = 0
    reason: str = ""
    detail: str = ""
    progress: tuple[int, int] | None = None
    since: datetime | None = None
    share: float = 0.0
    refused: int = 0
    last_exchange: datetime | None = None


@dataclass
class ShellPorts:
    """Everything that is injected into ``MainWindow``."""

    pages: Sequence[PageSpec]
    settings: SettingsStore
    undo: UndoStack
    companies: Callable[[], Sequence[CompanyEntry]]
    current_company: str
    switch_company: Callable[[str], object]
    create_company: Callable[[], object]
    records: PaletteSource | None = None
    actions: Callable[[], Sequence[PaletteItem]] = field(default=lambda: ())
    open_guide: Callable[[], object] = field(default=lambda: None)
    start_page: str = "dashboard"
