"""Workspaces with roles, labels, assignees, checklists, comments, attachments, activity, events, saved filters."""

from alembic import op

revision = "0002"
down_revision = "0001"

WORKSPACES = (
    """
    CREATE TABLE workspaces (
        id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
        version    integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE workspace_members (
        workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
        user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        role         text NOT NULL CHECK (role IN ('owner', 'member', 'viewer')),
        created_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, workspace_id)
    )
    """,
    "CREATE INDEX workspace_members_workspace ON workspace_members (workspace_id)",
    """
    CREATE TABLE invitations (
        id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
        email        text NOT NULL CHECK (length(email) <= 254),
        role         text NOT NULL CHECK (role IN ('owner', 'member', 'viewer')),
        invited_by   uuid REFERENCES users ON DELETE SET NULL,
        token_hash   bytea NOT NULL UNIQUE,
        created_at   timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE UNIQUE INDEX invitations_email ON invitations (lower(email), workspace_id)",
    "ALTER TABLE boards ADD COLUMN workspace_id uuid REFERENCES workspaces ON DELETE CASCADE, ADD COLUMN deleted_at timestamptz",
    # Each board there is becomes the only one of a workspace with its id, so that its members keep their roles.
    "INSERT INTO workspaces (id, name) SELECT id, name FROM boards",
    "UPDATE boards SET workspace_id = id",
    "INSERT INTO workspace_members (workspace_id, user_id, role) SELECT board_id, user_id, role FROM board_members",
    "ALTER TABLE boards ALTER COLUMN workspace_id SET NOT NULL",
    "CREATE INDEX boards_workspace ON boards (workspace_id, created_at)",
    # Before the first release nothing older runs beside this one; from then on a drop waits for a later release.
    "DROP TABLE board_members",
)
TASKS = (
    "CREATE EXTENSION IF NOT EXISTS btree_gin",
    """
    ALTER TABLE columns
        ADD COLUMN wip_enforced boolean NOT NULL DEFAULT false,
        ADD COLUMN version integer NOT NULL DEFAULT 1
    """,
    # A renumbering passes through places that are taken.
    "ALTER TABLE columns DROP CONSTRAINT columns_board_id_position_key",
    "ALTER TABLE columns ADD CONSTRAINT columns_place UNIQUE (board_id, position) DEFERRABLE INITIALLY IMMEDIATE",
    """
    CREATE TABLE labels (
        id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        board_id uuid NOT NULL REFERENCES boards ON DELETE CASCADE,
        name     text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
        color    text NOT NULL,
        version  integer NOT NULL DEFAULT 1
    )
    """,
    "CREATE UNIQUE INDEX labels_name ON labels (board_id, lower(name))",
    # Labels, people and counts lie in the row of the task: a board is one scan, and its lock keeps them right.
    """
    ALTER TABLE tasks
        ADD COLUMN start_on date,
        ADD COLUMN archived_at timestamptz,
        ADD COLUMN deleted_at timestamptz,
        ADD COLUMN created_by uuid REFERENCES users ON DELETE SET NULL,
        ADD COLUMN label_ids uuid[] NOT NULL DEFAULT '{}',
        ADD COLUMN assignee_ids uuid[] NOT NULL DEFAULT '{}',
        ADD COLUMN checklist_done integer NOT NULL DEFAULT 0,
        ADD COLUMN checklist_total integer NOT NULL DEFAULT 0,
        ADD COLUMN comment_count integer NOT NULL DEFAULT 0,
        ADD COLUMN attachment_count integer NOT NULL DEFAULT 0,
        ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || description)) STORED
    """,
    "DROP INDEX tasks_board",
    "CREATE INDEX tasks_board ON tasks (board_id) WHERE archived_at IS NULL AND deleted_at IS NULL",
    "CREATE INDEX tasks_newest ON tasks (board_id, created_at DESC, id DESC) WHERE deleted_at IS NULL",
    "CREATE INDEX tasks_due ON tasks (board_id, due_on) WHERE due_on IS NOT NULL AND deleted_at IS NULL",
    "CREATE INDEX tasks_deleted ON tasks (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX tasks_search ON tasks USING gin (board_id, search)",
    "CREATE INDEX tasks_assignees ON tasks USING gin (board_id, assignee_ids)",
    "CREATE INDEX tasks_labels ON tasks USING gin (board_id, label_ids)",
    """
    CREATE TABLE checklist_items (
        id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        task_id  uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
        title    text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
        done     boolean NOT NULL DEFAULT false,
        position double precision NOT NULL,
        CONSTRAINT checklist_items_place UNIQUE (task_id, position) DEFERRABLE INITIALLY IMMEDIATE
    )
    """,
    """
    CREATE TABLE comments (
        id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        task_id    uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
        user_id    uuid REFERENCES users ON DELETE SET NULL,
        body       text NOT NULL CHECK (length(body) BETWEEN 1 AND 10000),
        mentions   uuid[] NOT NULL DEFAULT '{}',
        version    integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX comments_task ON comments (task_id, created_at)",
    """
    CREATE TABLE attachments (
        id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        task_id      uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
        user_id      uuid REFERENCES users ON DELETE SET NULL,
        name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
        content_type text NOT NULL,
        size         integer NOT NULL,
        sha256       bytea NOT NULL,
        created_at   timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX attachments_task ON attachments (task_id, created_at)",
    """
    CREATE TABLE attachment_chunks (
        attachment_id uuid NOT NULL REFERENCES attachments ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
        number        integer NOT NULL,
        data          bytea NOT NULL,
        PRIMARY KEY (attachment_id, number)
    )
    """,
    # Files are compressed already, most of them: storing them as they are makes ranges cheap.
    "ALTER TABLE attachment_chunks ALTER COLUMN data SET STORAGE EXTERNAL",
)
RECORDS = (
    """
    CREATE TABLE activity (
        id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        board_id   uuid NOT NULL REFERENCES boards ON DELETE CASCADE,
        seq        bigint NOT NULL,
        batch      uuid NOT NULL,
        task_id    uuid REFERENCES tasks ON DELETE CASCADE,
        user_id    uuid REFERENCES users ON DELETE SET NULL,
        kind       text NOT NULL,
        detail     jsonb NOT NULL DEFAULT '{}',
        undone     boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE UNIQUE INDEX activity_board ON activity (board_id, seq DESC)",
    "CREATE INDEX activity_task ON activity (task_id, seq DESC) WHERE task_id IS NOT NULL",
    "CREATE INDEX activity_batch ON activity (batch)",
    """
    CREATE TABLE events (
        board_id   uuid NOT NULL REFERENCES boards ON DELETE CASCADE,
        seq        bigint NOT NULL,
        body       text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (board_id, seq)
    )
    """,
    "CREATE INDEX events_age ON events (created_at)",
    """
    CREATE TABLE filters (
        id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
        query      jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX filters_user ON filters (user_id, created_at)",
    """
    CREATE TABLE idempotency (
        user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        key         text NOT NULL CHECK (length(key) <= 255),
        fingerprint bytea NOT NULL,
        status      integer,
        headers     jsonb,
        body        bytea,
        created_at  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, key)
    )
    """,
    "CREATE INDEX idempotency_age ON idempotency (created_at)",
)


def upgrade() -> None:
    """Create the tables and move what there is into them."""
    for statement in WORKSPACES + TASKS + RECORDS:
        op.execute(statement)
