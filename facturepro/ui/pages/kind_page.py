"""A list of the records of one declared kind: made in a drawer, archived, deleted into the bin with a way back."""

from collections.abc import Mapping, Sequence
from typing import Any

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import records
from facturepro.ui.pages.base import PageAction
from facturepro.ui.pages.kind_drawers import NewRecordDrawer
from facturepro.ui.pages.record_list_page import RecordListPage
from facturepro.ui.pages.undo_toast import tell_with_undo
from facturepro.ui.widgets.drawer import Drawer
from facturepro.ui.widgets.menu import Menu


class KindPage(RecordListPage):
    """``open_page(key, id)`` shows a record, ``"new"`` the form of a new one.

    Attributes:
        kind: which records. edited: names of the fields of its form and drawer, the first one on a line of its own.
    """

    kind: str
    edited: Sequence[str]

    def new_words(self) -> str:
        """The button, the action and the title of the form."""
        raise NotImplementedError

    def new_values(self) -> Mapping[str, Any]:
        """What stands in the form of a new record."""
        return {}

    def deleted_words(self, name: str) -> str:
        return _("« {name} » supprimé").format(name=name)

    # ------------------------------------------------------------------ a new record
    def primary_action(self) -> PageAction:
        return PageAction(self.new_words(), "action.new", self.start_new)

    def start_new(self) -> None:
        drawer = NewRecordDrawer(self.context, self.kind, self.edited, self.new_words(), self.new_values())
        self.list.set_current_id(None)
        self.shell.open_drawer(drawer)
        drawer.start(self.made)

    def made(self, record: Mapping[str, Any]) -> None:
        """It was created: say so and show it."""
        self.shell.toast(_("« {name} » ajouté").format(name=self._name(record)), icon="status.ok")
        self.model.reload()
        self.show_record(record["id"])

    # ------------------------------------------------------------------ one record
    def with_menu(self, drawer: Drawer, record_id: str) -> Drawer:
        """The drawer with the entries of the context menu behind its button."""

        def menu() -> Menu:
            made = Menu(self)
            self.fill_menu(made, record_id)
            return made

        drawer.set_menu(menu)
        return drawer

    def set_archived(self, record_id: str, archived: bool) -> None:
        records.update(self.context.company, self.kind, record_id, {"is_archived": archived})

    def delete_record(self, record_id: str) -> None:
        """Into the bin, with a way back; one that figures on issued documents says why it stays."""
        company = self.context.company
        name = self._name(records.get(company, self.kind, record_id))
        try:
            stamp = records.delete(company, self.kind, record_id)
        except UserError as error:
            self.shell.show_error(error)
            return
        self.close_drawer()
        tell_with_undo(self.shell, self.context, self.deleted_words(name), [stamp])

    def activate(self, argument: str | None) -> None:
        if argument == "new":
            self.start_new()
        elif argument:
            self.show_record(argument)

    def _name(self, record: Mapping[str, Any]) -> str:
        return records.title(self.kind, dict(record))
