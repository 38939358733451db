"""Answers on stdout: one JSON value, or short tables for people. Everything else goes to stderr."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import click

from facturepro.cli.session import current
from facturepro.domain.money import plain
from facturepro.i18n import _
from facturepro.i18n.formatting import format_date, format_money, format_quantity, format_rate, format_unit_price

Column = tuple[str, Callable[[Mapping[str, Any]], str], str]
"""(title, text of a row, ``<`` or ``>``)."""

WIDEST = 44


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_machine)


def _machine(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def answer(value: Any, human: Callable[[], str] | str) -> None:
    """The result of a command: ``value`` with ``--json``, else the text."""
    if current().is_json:
        click.echo(json_text(value))
        return
    text = human if isinstance(human, str) else human()
    if text:
        click.echo(text)


def note(text: str) -> None:
    """A remark beside the answer."""
    click.echo(text, err=True)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], empty: str) -> str:
    """Aligned columns; texts that are too long are cut with an ellipsis."""
    if not rows:
        return empty
    last = len(columns) - 1  # an id or a path to be copied stays whole
    body = [[_fit(text(row), at < last) for at, (_title, text, _side) in enumerate(columns)] for row in rows]
    used = [i for i in range(len(columns)) if any(row[i] for row in body)]  # an empty column only costs width
    columns = [columns[i] for i in used]
    body = [[row[i] for i in used] for row in body]
    widths = [max(len(title), *(len(row[i]) for row in body)) for i, (title, _text, _side) in enumerate(columns)]
    lines = [_line([title for title, _text, _side in columns], widths, columns)]
    lines += [_line(row, widths, columns) for row in body]
    return "\n".join(lines)


def _fit(text: str, is_cut: bool) -> str:
    flat = " ".join(text.split("\n")).strip()
    return flat if len(flat) <= WIDEST or not is_cut else flat[: WIDEST - 1] + "…"


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    parts = [
        cell.rjust(width) if side == ">" else cell.ljust(width)
        for cell, width, (_title, _text, side) in zip(cells, widths, columns, strict=True)
    ]
    return "  ".join(parts).rstrip()


def pairs(entries: Sequence[tuple[str, str]]) -> str:
    """Label and value per line, empty values left out."""
    shown = [(label, value) for label, value in entries if value]
    width = max((len(label) for label, _value in shown), default=0)
    return "\n".join(f"{label.ljust(width)}  {value}" for label, value in shown)


def column(title: str, key: str, side: str = "<") -> Column:
    return (_(title), lambda row: str(row.get(key) or ""), side)


def money_column(title: str, key: str) -> Column:
    return (_(title), lambda row: format_money(row[key]) if row.get(key) is not None else "", ">")


def day_column(title: str, key: str) -> Column:
    return (_(title), lambda row: format_date(row[key]) if row.get(key) else "", "<")


def quantity_column(title: str, key: str) -> Column:
    return (_(title), lambda row: format_quantity(row[key]), ">")


def readable(spec: Any, value: Any) -> str:
    """A field's value for people."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if spec.type == "money":
        return format_money(value)
    if spec.type == "unit_price":
        return format_unit_price(value)
    if spec.type == "quantity":
        return format_quantity(value)
    if spec.type == "rate":
        return format_rate(value)
    if spec.type == "date":
        return format_date(value)
    return _(spec.choices[value]) if value in spec.choices else str(value)


class Counter:
    """Progress of long work on one line of stderr, only when a person watches."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._is_shown = sys.stderr.isatty() and not current().is_json

    def __call__(self, done: int, total: int) -> None:
        if self._is_shown:
            end = "\n" if total and done >= total else ""
            click.echo(f"\r{self._label} {done}/{total}" if total else f"\r{self._label} {done}", err=True, nl=False)
            if end:
                click.echo("", err=True)
