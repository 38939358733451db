"""What the palette shows: entries in groups, and where they come from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class PaletteItem:
    """One entry.

    Attributes:
        key: stable name for what was used recently ("page:clients", "client:0192...").
        text: what it is called; ``strong`` is the part of it drawn bold, all of it by default.
        detail: grey words after the text.
        note: grey words at the right; ``amount`` likewise but in the colour of text; ``chip`` = (text, kind, icon).
        secondary: what Shift+Enter runs.
        actions: what Tab lists.
    """

    key: str
    text: str
    icon: str
    run: Callable[[], object]
    strong: str | None = None
    detail: str = ""
    note: str = ""
    amount: str = ""
    chip: tuple[str, str, str | None] | None = None
    shortcut: str = ""
    secondary: "PaletteItem | None" = None
    actions: "Sequence[PaletteItem]" = ()


@dataclass(frozen=True)
class PaletteGroup:
    title: str
    items: Sequence[PaletteItem] = field(default_factory=tuple)


class PaletteSource(Protocol):
    """Answers in milliseconds; an empty text asks for what was used recently."""

    def query(self, text: str) -> list[PaletteGroup]: ...
