"""Suppliers."""

import sqlalchemy as sa
from alembic import op

from facturepro.db.sorting import folded

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    def text(name: str, default: str = "") -> sa.Column[str]:
        return sa.Column(name, sa.Text, nullable=False, server_default=default)

    op.create_table(
        "supplier",
        *(text(name) for name in ("name", "contact", "email", "phone", "siren", "vat_number")),
        *(text(name) for name in ("address", "postcode", "city")),
        text("country", "FR"),
        text("notes"),
        sa.Column("is_archived", sa.Boolean, nullable=False, server_default="0"),
        sa.Column("deleted_at", sa.Text),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("sort_title", sa.Text, sa.Computed(folded("name"), persisted=False)),
    )
    op.create_index("ix_supplier_name", "supplier", ["sort_title", "id"])
