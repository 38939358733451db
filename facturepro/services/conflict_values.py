"""The two sides of a conflict as people read them: values in words, who wrote them, on which computer, when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from facturepro.db import catalog
from facturepro.db.catalog import LINE_PREFIX, Field, RowType
from facturepro.db.queries import conflicts as queries
from facturepro.db.replication_stamps import device_of
from facturepro.domain.clock import is_default, parse_stamp
from facturepro.i18n import N_, _
from facturepro.i18n.formatting import (
    format_date,
    format_instant,
    format_money,
    format_number,
    format_quantity,
    format_rate,
)

ISSUE, DELETED, DOUBLE_PAYMENT = "issue", "deleted", "double_payment"
GROUP_LABELS = {
    "address": N_("Adresse"),
    "price": N_("Prix de vente"),
    "legal": N_("Forme juridique"),
    "bank": N_("Banque"),
    "vat": N_("TVA"),
    "print": N_("Présentation"),
}
_DOUBLES = {ISSUE: ("invoice", ("number", "issued_at")), DOUBLE_PAYMENT: ("payment", ("amount", "method", "paid_on"))}
"""Conflicts that hold two whole documents: of which kind, and what names them."""

_SCALED = frozenset({"money", "unit_price", "quantity", "rate"})

Values = Mapping[str, Any] | None
Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """One side: ``lines`` are (label, text) pairs as people read them; ``at`` is None for a value that nobody typed."""

    lines: Lines
    device: str
    device_id: str
    at: datetime | None
    is_in_place: bool
    is_here: bool


def nature_of(group: str) -> str:
    """``issue``, ``deleted``, ``double_payment``, ``line`` or ``value``."""
    if group in (ISSUE, DELETED, DOUBLE_PAYMENT):
        return group
    return "line" if group.startswith(LINE_PREFIX) else "value"


def at_of(stamp: str) -> datetime | None:
    if is_default(stamp):
        return None
    return datetime.fromtimestamp(parse_stamp(stamp).milliseconds / 1000, UTC)


def known_kind(kind: str) -> bool:
    """False for a kind that only a newer version declares."""
    return any(found.kind == kind for found in catalog.entities())


@dataclass
class Reading:
    """What the journal's page needs of the records it speaks of, read with one statement per kind.

    ``rows``, ``clocks``: by kind, then record. ``lines``: by kind, then line. ``names``: by kind, then record, for fields
    that refer to another record.
    """

    devices: Mapping[str, str]
    own_device: str
    currency: str
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    lines: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    clocks: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)

    def collect(self, session: Any, conflicts: Sequence[Mapping[str, Any]]) -> None:
        for kind in sorted({row["record_kind"] for row in conflicts if known_kind(row["record_kind"])}):
            found = catalog.entity(kind)
            concerned = [row for row in conflicts if row["record_kind"] == kind]
            ids = {row["record_id"] for row in concerned}
            self.rows[kind] = queries.raw_rows(session, found, ids)
            self.clocks[kind] = queries.clocks(session, kind, ids)
            groups = [row["merge_group"] for row in concerned if row["merge_group"].startswith(LINE_PREFIX)]
            if groups and found.lines:
                wanted = {group.removeprefix(LINE_PREFIX) for group in groups}
                self.lines[kind] = queries.raw_rows(session, found.lines, wanted)
        self._name_references(session, conflicts)

    def _name_references(self, session: Any, conflicts: Sequence[Mapping[str, Any]]) -> None:
        wanted: dict[str, set[str]] = {}
        for row in conflicts:
            shown = fields_of(row["record_kind"], row["merge_group"])
            for values in (row["kept"], row["lost"], self.current(row)[0]):
                for each in shown:
                    if each.spec.reference and values and values.get(each.name):
                        wanted.setdefault(each.spec.reference, set()).add(values[each.name])
        for kind, ids in sorted(wanted.items()):
            found = queries.raw_rows(session, catalog.entity(kind), ids)
            self.names[kind] = {record_id: title(kind, row) for record_id, row in found.items()}

    def record(self, conflict: Mapping[str, Any]) -> dict[str, Any] | None:
        """Stored values of the record that the conflict is about; None when it is not on this computer."""
        return self.rows.get(conflict["record_kind"], {}).get(conflict["record_id"])

    def current(self, conflict: Mapping[str, Any]) -> tuple[Values, str]:
        """What stands in the record now, and its stamp."""
        kind, group = conflict["record_kind"], conflict["merge_group"]
        stamp = self.clocks.get(kind, {}).get(conflict["record_id"], {}).get(group, "")
        if group.startswith(LINE_PREFIX):
            return self.lines.get(kind, {}).get(group.removeprefix(LINE_PREFIX)), stamp
        return self.record(conflict), stamp

    def standing(self, conflict: Mapping[str, Any]) -> tuple[Values, str]:
        """Values and stamp to show as "in place": those of the journal, unless they were changed since."""
        kept, stamp = conflict["kept"], conflict["kept_stamp"]
        if conflict["merge_group"] in _DOUBLES or self.record(conflict) is None:
            return kept, stamp
        values, since = self.current(conflict)
        names = {each.name for each in fields_of(conflict["record_kind"], conflict["merge_group"])}
        return (kept, stamp) if _same(kept, values, names) else (values, since or stamp)

    def is_back(self, conflict: Mapping[str, Any]) -> bool:
        """Whether the value that lost stands again, typed by hand."""
        names = {each.name for each in fields_of(conflict["record_kind"], conflict["merge_group"])}
        return self.record(conflict) is not None and _same(conflict["lost"], self.current(conflict)[0], names)

    def value(self, conflict: Mapping[str, Any], values: Values, stamp: str, is_in_place: bool) -> ConflictValue:
        kind, group = conflict["record_kind"], conflict["merge_group"]
        device = device_of(stamp)
        if group in _DOUBLES and values:
            device = str(values.get("issued_by" if group == ISSUE else "recorded_by") or device)
        return ConflictValue(
            self.lines_of(kind, group, values),
            self.devices.get(device, "") or _("ordinateur inconnu"),
            device,
            at_of(stamp),
            is_in_place,
            device == self.own_device,
        )

    def lines_of(self, kind: str, group: str, values: Values) -> Lines:
        """(label, text) of each field of a group."""
        if group in _DOUBLES:
            return self._double_lines(group, values or {})
        if values is None:
            return (("", _("ligne supprimée")),)
        if group == DELETED:
            return (("", _("supprimée") if values.get("deleted_at") else _("gardée, avec ses modifications")),)
        if not known_kind(kind):
            return tuple((name, str(value)) for name, value in sorted(values.items()))
        present = [each for each in fields_of(kind, group) if each.name in values]
        shown = [each for each in present if each.spec.in_form] or present
        return tuple((_(each.spec.label), self.readable(each, values[each.name])) for each in shown)

    def _double_lines(self, group: str, values: Mapping[str, Any]) -> Lines:
        kind, names = _DOUBLES[group]
        declared = catalog.entity(kind).by_name
        return tuple(
            (_(declared[name].spec.label), self.readable(declared[name], values[name]))
            for name in names
            if name in values
        )

    def readable(self, declared: Field, stored: Any) -> str:
        """A stored value as people read it."""
        if stored is None or stored == "":
            return _("vide")
        spec = declared.spec
        if spec.reference:
            return self.names.get(spec.reference, {}).get(stored, _("fiche inconnue"))
        convert = getattr(declared.column.type, "process_result_value", None)
        value = convert(stored, None) if convert else stored
        if spec.type in ("money", "unit_price"):
            return format_money(value, self.currency)
        worded: dict[str, Callable[[Any], str]] = {
            "quantity": format_quantity,
            "rate": format_rate,
            "date": format_date,
            "instant": format_instant,
        }
        if spec.type in worded:
            return worded[spec.type](value)
        if spec.type == "bool":
            return _("oui") if value else _("non")
        if spec.type == "integer":
            return format_number(value)
        return _(spec.choices[value]) if value in spec.choices else str(value)


def plain_values(conflict: Mapping[str, Any], values: Values) -> dict[str, Any] | None:
    """One side of a conflict for programs: amounts, quantities and rates as ``Decimal``, the rest as it is stored."""
    if values is None:
        return None
    kind, group = conflict["record_kind"], conflict["merge_group"]
    about = catalog.entity(_DOUBLES[group][0]).fields if group in _DOUBLES else fields_of(kind, group)
    scaled = {each.name: each.column.type for each in about if each.spec.type in _SCALED}
    return {
        name: scaled[name].process_result_value(value, None) if name in scaled and type(value) is int else value  # type: ignore[attr-defined]
        for name, value in values.items()
    }


def _same(one: Values, other: Values, names: set[str]) -> bool:
    if one is None or other is None:
        return one is other
    return all(queries.stored(one[name]) == queries.stored(other.get(name)) for name in names if name in one)


def fields_of(kind: str, group: str) -> tuple[Field, ...]:
    """The declared fields of a merge group; none for what this version does not know."""
    if not known_kind(kind):
        return ()
    found = catalog.entity(kind)
    if group.startswith(LINE_PREFIX):
        return found.lines.content if found.lines else ()
    return found.groups.get(group, ())


def title(kind: str, row: Mapping[str, Any] | None) -> str:
    """What names a record to people; a draft is named by its client."""
    if row is None:
        return _("fiche absente de cet ordinateur")
    if kind == "invoice" and not row.get("number"):
        return _("Brouillon {client}").format(client=row.get("client_name") or _("sans client"))
    if kind == "payment":
        declared: RowType = catalog.entity("payment")
        amount = declared.by_name["amount"].column.type.process_result_value(row["amount"], None)  # type: ignore[attr-defined]
        return _("Paiement de {amount}").format(amount=format_number(amount, 2))
    return str(row.get(catalog.entity(kind).model.title_field) or _("sans nom"))


def subject(kind: str, group: str, kept: Values, lost: Values) -> str:
    """What a conflict is about, in words that follow the record's name."""
    if group == ISSUE:
        return _("même brouillon émis deux fois")
    if group == DOUBLE_PAYMENT:
        return _("encaissée deux fois")
    if group == DELETED:
        return _("suppression contre modification")
    if group.startswith(LINE_PREFIX):
        words = str((kept or lost or {}).get("description") or "").strip().split("\n")[0]
        return _("ligne « {words} »").format(words=words) if words else _("ligne")
    if group in GROUP_LABELS:
        return within(_(GROUP_LABELS[group]))
    fields = fields_of(kind, group)
    return within(_(fields[0].spec.label)) if fields else group


def within(label: str) -> str:
    """A label inside a sentence: its first letter small, unless it is an abbreviation or a sign."""
    return label if label[1:2].isupper() or not label[1:2].isalpha() else label[:1].lower() + label[1:]
