"""Who may do what, by role in the workspace."""

ROLES = ("owner", "member", "viewer")
# What an action needs; a role may do what it is listed for and nothing else.
ACTIONS = {
    "see": {"owner", "member", "viewer"},
    "edit": {"owner", "member"},
    "manage": {"owner"},
}


def may(role: str, action: str) -> bool:
    """Return whether a role allows an action: see, edit (content) or manage (members, deleting boards)."""
    return role in ACTIONS[action]


def may_delete_comment(role: str, *, own: bool) -> bool:
    """Return whether a comment may be deleted: one's own, and any by an owner."""
    return may(role, "manage") or (own and may(role, "edit"))
