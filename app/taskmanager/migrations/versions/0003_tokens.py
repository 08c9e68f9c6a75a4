"""Personal access tokens."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    CREATE TABLE tokens (
        id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
        token_hash   bytea NOT NULL UNIQUE,
        scope        text NOT NULL CHECK (scope IN ('read', 'write')),
        expires_at   timestamptz NOT NULL,
        last_used_on date,
        created_at   timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX tokens_user ON tokens (user_id, created_at)",
)


def upgrade() -> None:
    """Create the table."""
    for statement in STATEMENTS:
        op.execute(statement)
