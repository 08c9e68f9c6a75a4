"""What workspaces, boards, columns and labels may be."""

from taskmanager.rules.bodies import FLAG, ID, Fields, choice, line, nullable, text, whole
from taskmanager.rules.permissions import ROLES

COLORS = ("blue", "amber", "red", "violet", "teal", "gray")
EMAIL_MAX = 254

WORKSPACE: Fields = {"name": line(100)}
INVITED: Fields = {"email": line(EMAIL_MAX), "role": choice(*ROLES)}
MEMBER: Fields = {"role": choice(*ROLES)}
NEW_BOARD: Fields = {"name": line(100), "workspace_id": ID}
BOARD: Fields = {"name": line(100)}
NEW_COLUMN: Fields = {"name": line(100), "wip_limit": nullable(whole(1, 999)), "wip_enforced": FLAG, "is_done": FLAG}
COLUMN: Fields = {**NEW_COLUMN, "before_id": nullable(ID), "after_id": nullable(ID)}
LABEL: Fields = {"name": line(50), "color": choice(*COLORS)}
SAVED_FILTER_NAME = line(100)
SEARCH = text(200)
