"""What must hold for every kind, because it is declared: a new entity is covered by being in the catalogue."""

import ast
import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy import update as core_update

import facturepro.db.fields
import facturepro.db.models
from facturepro.db import catalog
from facturepro.db.catalog import EntityType, Field
from facturepro.db.search import fold
from facturepro.domain.errors import UserError
from facturepro.services import records, recycling
from facturepro.services.company import DATABASE_NAME, OpenCompany
from facturepro.services.records import ListQuery
from facturepro.services.undoing import UndoHistory
from facturepro.services.validation import LIMITS, machine_form
from tests.entities.values import acknowledge_all, audit, clock, make, other, queued, settable, value, values

ALL = catalog.entities()
SEVERAL = [entity for entity in ALL if not entity.model.is_singleton]
CHANGEABLE = [entity for entity in ALL if not entity.model.is_append_only]
CARDS = [entity for entity in CHANGEABLE if not entity.model.is_singleton]
APPEND_ONLY = [entity for entity in ALL if entity.model.is_append_only]


def each(entities: Any) -> Any:
    return pytest.mark.parametrize("entity", entities, ids=lambda entity: entity.kind)


@each(ALL)
def test_what_is_given_is_read_back_typed(company: OpenCompany, entity: EntityType) -> None:
    given = values(company, entity)
    record = make(company, entity)
    for field in settable(entity):
        if field.spec.reference:
            assert isinstance(record[field.name], str)
            continue
        assert record[field.name] == given[field.name], field.name
        assert type(record[field.name]) is type(given[field.name]), field.name


@each(ALL)
def test_texts_as_people_type_them_give_the_same_record(company: OpenCompany, entity: EntityType) -> None:
    """By option name, in the form that JSON and CSV use."""
    given = {}
    for field in settable(entity):
        if field.spec.type not in ("json", "instant") and not field.spec.reference:
            given[field.option] = value(company, field)
    if "postcode" in given:
        given |= {"postcode": "59 000", "country": "France"}
    typed = {name: str(machine_form(entity.by_option[name], found)) for name, found in given.items()}
    cleaned = facturepro.services.validation.clean(entity, typed, entity.kind)
    for name, found in given.items():
        if name not in ("postcode", "country"):
            assert cleaned[entity.by_option[name].name] == found, name


@each(SEVERAL)
def test_pages_join_without_gap_or_double(company: OpenCompany, entity: EntityType) -> None:
    for variant in range(5):
        make(company, entity, variant)
    bare = {f.name: value(company, f) for f in settable(entity) if f.spec.is_required}
    records.create(company, entity.kind, bare)  # with everything else empty: NULL sorts too
    sorts = ["", *(f.name for f in entity.fields if f.spec.type != "json" and f.name != "deleted_at")]
    for sort in sorts:
        for is_descending in (False, True):
            query = ListQuery(entity.kind, sort=sort, is_descending=is_descending, with_archived=True)
            whole = records.page(company, query, limit=1000).rows
            seen: list[str] = []
            cursor = None
            while True:
                page = records.page(company, query, cursor, limit=2)
                seen += [row["id"] for row in page.rows]
                cursor = page.next
                if cursor is None:
                    break
            assert seen == [row["id"] for row in whole], sort
            assert len(seen) == len(set(seen)) == records.count(company, query) >= 6


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        pytest.param(entity, field, id=f"{entity.kind}.{field.name}")
        for entity in ALL
        for field in entity.searchable
        if not field.spec.is_derived and field.group != "issue"
    ],
)
def test_search_finds_with_and_without_accents(company: OpenCompany, entity: EntityType, field: Field) -> None:
    required = {f.name: value(company, f) for f in settable(entity) if f.spec.is_required and f is not field}
    wanted = value(company, field) if field.spec.check else "Éphémère d’Œuvrier n° 42-17"
    made = records.create(company, entity.kind, {**required, field.name: wanted})
    records.create(company, entity.kind, {f.name: value(company, f, 1) for f in settable(entity) if f.spec.is_required})
    queries = [wanted, fold(wanted), wanted.upper(), fold(wanted)[:4]]
    if not field.spec.check:
        queries += ["ephem", "ŒUVRI", "oeuvrier ephemere", "42 17"]
    for query in queries:
        rows = records.page(company, ListQuery(entity.kind, text=query)).rows
        assert [row["id"] for row in rows] == [made["id"]], query
    assert records.page(company, ListQuery(entity.kind, text="introuvable")).rows == []
    assert records.page(company, ListQuery(entity.kind, text="…!?\"'*")).rows == []


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        pytest.param(entity, field, id=f"{entity.kind}.{field.name}")
        for entity in CHANGEABLE
        for field in settable(entity)
    ],
)
def test_an_edit_is_audited_stamped_and_queued_alone(company: OpenCompany, entity: EntityType, field: Field) -> None:
    record = make(company, entity)
    wanted = other(company, entity, field, record)
    acknowledge_all(company)
    before_log, before_clock = len(audit(company)), clock(company, entity.kind, record["id"])
    last = audit(company)[-1]["seq"]
    updated = records.update(company, entity.kind, record["id"], {field.name: wanted})
    assert updated[field.name] == wanted
    entries = audit(company, last)
    assert len(audit(company)) == before_log + 1
    assert (entries[0]["kind"], entries[0]["record_id"], entries[0]["op"]) == (entity.kind, record["id"], "update")
    assert set(entries[0]["before"]) == set(entries[0]["after"]) == {field.name}
    after_clock = clock(company, entity.kind, record["id"])
    changed = {group for group in after_clock if after_clock[group] != before_clock.get(group)}
    assert changed == {field.group}
    assert after_clock[field.group] == entries[0]["stamp"] > before_clock[field.group]
    assert queued(company) == [(entity.kind, record["id"])]


