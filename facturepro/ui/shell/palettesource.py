"""What the palette offers: the records that are injected, and the actions and pages that the window knows."""

from collections.abc import Callable, Sequence
from functools import partial

from facturepro.i18n import _
from facturepro.ui.pages.base import Page, PageSpec
from facturepro.ui.shell.ports import SettingsStore
from facturepro.ui.widgets.palette import PaletteGroup, PaletteItem, PaletteSource
from facturepro.ui.widgets.palette_rows import match_spans

_RECENT = "palette/recent"
_KEPT = 8


class WindowSource:
    """Records first, then actions, then pages; with nothing typed, what was used last first.

    The records' source answers for its own recent records when asked for "".
    """

    def __init__(
        self,
        specs: Sequence[PageSpec],
        open_page: Callable[[str], object],
        actions: Callable[[], Sequence[PaletteItem]],
        records: PaletteSource | None,
        settings: SettingsStore,
        present: Callable[[], Page | None],
    ) -> None:
        self._specs, self._open_page = specs, open_page
        self._actions, self._records, self._settings = actions, records, settings
        self._present = present

    def query(self, text: str) -> list[PaletteGroup]:
        groups = list(self._records.query(text)) if self._records is not None else []
        actions, pages = list(self._actions()), self._pages()
        if text:
            actions = [item for item in actions if match_spans(item.text, text)]
            pages = [item for item in pages if match_spans(item.text, text)]
            named = [PaletteGroup(_("Actions"), actions), PaletteGroup(_("Pages"), pages)]
            return _merged([*groups, *named, PaletteGroup(_("Dans cette page"), self._filter(text))])
        used = list(self._settings.get(_RECENT, []))
        known = {item.key: item for item in [*actions, *pages]}
        recent = [known[key] for key in used if key in known]
        rest = [item for item in pages if item not in recent]
        return _merged([*groups, PaletteGroup(_("Récents"), recent), PaletteGroup(_("Pages"), rest)])

    def remember(self, key: str) -> None:
        """Put a key that was run first among the recent ones."""
        used = [key, *(other for other in self._settings.get(_RECENT, []) if other != key)]
        self._settings.set(_RECENT, used[:_KEPT])

    def _filter(self, text: str) -> list[PaletteItem]:
        """The offer to filter the page on screen, when it can be."""
        page = self._present()
        if page is None or not page.searchable:
            return []
        words = _("Filtrer « {page} » par « {text} »").format(page=page.title(), text=text)
        return [PaletteItem("filter", words, "action.filter", lambda: page.search(text), strong="")]

    def _pages(self) -> list[PaletteItem]:
        return [
            PaletteItem(f"page:{spec.key}", _(spec.title), spec.icon, partial(self._open_page, spec.key), strong="")
            for spec in self._specs
            if spec.section
        ]


def _merged(groups: Sequence[PaletteGroup]) -> list[PaletteGroup]:
    """Groups of the same title become one; the order is that of the first."""
    merged: dict[str, list[PaletteItem]] = {}
    for group in groups:
        merged.setdefault(group.title, []).extend(group.items)
    return [PaletteGroup(title, items) for title, items in merged.items() if items]
