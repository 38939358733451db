"""Central numbering: the company's choice, and what an invoice that waits for its number needs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    def text(name: str, default: str = "") -> sa.Column[str]:
        return sa.Column(name, sa.Text, nullable=False, server_default=default)

    op.add_column("company", text("numbering", "per_device"))
    for column in (
        sa.Column("requested_at", sa.Text),
        text("requested_by"),
        sa.Column("requested_on", sa.Text),
        text("requested_hash"),
        text("refused_for"),
    ):
        op.add_column("invoice", column)
    # Documents that wait are few: the engine asks for them after every exchange.
    op.create_index(
        "ix_invoice_requested", "invoice", ["requested_at"], sqlite_where=sa.text("requested_at IS NOT NULL")
    )