@each(CHANGEABLE)
def test_an_edit_that_changes_nothing_writes_nothing(company: OpenCompany, entity: EntityType) -> None:
    record = make(company, entity)
    acknowledge_all(company)
    told: list[Any] = []
    company.bus.subscribe(told.append)
    log, stamps = audit(company), clock(company, entity.kind, record["id"])
    same = {field.name: record[field.name] for field in settable(entity) if field.spec.type != "json"}
    records.update(company, entity.kind, record["id"], same)
    assert (audit(company), clock(company, entity.kind, record["id"]), queued(company), told) == (log, stamps, [], [])


@each(CARDS)
def test_deleted_restored_and_in_the_bin_meanwhile(company: OpenCompany, entity: EntityType) -> None:
    record = make(company, entity)
    records.delete(company, entity.kind, record["id"])
    query = ListQuery(entity.kind, with_archived=True)
    assert record["id"] not in {row["id"] for row in records.page(company, query).rows}
    assert records.get(company, entity.kind, record["id"])["deleted_at"] is not None
    in_bin = {(row["kind"], row["id"]) for row in recycling.deleted(company)}
    assert ((entity.kind, record["id"]) in in_bin) is not entity.model.is_internal
    for refused in (records.delete, lambda *args: records.update(*args, {})):
        with pytest.raises(UserError) as caught:
            refused(company, entity.kind, record["id"])
        assert caught.value.code == "record_unknown"
    if entity.searchable:
        with company.db.read() as session:
            statement = f"SELECT COUNT(*) FROM {entity.search_table} JOIN {entity.table.name} ON seq = {entity.search_table}.rowid WHERE id = :id"
            assert session.execute(text(statement), {"id": record["id"]}).scalar_one() == 0
    recycling.restore(company, entity.kind, record["id"])
    assert {**records.get(company, entity.kind, record["id"])} == record
    assert record["id"] in {row["id"] for row in records.page(company, query).rows}


@each(CARDS)
def test_undo_and_redo_of_making_changing_and_deleting(company: OpenCompany, entity: EntityType) -> None:
    given = values(company, entity)
    history = UndoHistory(company)
    record = records.create(company, entity.kind, given)

    def state() -> dict[str, Any]:
        found = records.get(company, entity.kind, record["id"])
        return {**found, "deleted_at": found["deleted_at"] is not None}

    states = [{**state(), "deleted_at": True}, state()]
    field = next(f for f in settable(entity) if not f.spec.reference)
    records.update(company, entity.kind, record["id"], {field.name: other(company, entity, field, record)})
    states.append(state())
    records.delete(company, entity.kind, record["id"])
    states.append(state())
    for _round in range(2):
        for expected in reversed(states[:-1]):
            history.undo()
            assert state() == expected
        for expected in states[1:]:
            history.redo()
            assert state() == expected
    history.close()


@each([entity for entity in ALL if entity.model.is_singleton])
def test_what_a_company_cannot_be_without_stays(company: OpenCompany, entity: EntityType) -> None:
    with pytest.raises(UserError) as caught:
        records.delete(company, entity.kind, make(company, entity)["id"])
    assert caught.value.code == "record_needed"


