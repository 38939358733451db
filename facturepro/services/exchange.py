"""Import and export of tables. The columns come from the declarations; rows that are wrong are listed, the others kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facturepro.db import catalog
from facturepro.db.base import new_id
from facturepro.db.catalog import EntityType, Field
from facturepro.db.queries import listing, matching
from facturepro.db.queries.listing import ListQuery
from facturepro.db.search import fold
from facturepro.domain.errors import UserError
from facturepro.i18n import _
from facturepro.services import records, tables
from facturepro.services.company import OpenCompany
from facturepro.services.tables import Table
from facturepro.services.validation import convert

BATCH = 500
KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "client": (("email",), ("siren",), ("name", "company_name")),
    "product": (("sku",), ("name",)),
}
"""What makes two cards the same, strongest first. Other kinds go by their name."""

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class RowError:
    """``row`` as the spreadsheet numbers it; ``field`` the option name, empty when the whole row is meant."""

    row: int
    field: str
    message: str


@dataclass
class ImportResult:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    is_cancelled: bool = False

    def present(self) -> dict[str, Any]:
        errors = [{"row": e.row, "field": e.field, "message": e.message} for e in self.errors]
        return {"created": self.created, "updated": self.updated, "unchanged": self.unchanged, "errors": errors} | (
            {"cancelled": True} if self.is_cancelled else {}
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be taken: typed values by column name."""

    number: int
    given_id: str
    values: dict[str, Any]


# -- columns -------------------------------------------------------------------------------------------------


def columns(kind: str) -> tuple[Field, ...]:
    """What a file of this kind holds, in the order of the declaration."""
    return tuple(f for f in catalog.entity(kind).synchronised if f.spec.in_form and f.spec.type != "instant")


def guess(table: Table, kind: str, chosen: Mapping[str, str] | None = None) -> dict[int, Field | None]:
    """Column number -> field (None is the ``id`` column), by name, label or alias; ``chosen`` is heading -> field.

    Raises:
        UserError: ``field_unknown`` or ``import_column_missing`` for what ``chosen`` names.
    """
    names = _names(kind)
    wanted = {_key(heading): _named(kind, name) for heading, name in (chosen or {}).items()}
    missing = [heading for heading in chosen or {} if _key(heading) not in {_key(h) for h in table.headings}]
    if missing:
        shown = ", ".join(table.headings)
        raise UserError("import_column_missing", column=missing[0], columns=shown)
    found: dict[int, Field | None] = {}
    for at, heading in enumerate(table.headings):
        key = _key(heading)
        if key == "id" and key not in wanted:
            found[at] = None
            continue
        match = wanted.get(key) or (names.get(key) if names.get(key) not in wanted.values() else None)
        if match is not None and match not in found.values():
            found[at] = match
    return found


def _key(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())


def _names(kind: str) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for known in columns(kind):
        for name in (known.option, known.name, _(known.spec.label), known.spec.label):
            found.setdefault(_key(name), known)
    for known in columns(kind):  # an alias never takes the place of a name
        for alias in known.spec.aliases:
            found.setdefault(_key(alias), known)
    return found


def _named(kind: str, name: str) -> Field:
    match = _names(kind).get(_key(name))
    if match is None:
        fields = ", ".join(known.option for known in columns(kind))
        raise UserError("field_unknown", field=name, kind=_(catalog.entity(kind).model.label), fields=fields)
    return match


# -- import --------------------------------------------------------------------------------------------------


