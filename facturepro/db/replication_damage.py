"""Damage of sealed content on this computer, told from a forgery in the cloud by the seals (decision 0017)."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db.replication_merge import RemoteState
from facturepro.db.replication_records import LocalRecord, raw
from facturepro.domain.money import (
    MONEY_DECIMALS,
    QUANTITY_DECIMALS,
    RATE_DECIMALS,
    UNIT_PRICE_DECIMALS,
    from_scaled,
    plain,
)
from facturepro.domain.numbering import is_central
from facturepro.domain.seals import document_seal, payment_seal

_Values = Mapping[str, Any]
_SCALES = (
    ("quantity", QUANTITY_DECIMALS),
    ("unit_price", UNIT_PRICE_DECIMALS),
    ("vat_rate", RATE_DECIMALS),
    ("discount", RATE_DECIMALS),
)
_SHOWN = {name: name for name in ("number", "issued_on", "due_on", "delivered_on", "notes", "layout")}
_SHOWN["client_reference"] = "your_reference"
"""Fields of the record, and what the content calls them."""


def is_damaged_here(session: Session, mine: LocalRecord, remote: RemoteState) -> bool:
    """Is our content broken by its own seal, and the cloud's whole under a seal that this computer vouches for?

    A seal is no signature: whoever changes a document past the rules can seal it anew. So the cloud's seal must also be the
    one that was here: as the record has it, as its content gives it, or as the document after it in its chain names it.
    """
    if mine.kind not in _WHOLE:
        return False
    is_whole, computed = _WHOLE[mine.kind]
    if is_whole(mine.fields, mine.lines) or not is_whole(remote.fields, remote.lines):
        return False
    seal = remote.fields["hash"]
    return seal in (mine.fields["hash"], computed(mine.fields)) or _is_named_by_next(session, mine.kind, remote.fields)


def _is_whole_document(fields: _Values, lines: Mapping[str, _Values]) -> bool:
    if fields["number"] is None or _document_seal(fields) != fields["hash"]:
        return False
    if fields["number"] != f"{fields['series']}{fields['counter']:04d}":
        return False
    try:
        content = json.loads(fields["snapshot"])
        sealed = [tuple(line.get(name) for name in ("id", "description", *dict(_SCALES))) for line in content["lines"]]
        shown = {name: content[said] for name, said in _SHOWN.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    rows = sorted(lines.items(), key=lambda row: (row[1]["position"], row[0]))
    return shown == {name: fields[name] for name in _SHOWN} and sealed == [_said(*row) for row in rows]


def _said(line_id: str, line: _Values) -> tuple[Any, ...]:
    return (line_id, line["description"], *(plain(from_scaled(line[name], decimals)) for name, decimals in _SCALES))


def _document_seal(fields: _Values) -> str:
    return document_seal(fields["previous_hash"], fields["snapshot"], fields["logo_id"])


def _is_whole_payment(fields: _Values, _lines: object) -> bool:
    return bool(_payment_seal(fields) == fields["hash"])


def _payment_seal(fields: _Values) -> str:
    amount = from_scaled(fields["amount"], MONEY_DECIMALS)
    said = (fields["method"], fields["paid_on"], fields["note"], fields["reverses_id"] or "")
    return payment_seal(fields["previous_hash"], amount, *said)


_WHOLE = {"invoice": (_is_whole_document, _document_seal), "payment": (_is_whole_payment, _payment_seal)}


def _is_named_by_next(session: Session, kind: str, fields: _Values) -> bool:
    following: tuple[Any, ...]
    if kind == "payment":
        statement = "SELECT 1 FROM payment WHERE recorded_by = ? AND chain_position = ? AND previous_hash = ?"
        following = (fields["recorded_by"], fields["chain_position"] + 1)
    elif is_central(fields["series"]):
        statement = "SELECT 1 FROM invoice WHERE series = ? AND counter = ? AND previous_hash = ?"
        following = (fields["series"], fields["counter"] + 1)
    else:
        statement = "SELECT 1 FROM invoice WHERE issued_by = ? AND chain_position = ? AND previous_hash = ?"
        following = (fields["issued_by"], fields["chain_position"] + 1)
    return raw(session, statement, *following, fields["hash"]).first() is not None