@each(APPEND_ONLY)
def test_append_only_refuses_every_way_of_changing(company: OpenCompany, entity: EntityType) -> None:
    record = make(company, entity)
    field = next(f for f in settable(entity) if f.spec.type in ("text", "long_text"))
    log = audit(company)
    raw_value = "changed"

    def by_mapper() -> None:
        with company.db.write("x") as work:
            found = work.get(entity.model, record["id"])
            assert found is not None
            setattr(found, field.name, raw_value)

    def by_core() -> None:
        with company.db.write("x") as work:
            work.session.execute(core_update(entity.model).values({field.name: raw_value}))

    def by_mapper_deleting() -> None:
        with company.db.write("x") as work:
            work.session.delete(work.get(entity.model, record["id"]))

    ways = [
        lambda: records.update(company, entity.kind, record["id"], {field.name: raw_value}),
        lambda: records.delete(company, entity.kind, record["id"]),
        by_mapper,
        by_core,
    ]
    for way in ways:
        with pytest.raises(UserError) as caught:
            way()
        assert caught.value.code == "record_append_only"
    with pytest.raises(Exception, match="record_kept"):
        by_mapper_deleting()
    names = ", ".join(column.name for column in entity.table.columns)
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw:
        for statement in (
            f"UPDATE {entity.table.name} SET {field.name} = 'changed'",
            f"UPDATE {entity.table.name} SET deleted_at = '2026-11-20T00:00:00.000Z'",
            f"DELETE FROM {entity.table.name}",
            f"INSERT OR REPLACE INTO {entity.table.name} ({names}) SELECT {names} FROM {entity.table.name}",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(statement)
    assert records.get(company, entity.kind, record["id"]) == record
    assert audit(company) == log


@each(ALL)
def test_nothing_is_replaced_or_renamed_by_raw_sql(company: OpenCompany, entity: EntityType) -> None:
    make(company, entity)
    names = ", ".join(c.name for c in entity.table.columns if c.computed is None)
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw:
        for statement in (
            f"REPLACE INTO {entity.table.name} ({names}) SELECT {names} FROM {entity.table.name}",
            f"UPDATE {entity.table.name} SET id = 'x' || id",
            f"DELETE FROM {entity.table.name}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="record_"):
                raw.execute(statement)


@each(SEVERAL)
def test_raw_sql_is_captured_and_caught_up(company: OpenCompany, entity: EntityType) -> None:
    record = make(company, entity)
    acknowledge_all(company)
    last = audit(company)[-1]["seq"]
    names = [field.name for field in entity.synchronised]
    with closing(sqlite3.connect(company.folder / DATABASE_NAME, isolation_level=None)) as raw:
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute(
            f"INSERT INTO {entity.table.name} (id, {', '.join(names)}) SELECT 'made elsewhere', {', '.join(names)} "
            f"FROM {entity.table.name} WHERE id = ?",
            (record["id"],),
        )
        field = next((f for f in settable(entity) if f.spec.type in ("text", "long_text")), None)
        assert field is not None
        if not entity.model.is_append_only:
            raw.execute(f"UPDATE {entity.table.name} SET {field.name} = 'Zébulon' WHERE id = 'made elsewhere'")
    entries = audit(company, last)
    assert [entry["op"] for entry in entries] == ["insert"] + ["update"] * (not entity.model.is_append_only)
    stamps = [entry["stamp"] for entry in entries]
    assert stamps == sorted(set(stamps))
    assert queued(company) == [(entity.kind, "made elsewhere")]
    assert clock(company, entity.kind, "made elsewhere")[field.group] == stamps[-1]
    told: list[Any] = []
    company.bus.subscribe(told.append)
    with company.db.write() as work:
        work.touch()
    assert "made elsewhere" in told[0].records[entity.kind]
    copy = records.get(company, entity.kind, "made elsewhere")
    derived = [f.name for f in entity.fields if f.spec.is_derived and f.name != "sort_on"]
    assert [copy[name] for name in derived] == [record[name] for name in derived]
    searched = next((f for f in entity.searchable if f.spec.type == "text" and not f.spec.check), None)
    if searched is not None and not searched.spec.is_derived and searched.name in copy and copy[searched.name]:
        rows = records.page(company, ListQuery(entity.kind, text=copy[searched.name], with_archived=True)).rows
        assert "made elsewhere" in {row["id"] for row in rows}


@each(ALL)
def test_json_has_the_names_of_the_options(company: OpenCompany, entity: EntityType) -> None:
    shown = records.present(entity.kind, make(company, entity))
    assert json.loads(json.dumps(shown)) == shown
    expected = {f.option for f in entity.fields if f.name != "deleted_at" and f.spec.maximum_length <= 4000}
    assert set(shown) == {"id", *expected}
    for field in entity.fields:
        if field.spec.type in ("money", "unit_price", "quantity", "rate") and shown[field.option] is not None:
            assert isinstance(shown[field.option], str)
            assert "e" not in shown[field.option].lower()
            assert Decimal(shown[field.option]) == records.get(company, entity.kind, shown["id"])[field.name]


@each(ALL)
def test_names_are_not_ambiguous(entity: EntityType) -> None:
    for rows in filter(None, (entity, entity.lines)):
        names, options = [f.name for f in rows.fields], [f.option for f in rows.fields]
        assert len(set(options)) == len(options)
        for field in rows.fields:
            assert field.option == field.name or field.option not in names or rows.by_name[field.option] is field


def _marked() -> set[str]:
    """Every text marked for translation where the entities are declared."""
    found: set[str] = set()
    for path in Path(facturepro.db.models.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_" and node.args:
                found.add(ast.literal_eval(node.args[0]))
    base = Path(facturepro.db.fields.__file__).with_name("base.py")
    for node in ast.walk(ast.parse(base.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_" and node.args:
            found.add(ast.literal_eval(node.args[0]))
    return found


@each(ALL)
def test_every_label_is_marked_for_translation(entity: EntityType) -> None:
    marked = _marked()
    labels = {entity.model.label, entity.model.label_plural}
    for rows in filter(None, (entity, entity.lines)):
        for field in rows.fields:
            labels.add(field.spec.label)
            labels |= {label for key, label in field.spec.choices.items() if label != key}
    assert labels <= marked, labels - marked


@each(ALL)
def test_an_unknown_field_is_refused(company: OpenCompany, entity: EntityType) -> None:
    for name in ("colour", "seq", "id", "deleted_at", *(f.name for f in entity.fields if f.spec.is_derived)):
        with pytest.raises(UserError) as caught:
            records.create(company, entity.kind, {name: "x"})
        assert caught.value.code == "field_unknown"
        assert name in caught.value.message


@pytest.mark.parametrize(
    ("entity", "field"),
    [pytest.param(entity, field, id=f"{entity.kind}.{field.name}") for entity in ALL for field in settable(entity)],
)
def test_impossible_values_are_refused_by_field(company: OpenCompany, entity: EntityType, field: Field) -> None:
    spec = field.spec
    wrong: list[tuple[Any, str]] = []
    if spec.type in LIMITS:
        high = spec.maximum if spec.maximum is not None else LIMITS[spec.type]
        wrong += [(high + Decimal("0.01"), "value_out_of_range"), ("1e999999999", "amount_invalid")]
        wrong += [(1.5, "amount_invalid"), ("douze", "amount_invalid"), (Decimal("NaN"), "amount_invalid")]
        wrong += [(Decimal("1e999999"), "amount_invalid"), (10**5000, "amount_invalid")]
        if spec.minimum is not None:
            wrong.append((spec.minimum - Decimal("0.01"), "value_out_of_range"))
    elif spec.type == "integer":
        wrong += [("1,5", "value_invalid"), (-1, "value_invalid"), (10**6 + 1, "value_invalid")]
    elif spec.type == "date":
        wrong += [("30/02/2026", "date_invalid"), ("hier", "date_invalid")]
    elif spec.type == "instant":
        wrong += [("2026-11-20", "date_invalid")]
    elif spec.type == "bool":
        wrong += [("peut-être", "value_invalid")]
    elif spec.choices:
        wrong += [("inconnu", "value_invalid")]
    elif spec.type in ("text", "long_text", "email", "phone"):
        wrong += [("x" * (spec.maximum_length + 1), "field_too_long")]
    if spec.is_required:
        wrong += [("", "field_required"), ("   ", "field_required"), (None, "field_required")]
    log = audit(company)
    for given, code in wrong:
        with pytest.raises(UserError) as caught:
            records.create(company, entity.kind, {field.option: given})
        assert caught.value.code == code, given
        assert len(caught.value.message) < 500
    assert audit(company) == log


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        pytest.param(entity, field, id=f"{entity.kind}.{field.name}")
        for entity in CHANGEABLE
        for field in settable(entity)
        if field.spec.type in ("text", "long_text") and not (field.spec.check or field.spec.choices)
    ],
)
def test_characters_that_no_paper_can_hold_are_dropped(company: OpenCompany, entity: EntityType, field: Field) -> None:
    record = make(company, entity)
    if field.spec.maximum_length < 10:
        return
    updated = records.update(company, entity.kind, record["id"], {field.name: "a\x0bb\x00c\udcffd\ufffe"})
    assert updated[field.name] == "a b c d"
