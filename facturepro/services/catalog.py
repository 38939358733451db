"""The entity declarations, for the window and the command line."""

from facturepro.db.catalog import EntityType, Field, LineType, entities, entity
from facturepro.db.fields import FieldSpec
from facturepro.db.models.company import COMPANY_ID, NUMBERINGS
from facturepro.db.models.sales import METHODS, STATUSES
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID, REASONS

__all__ = [
    "COMPANY_ID",
    "MAIN_WAREHOUSE_ID",
    "METHODS",
    "NUMBERINGS",
    "REASONS",
    "STATUSES",
    "EntityType",
    "Field",
    "FieldSpec",
    "LineType",
    "entities",
    "entity",
]
