"""E-mail: what waits to be sent, the links in it, whose address is confirmed, and what was reminded of."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    "ALTER TABLE users ADD COLUMN verified_at timestamptz, ADD COLUMN reminders boolean NOT NULL DEFAULT true",
    """
    CREATE TABLE mails (
        id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        kind       text NOT NULL CHECK (kind IN ('confirm', 'reset', 'reminder')),
        task_ids   uuid[] NOT NULL DEFAULT '{}',
        attempts   integer NOT NULL DEFAULT 0,
        next_at    timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX mails_next ON mails (next_at)",
    "CREATE INDEX mails_user ON mails (user_id)",
    # What is stored of a link is its hash, and the address it was sent to.
    """
    CREATE TABLE mail_links (
        token_hash bytea PRIMARY KEY,
        user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        kind       text NOT NULL CHECK (kind IN ('confirm', 'reset')),
        email      text NOT NULL,
        expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX mail_links_user ON mail_links (user_id)",
    "CREATE INDEX mail_links_expired ON mail_links (expires_at)",
    """
    CREATE TABLE reminders (
        task_id uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
        user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        due_on  date NOT NULL,
        PRIMARY KEY (task_id, user_id, due_on)
    )
    """,
    "CREATE INDEX reminders_user ON reminders (user_id)",
    "CREATE INDEX reminders_day ON reminders (due_on)",
    """
    CREATE INDEX tasks_due_day ON tasks (due_on)
     WHERE due_on IS NOT NULL AND completed_at IS NULL AND archived_at IS NULL AND deleted_at IS NULL
    """,
)


def upgrade() -> None:
    """Create the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
