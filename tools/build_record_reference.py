"""Make docs/records.md, the fields of every synchronised record, from the declarations.

python tools/build_record_reference.py
"""

from pathlib import Path

from facturepro.db import catalog
from facturepro.db.catalog import Field

TARGET = Path(__file__).resolve().parent.parent / "docs" / "records.md"
HEAD = """# Records in the cloud

Made by `python tools/build_record_reference.py` from `facturepro/db/models/`; a test compares. [sync.md](sync.md) says how records travel.

`fields` of a document holds the columns below under these names, `lines` the same for each line. Merge group: what is decided and stamped
together. Once `number` is set, everything is frozen (the lines too) but what is marked "free after issue".

| type | value in the cloud |
|---|---|
| text, long_text, email, phone, choice, reference | string (a reference is the id of a record) |
| money | integer, hundredths of the currency |
| unit_price | integer, ten-thousandths of the currency |
| quantity | integer, thousandths |
| rate | integer, hundredths of a per cent (20 % = 2000) |
| integer | integer |
| bool | boolean |
| date | string, `2026-11-21` |
| instant | string, UTC, `2026-11-21T08:30:00.123Z` (three decimals) |
| json | map |
"""


def text() -> str:
    parts = [HEAD]
    for entity in catalog.entities():
        notes = ["append-only"] if entity.model.is_append_only else []
        notes += ["one per company"] if entity.model.is_singleton else []
        parts.append(f"\n## {entity.kind}" + (f" ({', '.join(notes)})" if notes else "") + "\n")
        parts.append(_table(entity.synchronised, with_group=True, is_issuable="number" in entity.by_name))
        if entity.lines:
            parts.append(f"\nLines of `{entity.kind}`; each line is a merge group of its own, `line:<id>`.\n")
            parts.append(_table(entity.lines.content, with_group=False))
    return "\n".join(parts)


def _table(fields: tuple[Field, ...], with_group: bool, is_issuable: bool = False) -> str:
    titles = ["field", "type", *(["merge group"] if with_group else []), ""]
    rows = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for field in fields:
        notes = [f"names a {field.spec.reference}"] if field.spec.reference else []
        notes += [" / ".join(field.spec.choices)] if field.spec.choices else []
        notes += ["may be null"] if field.column.nullable else []
        notes += ["free after issue"] if is_issuable and not field.spec.is_frozen else []
        cells = [f"`{field.name}`", field.spec.type, *([f"`{field.group}`"] if with_group else []), "; ".join(notes)]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8", newline="\n")