def import_file(
    company: OpenCompany,
    kind: str,
    path: Path,
    chosen: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ImportResult:
    """Bring a table in, 500 rows a transaction. A row that matches a card changes it; empty cells change nothing.

    Raises:
        UserError: the file is not a table, or no column is known. Nothing was imported.
    """
    table = tables.read(path)
    fields = guess(table, kind, chosen)
    if not any(known is not None for known in fields.values()):
        raise UserError("import_no_column", path=str(path))
    result = ImportResult()
    matcher = _Matcher(company, kind)
    for start in range(0, len(table.rows), BATCH):
        if cancelled is not None and cancelled():
            result.is_cancelled = True
            break
        taken = _taken(company, table.rows[start : start + BATCH], fields, len(table.headings), result)
        _import_batch(company, matcher, taken, result, dry_run)
        if progress is not None:
            progress(min(start + BATCH, len(table.rows)), len(table.rows))
    return result


def _taken(
    company: OpenCompany,
    rows: Sequence[tuple[int, Sequence[str]]],
    fields: Mapping[int, Field | None],
    width: int,
    result: ImportResult,
) -> Iterator[Row]:
    for number, cells in rows:
        values: dict[str, Any] = {}
        errors: list[RowError] = []
        given_id = ""
        for at, known in fields.items():
            text = tables.meant(cells[at]) if at < len(cells) else ""
            if known is None:
                given_id = text.strip()
            elif text.strip():
                try:
                    values[known.name] = _value(company, known, text)
                except UserError as error:
                    errors.append(RowError(number, known.option, error.message))
        if not values and not errors:
            errors.append(RowError(number, "", _("Cette ligne ne contient rien d’utilisable.")))
        if any(cell.strip() for cell in cells[width:]):
            errors.append(RowError(number, "", _("Cette ligne a plus de cellules que d’en-têtes.")))
        result.errors += errors
        if not errors:
            yield Row(number, given_id, values)


def _value(company: OpenCompany, known: Field, text: str) -> Any:
    if known.spec.type == "reference":
        return records.find(company, known.spec.reference, text)["id"]
    return convert(known, text, company.today())


class _Matcher:
    """Finds the card that a row means. Cards made by this same file only match what does not contradict them."""

    def __init__(self, company: OpenCompany, kind: str) -> None:
        self.entity: EntityType = catalog.entity(kind)
        self.keys = KEYS.get(kind, (("name",),))
        self.names = tuple(dict.fromkeys(name for key in self.keys for name in key))
        self._known: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {key: {} for key in self.keys}
        self._of: dict[str, dict[str, str]] = {}
        self._made_here: set[str] = set()
        self.imagined: dict[str, dict[str, Any]] = {}  # cards as a dry run would have left them
        with company.db.read() as session:
            for record_id, *values in matching.key_values(session, kind, self.names):
                self._remember(record_id, dict(zip(self.names, values, strict=True)))

    def _remember(self, record_id: str, values: Mapping[str, Any]) -> None:
        own = self._of.setdefault(record_id, {})
        own.update({name: fold(str(values[name] or "")).strip() for name in self.names if name in values})
        for key in self.keys:
            parts = tuple(own.get(name, "") for name in key)
            if parts[0]:
                self._known[key].setdefault(parts, record_id)

    def made(self, record_id: str, values: Mapping[str, Any]) -> None:
        self._made_here.add(record_id)
        self._remember(record_id, values)

    def changed(self, record_id: str, values: Mapping[str, Any]) -> None:
        self._remember(record_id, values)

    def match(self, row: Row) -> str | None:
        if row.given_id in self._of:
            return row.given_id
        values = _with_name(self.entity.kind, row.values)
        own = {name: fold(str(values.get(name) or "")).strip() for name in self.names}
        for rank, key in enumerate(self.keys):
            parts = tuple(own[name] for name in key)
            found = self._known[key].get(parts) if parts[0] else None
            if found is not None and not self._contradicts(own, found, rank):
                return found
        return None

    def _contradicts(self, own: Mapping[str, str], record_id: str, rank: int) -> bool:
        """A stronger key that both have and that differs: two lines of one file are then two cards; and a product
        with another reference is another product."""
        if record_id not in self._made_here and self.entity.kind != "product":
            return False
        other = self._of[record_id]
        stronger = {name for key in self.keys[:rank] for name in key}
        return any(own[name] and other.get(name) and own[name] != other[name] for name in stronger)


def _import_batch(
    company: OpenCompany, matcher: _Matcher, rows: Iterator[Row], result: ImportResult, dry_run: bool
) -> None:
    made: dict[str, dict[str, Any]] = {}
    changed: dict[str, dict[str, Any]] = {}
    current: dict[str, dict[str, Any]] = {}
    for row in rows:
        found = matcher.match(row)
        if found is None:
            values = _completed(matcher.entity, row, result)
            if values is not None:
                record_id = new_id()
                made[record_id] = values
                matcher.made(record_id, values)
                result.created += 1
            continue
        if found not in current and found not in made:
            current[found] = matcher.imagined.get(found) or _current(company, matcher.entity.kind, found)
        before = made[found] if found in made else current[found]
        different = {name: value for name, value in row.values.items() if before.get(name) != value}
        if not different:
            result.unchanged += 1
            continue
        before.update(different)
        matcher.changed(found, different)
        result.updated += 1
        if found not in made:
            changed.setdefault(found, {}).update(different)
    if dry_run:
        matcher.imagined.update(current | made)
    elif made or changed:
        _write(company, matcher.entity, made, changed)


def _current(company: OpenCompany, kind: str, record_id: str) -> dict[str, Any]:
    with company.db.read() as session:
        rows = listing.rows_by_id(session, kind, [record_id])
    return rows[0] if rows else {}


def _with_name(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A client of which only the company is known goes by the company's name."""
    filled = dict(values)
    if kind == "client" and not filled.get("name") and filled.get("company_name"):
        filled["name"] = filled["company_name"]
    return filled


def _completed(entity: EntityType, row: Row, result: ImportResult) -> dict[str, Any] | None:
    values = _with_name(entity.kind, row.values)
    for known in entity.fields:
        if known.spec.is_required and not values.get(known.name):
            message = UserError("field_required", label=_(known.spec.label)).message
            result.errors.append(RowError(row.number, known.option, message))
            return None
    return values


def _write(
    company: OpenCompany, entity: EntityType, made: Mapping[str, dict[str, Any]], changed: Mapping[str, dict[str, Any]]
) -> None:
    label = _("{kind} importés").format(kind=_(entity.model.label_plural))
    with company.db.write(label) as work:
        for record_id, values in made.items():
            card: Any = entity.model(**values)
            card.id = record_id
            work.add(card)
        for record_id, values in changed.items():
            known = work.get(entity.model, record_id)
            if known is None or known.deleted_at is not None:
                continue  # deleted by somebody else while the file was read
            for name, value in values.items():
                setattr(known, name, value)


# -- export --------------------------------------------------------------------------------------------------


def export_file(
    company: OpenCompany,
    kind: str,
    path: Path,
    text: str = "",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> int:
    """Every card of a kind (archived ones included) as CSV or XLSX, by the suffix. Answers the number of rows.

    Raises:
        UserError: the file cannot be written. An existing one is untouched.
    """
    fields = exported(kind)
    query = ListQuery(kind, text=text, sort="id", with_archived=True)
    total = records.count(company, query)
    rows = _exported_rows(company, query, fields, total, progress, cancelled)
    return tables.write(path, ["id", *_headings(fields)], rows)


def _headings(fields: Sequence[Field]) -> list[str]:
    labels = [_(known.spec.label) for known in fields]
    return [
        _("{label} (identifiant)").format(label=label)
        if known.spec.type == "reference" and labels.count(label) > 1
        else label
        for known, label in zip(fields, labels, strict=True)
    ]


def exported(kind: str) -> tuple[Field, ...]:
    """Cards give what can be imported again; documents also what was computed of them."""
    entity = catalog.entity(kind)
    if not entity.lines and not entity.model.is_append_only:
        return columns(kind)
    hidden = ("json", "instant")
    return tuple(
        known
        for known in entity.fields
        if known.spec.type not in hidden
        and known.spec.maximum_length <= 4000
        and (known.spec.in_form or known.name in ("number", "document_number", "hash"))
    )


def _exported_rows(
    company: OpenCompany,
    query: ListQuery,
    fields: Sequence[Field],
    total: int,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> Iterator[list[Any]]:
    after: Any = None
    done = 0
    while True:
        if cancelled is not None and cancelled():
            raise UserError("export_cancelled")
        batch = records.page(company, query, after, 1000)
        for row in batch.rows:
            yield [row["id"], *(_cell(known, row[known.name]) for known in fields)]
        done += len(batch.rows)
        if progress is not None:
            progress(done, total)
        after = batch.next
        if after is None:
            return


def _cell(known: Field, value: Any) -> Any:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if value in known.spec.choices:
        return _(known.spec.choices[value])
    return value


__all__ = ["BATCH", "ImportResult", "RowError", "columns", "export_file", "exported", "guess", "import_file"]
