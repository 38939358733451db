"""Lists of any length: everything for a script, the beginning for a person."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from facturepro.cli import framework
from facturepro.cli.output import answer, note
from facturepro.cli.session import current
from facturepro.i18n import _
from facturepro.services.records import Page, Record

PAGE = 1000
FOR_PEOPLE = 100


def limit_option() -> click.Parameter:
    return framework.option(
        "--limit", _("Nombre de lignes au plus."), metavar="NOMBRE", type=click.IntRange(min=1, max=10**7)
    )


def all_rows(fetch: Callable[[Any, int], Page], limit: int | None) -> list[Record]:
    """Rows up to ``limit``; without one, all for JSON and one more than is shown to a person."""
    wanted = limit or (None if current().is_json else FOR_PEOPLE + 1)
    rows: list[Record] = []
    after: Any = None
    while wanted is None or len(rows) < wanted:
        page = fetch(after, PAGE if wanted is None else min(PAGE, wanted - len(rows)))
        rows += page.rows
        after = page.next
        if after is None:
            break
    return rows


def listed(rows: Sequence[Record], presented: Any, human: Callable[[Sequence[Record]], str]) -> None:
    answer(presented, lambda: human(rows[:FOR_PEOPLE] if not _has_limit() else rows))
    if len(rows) > FOR_PEOPLE and not current().is_json and not _has_limit():
        note(_("… et d’autres : --limit en montre plus."))


def _has_limit() -> bool:
    return bool(click.get_current_context().params.get("limit"))
