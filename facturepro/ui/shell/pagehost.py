"""The stack of pages: made at their first visit, told of changes while visible, marked stale while not."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from facturepro.ui.pages.base import Page, PageSpec, Shell


class PageHost(QStackedWidget):
    """Signals: ``changing(str)`` with the key before another page comes up, ``shown(str)`` after it was activated."""

    changing = Signal(str)
    shown = Signal(str)

    def __init__(self, specs: Sequence[PageSpec], shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._specs = {spec.key: spec for spec in specs}
        if len(self._specs) != len(specs):
            raise ValueError("two pages have the same key")
        self._shell = shell
        self._pages: dict[str, Page] = {}
        self._stale: set[str] = set()
        self._key = ""

    def spec(self, key: str) -> PageSpec:
        return self._specs[key]

    def has(self, key: str) -> bool:
        return key in self._specs

    def key(self) -> str:
        return self._key

    def page(self) -> Page | None:
        return self._pages.get(self._key)

    def made(self) -> list[str]:
        """Keys of the pages that exist so far."""
        return list(self._pages)

    def is_stale(self, key: str) -> bool:
        return key in self._stale

    def show_page(self, key: str, argument: str | None = None) -> bool:
        """Bring a page up; False when the present one refuses to go.

        Raises:
            KeyError: no such page.
        """
        spec = self._specs[key]
        present = self.page()
        if present is not None and key != self._key and not present.deactivate():
            return False
        if key != self._key:
            self.changing.emit(key)
        page = self._pages.get(key)
        if page is None:
            page = spec.factory(self._shell)
            self._pages[key] = page
            self.addWidget(page)
        self._key = key
        self.setCurrentWidget(page)
        if key in self._stale:
            self._stale.discard(key)
            page.refresh()
        page.activate(argument)
        self.shown.emit(key)
        return True

    def publish_changes(self, kind: str, ids: list[str]) -> None:
        """Records changed: the visible page hears it now, the others when they are shown again."""
        for key, page in self._pages.items():
            if not page.concerns(kind):
                continue
            if key == self._key:
                page.on_changes(kind, ids)
            else:
                self._stale.add(key)

    def ask(self, method: str) -> Callable[[], None]:
        """A slot that calls a method without arguments of the present page ("save", "export")."""

        def call() -> None:
            page = self.page()
            if page is not None:
                getattr(page, method)()

        return call
