"""The declarations, read: which kinds exist, which fields they have, how they are grouped.

Everything generic (forms, lists, search, cloud documents, import and export, audit, the tests per entity) goes
through here and never names an entity.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Column, Table

from facturepro.db.base import Base, Entity, Line
from facturepro.db.fields import FieldSpec
from facturepro.db.models import ENTITIES

SCHEMA = 1
"""Version of the cloud documents written by this program. Raised when an older one could misread them."""


@dataclass(frozen=True)
class Field:
    """A column with its declaration."""

    name: str
    spec: FieldSpec
    column: Column[Any]

    @property
    def group(self) -> str:
        return self.spec.group or self.name

    @property
    def option(self) -> str:
        """Name on the command line and in JSON."""
        return self.spec.option or self.name


@dataclass(frozen=True)
class RowType:
    """A table of an entity or of its lines."""

    model: type[Any]

    @property
    def table(self) -> Table:
        table = self.model.__table__
        assert isinstance(table, Table)
        return table

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(
            Field(column.name, column.info["field"], column) for column in self.table.columns if "field" in column.info
        )

    @cached_property
    def synchronised(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.spec.is_derived)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def by_option(self) -> dict[str, Field]:
        return {field.option: field for field in self.fields}


@dataclass(frozen=True)
class LineType(RowType):
    model: type[Line]

    @property
    def parent_field(self) -> str:
        return self.model.parent_field

    @cached_property
    def content(self) -> tuple[Field, ...]:
        """Synchronised fields of a line; the parent is known from the document that holds it."""
        return tuple(field for field in self.synchronised if field.name != self.parent_field)


@dataclass(frozen=True)
class EntityType(RowType):
    model: type[Entity]

    @property
    def kind(self) -> str:
        return self.model.kind

    @cached_property
    def lines(self) -> LineType | None:
        return LineType(self.model.line_model) if self.model.line_model else None

    @cached_property
    def groups(self) -> dict[str, tuple[Field, ...]]:
        """Merge group -> its fields, in declaration order. A field that moved is also in its former groups."""
        found: dict[str, tuple[Field, ...]] = {}
        for field in self.synchronised:
            for group in (field.group, *field.spec.former_groups):
                found[group] = (*found.get(group, ()), field)
        return found

    @cached_property
    def searchable(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.spec.is_searchable)

    @property
    def title_column(self) -> Column[Any]:
        return self.table.columns[self.model.title_field]

    @property
    def search_table(self) -> str:
        return f"search_{self.table.name}"


@cache
def entity(kind: str) -> EntityType:
    """Raises KeyError for a kind that this version does not know."""
    for model in ENTITIES:
        if model.kind == kind:
            return EntityType(model)
    raise KeyError(kind)


@cache
def entities() -> tuple[EntityType, ...]:
    return tuple(entity(model.kind) for model in ENTITIES)


def row_types() -> Iterator[RowType]:
    for found in entities():
        yield found
        if found.lines:
            yield found.lines


LINE_PREFIX = "line:"


def line_group(line_id: str) -> str:
    """A line is its own merge group in its document."""
    return LINE_PREFIX + line_id


metadata = Base.metadata
