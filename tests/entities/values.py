"""Plausible values for any entity, from its declaration: two variants of each field that differ."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from facturepro.db.catalog import EntityType, Field
from facturepro.db.models.company import COMPANY_ID
from facturepro.services import records
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record

CHECKED = {
    "siren": ("123456782", "732829320"),
    "siret": ("73282932000074", "12345678200010"),
    "vat_number": ("FR11123456782", "FR44732829320"),
    "ice": ("001561191000066", "002115105000042"),
    "iban": ("FR7630006000011234567890189", "DE89370400440532013000"),
    "bic": ("BNPAFRPPXXX", "AGRIFRPP"),
    "ean": ("4006381333931", "73513537"),
    "email": ("noelle@exemple.fr", "zoe@societe.example"),
    "number_prefix": ("FA", "AV"),
}
NUMBERS = {
    "money": (Decimal("1234.56"), Decimal("0.01")),
    "unit_price": (Decimal("12.3456"), Decimal("9.9900")),
    "quantity": (Decimal("2.500"), Decimal("17.000")),
    "rate": (Decimal("5.50"), Decimal("20.00")),
    "integer": (45, 60),
    "date": (date(2026, 2, 28), date(2024, 2, 29)),
    "instant": (datetime(2026, 11, 20, 9, 30, 0, 123000, UTC), datetime(2026, 11, 21, tzinfo=UTC)),
    "bool": (True, False),
    "json": ({"phone": "0600"}, {"phone": "0611", "é": [1, None]}),
}


def settable(entity: EntityType) -> list[Field]:
    """What a person or a program may give: no number of an issued document nor the wait for one, not the mark of the bin."""
    return [
        field
        for field in entity.synchronised
        if field.name != "deleted_at"
        and field.group not in ("issue", "request")
        and field.spec.reference != entity.kind
    ]


def value(company: OpenCompany, field: Field, variant: int = 0) -> Any:
    spec = field.spec
    if spec.reference:
        from facturepro.db import catalog

        return make(company, catalog.entity(spec.reference), variant)["id"]
    if spec.check:
        return CHECKED[spec.check][variant % 2]
    if spec.choices:
        keys = list(spec.choices)
        return keys[(1 + variant) % len(keys)]
    if spec.type in NUMBERS:
        return NUMBERS[spec.type][variant % 2]
    words = f"Œuvre {field.name.replace('_', '')} Été{variant}"
    return words[-spec.maximum_length :].strip()


def values(company: OpenCompany, entity: EntityType, variant: int = 0) -> dict[str, Any]:
    given = {field.name: value(company, field, variant) for field in settable(entity)}
    if "postcode" in given:
        given |= {"postcode": ("59000", "75011")[variant % 2], "country": "FR"}
    return given


def make(company: OpenCompany, entity: EntityType, variant: int = 0) -> Record:
    given = values(company, entity, variant)
    if entity.model.is_singleton:
        return records.update(company, entity.kind, COMPANY_ID, given)
    return records.create(company, entity.kind, given)


def other(company: OpenCompany, entity: EntityType, field: Field, record: Record) -> Any:
    """A value that the record does not have yet."""
    found = value(company, field, 1)
    if field.name == "postcode":
        found = "75011"
    return value(company, field, 0) if found == record[field.name] else found


def acknowledge_all(company: OpenCompany) -> None:
    """As if the cloud had everything: what a later change queues is then seen alone."""
    with company.db.engine.begin() as connection:
        connection.execute(text("DELETE FROM outbox"))
        connection.execute(text("UPDATE record_state SET base = clock"))


def audit(company: OpenCompany, after: int = 0) -> list[dict[str, Any]]:
    with company.db.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM change_log WHERE seq > :after ORDER BY seq"), {"after": after})
        return [
            dict(row._mapping) | {side: json.loads(row._mapping[side] or "null") for side in ("before", "after")}
            for row in rows
        ]


def clock(company: OpenCompany, kind: str, record_id: str) -> dict[str, str]:
    with company.db.engine.connect() as connection:
        statement = text("SELECT clock FROM record_state WHERE kind = :kind AND record_id = :id")
        return dict(json.loads(connection.execute(statement, {"kind": kind, "id": record_id}).scalar_one()))


def queued(company: OpenCompany) -> list[tuple[str, str]]:
    with company.db.engine.connect() as connection:
        rows = connection.execute(text("SELECT DISTINCT kind, record_id FROM outbox ORDER BY 1, 2"))
        return [(row[0], row[1]) for row in rows]
