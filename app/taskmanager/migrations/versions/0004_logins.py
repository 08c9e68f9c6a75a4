"""Sign-ins of programs: what their access and refresh tokens belong to."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
    CREATE TABLE logins (
        id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        agent      text NOT NULL DEFAULT '' CHECK (length(agent) <= 200),
        generation integer NOT NULL DEFAULT 1,
        expires_at timestamptz NOT NULL,
        used_at    timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX logins_user ON logins (user_id, created_at)",
    "CREATE INDEX logins_expired ON logins (expires_at)",
)


def upgrade() -> None:
    """Create the table."""
    for statement in STATEMENTS:
        op.execute(statement)
