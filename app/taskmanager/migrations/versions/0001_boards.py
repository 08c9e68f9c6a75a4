"""People, boards, columns and tasks."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE users (
        id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email         text NOT NULL CHECK (length(email) <= 254),
        name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
        password_hash text NOT NULL,
        created_at    timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE UNIQUE INDEX users_email ON users (lower(email))",
    """
    CREATE TABLE boards (
        id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
        seq        bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE board_members (
        board_id uuid NOT NULL REFERENCES boards ON DELETE CASCADE,
        user_id  uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        role     text NOT NULL CHECK (role IN ('owner', 'member', 'viewer')),
        PRIMARY KEY (user_id, board_id)
    )
    """,
    "CREATE INDEX board_members_board ON board_members (board_id)",
    """
    CREATE TABLE columns (
        id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        board_id  uuid NOT NULL REFERENCES boards ON DELETE CASCADE,
        name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
        position  integer NOT NULL,
        wip_limit integer CHECK (wip_limit > 0),
        is_done   boolean NOT NULL DEFAULT false,
        UNIQUE (board_id, position)
    )
    """,
    """
    CREATE TABLE tasks (
        id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        board_id     uuid NOT NULL REFERENCES boards ON DELETE CASCADE,
        column_id    uuid NOT NULL REFERENCES columns ON DELETE CASCADE,
        title        text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
        description  text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
        due_on       date,
        priority     text NOT NULL DEFAULT 'none' CHECK (priority IN ('none', 'low', 'normal', 'high')),
        completed_at timestamptz,
        position     double precision NOT NULL,
        version      integer NOT NULL DEFAULT 1,
        created_at   timestamptz NOT NULL DEFAULT now(),
        updated_at   timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tasks_place UNIQUE (column_id, position) DEFERRABLE INITIALLY IMMEDIATE
    )
    """,
    "CREATE INDEX tasks_board ON tasks (board_id)",
)


def upgrade() -> None:
    """Create the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
