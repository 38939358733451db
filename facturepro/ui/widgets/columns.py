"""Which columns of a list fit, and how wide they are. Columns are dropped by priority, never squeezed."""

from collections.abc import Sequence
from typing import Any

from facturepro.ui.models.cells import ColumnSpec
from facturepro.ui.widgets.list_paint import CHECK_COLUMN

_NARROWEST = 48


class ColumnLayout:
    """Chosen columns and widths of one list; ``state()`` is what is remembered."""

    def __init__(self, specs: Sequence[ColumnSpec], checkable: bool, state: dict[str, Any] | None = None) -> None:
        self._specs = list(specs)
        self._check = CHECK_COLUMN if checkable else 0
        state = state or {}
        self._widths: dict[str, int] = {key: int(width) for key, width in state.get("widths", {}).items()}
        self._chosen: dict[str, bool] = dict(state.get("chosen", {}))
        if sum(spec.width == 0 for spec in self._specs) != 1:
            raise ValueError("exactly one column takes the rest (width=0)")

    def state(self) -> dict[str, Any]:
        return {"widths": dict(self._widths), "chosen": dict(self._chosen)}

    def is_chosen(self, key: str) -> bool:
        spec = next(spec for spec in self._specs if spec.key == key)
        return self._chosen.get(key, spec.shown)

    def choose(self, key: str, shown: bool) -> None:
        self._chosen[key] = shown

    def resize(self, key: str, width: int) -> None:
        """A person dragged a column; the one that takes the rest has no width of its own."""
        spec = next(spec for spec in self._specs if spec.key == key)
        if spec.width:
            self._widths[key] = max(_NARROWEST, width)

    def _width(self, spec: ColumnSpec) -> int:
        return self._widths.get(spec.key, spec.width) if spec.width else spec.minimum

    def visible(self, room: int) -> list[ColumnSpec]:
        """Chosen columns that fit in ``room`` px; the highest priority goes first, from the right."""
        shown = [spec for spec in self._specs if self.is_chosen(spec.key)]
        while self._check + sum(self._width(spec) for spec in shown) > room:
            droppable = [spec for spec in shown if spec.priority > 0]
            if not droppable:
                break
            worst = max(spec.priority for spec in droppable)
            shown.remove([spec for spec in droppable if spec.priority == worst][-1])
        return shown

    def sizes(self, room: int) -> dict[str, int]:
        """Width of each visible column; key '' is the check column."""
        shown = self.visible(room)
        sizes = {spec.key: self._width(spec) for spec in shown}
        rest = next((spec.key for spec in shown if not spec.width), None)
        if rest is not None:
            sizes[rest] += max(0, room - self._check - sum(sizes.values()))
        return {"": self._check, **sizes}
