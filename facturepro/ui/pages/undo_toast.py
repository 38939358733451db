"""What was just done, said in a toast that can take it back."""

from collections.abc import Sequence

from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.base import Shell


def tell_with_undo(
    shell: Shell, context: CompanyContext, words: str, stamps: Sequence[str], icon: str = "action.delete"
) -> None:
    """``stamps``: the transactions that « Annuler » takes back, in the order in which they were made."""

    def take_back() -> None:
        try:
            for stamp in reversed(stamps):
                context.undo_transaction(stamp)
        except UserError as error:
            shell.show_error(error)

    shell.toast(words, _("Annuler"), take_back, icon)
