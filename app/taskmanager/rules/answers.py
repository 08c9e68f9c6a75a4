"""The shapes of answers, as JSON schemas by name: what the document of the API promises, and its tests hold it to."""

from typing import Any

from taskmanager.rules.boards import COLORS
from taskmanager.rules.permissions import ROLES
from taskmanager.rules.tasks import PRIORITIES

Schema = dict[str, Any]
ID: Schema = {"type": "string", "format": "uuid"}
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
VERSION: Schema = {"type": "integer", "minimum": 1}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DAY: Schema = {"type": ["string", "null"], "format": "date"}
SOMEBODY: Schema = {"type": ["string", "null"], "format": "uuid"}


def thing(**members: Schema) -> Schema:
    """Return the schema of an object that has all of these members."""
    return {"type": "object", "properties": members, "required": sorted(members)}


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(inner: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": inner}


TASK: dict[str, Schema] = {
    **{"id": ID, "board_id": ID, "column_id": ID, "title": TEXT, "description": TEXT},
    **{"priority": {"type": "string", "enum": list(PRIORITIES)}, "start_on": DAY, "due_on": DAY},
    **{"completed": FLAG, "archived": FLAG, "labels": many(ID), "assignees": many(ID)},
    **{"checklist": thing(done=COUNT, total=COUNT), "comments": COUNT, "attachments": COUNT},
    **{"position": {"type": "number"}, "version": VERSION, "created_at": MOMENT, "updated_at": MOMENT},
}
ROLE: Schema = {"type": "string", "enum": list(ROLES)}
COLUMN: dict[str, Schema] = {
    **{"id": ID, "name": TEXT, "position": COUNT, "wip_limit": {"type": ["integer", "null"]}},
    **{"wip_enforced": FLAG, "is_done": FLAG, "version": VERSION},
}
BOARD: dict[str, Schema] = {"id": ID, "workspace_id": ID, "name": TEXT, "seq": COUNT, "role": ROLE}
TOKEN: dict[str, Schema] = {
    **{"id": ID, "name": TEXT, "scope": {"type": "string", "enum": ["read", "write"]}},
    **{"expires_at": MOMENT, "last_used_on": DAY, "created_at": MOMENT},
}
SCHEMAS: dict[str, Schema] = {
    "Problem": {
        **thing(type=TEXT, title=TEXT, status=COUNT, detail=TEXT, instance=TEXT),
        "description": "RFC 9457; errors name the members at fault, extra members belong to the status (412: version).",
    },
    "Task": thing(**TASK),
    "TaskDetail": thing(
        **TASK
        | {
            "description_html": TEXT,
            "checklist": many(ref("ChecklistItem")),
            "comments": many(ref("Comment")),
            "attachments": many(ref("Attachment")),
            "activity": many(ref("Entry")),
        }
    ),
    "TaskPage": thing(tasks=many(ref("Task")), next_cursor={"type": ["string", "null"]}),
    "Tasks": thing(tasks=many(ref("Task"))),
    "ChecklistItem": thing(id=ID, task_id=ID, title=TEXT, done=FLAG, position={"type": "number"}),
    "Checklist": thing(items=many(ref("ChecklistItem"))),
    "Comment": thing(
        id=ID, task_id=ID, user_id=SOMEBODY, body=TEXT, body_html=TEXT, mentions=many(ID), version=VERSION, created_at=MOMENT
    ),
    "Comments": thing(comments=many(ref("Comment"))),
    "Attachment": thing(id=ID, task_id=ID, user_id=SOMEBODY, name=TEXT, content_type=TEXT, size=COUNT, sha256=TEXT),
    "Attachments": thing(attachments=many(ref("Attachment"))),
    "Entry": thing(id=ID, seq=COUNT, kind=TEXT, detail={"type": "object"}, undone=FLAG, created_at=MOMENT, user_id=SOMEBODY),
    "Activity": thing(activity=many(ref("Entry"))),
    "Label": thing(id=ID, name=TEXT, color={"type": "string", "enum": list(COLORS)}, version=VERSION),
    "Column": thing(**COLUMN),
    "Person": thing(id=ID, name=TEXT, email=TEXT, role=ROLE),
    "BoardHead": thing(**BOARD),
    "Boards": thing(boards=many(ref("BoardHead"))),
    "Board": thing(
        **BOARD,
        columns=many(ref("Column")),
        labels=many(ref("Label")),
        members=many(ref("Person")),
        tasks=many(ref("Task")),
    ),
    "Workspace": thing(id=ID, name=TEXT, version=VERSION, role=ROLE),
    "Workspaces": thing(workspaces=many(ref("Workspace"))),
    "Me": thing(id=ID, name=TEXT, email=TEXT, workspaces=many(ref("Workspace"))),
    "Member": thing(id=ID, email=TEXT, role=ROLE, pending=FLAG),
    "Members": thing(members=many(ref("Member"))),
    "Filter": thing(id=ID, name=TEXT, query={"type": "object"}, created_at=MOMENT),
    "Filters": thing(filters=many(ref("Filter"))),
    "Sessions": thing(sessions=many(thing(id=TEXT, current=FLAG, at=MOMENT, agent=TEXT))),
    "Revoked": thing(ended=COUNT),
    "Token": thing(**TOKEN),
    "Tokens": thing(tokens=many(ref("Token"))),
    "NewToken": thing(**TOKEN, token=TEXT),
    "TokenPair": thing(access_token=TEXT, token_type=TEXT, expires_in=COUNT, refresh_token=TEXT, login_id=ID),
    "Logins": thing(logins=many(thing(id=ID, agent=TEXT, created_at=MOMENT, used_at=MOMENT, expires_at=MOMENT))),
    "Export": {"type": "object"},
    "File": {"type": "string", "contentMediaType": "application/octet-stream"},
}
