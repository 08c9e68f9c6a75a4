"""Changes of what hangs on a task: checklist, comments, files."""

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from taskmanager import services
from taskmanager.changes.change import Change, Row, check_version, held, on_board
from taskmanager.changes.tasks import get
from taskmanager.db import attachments, details, tasks, workspaces
from taskmanager.db.order import NoSuchNeighbour, Order
from taskmanager.errors import AppError, FieldError, Invalid, NotFound
from taskmanager.rules import files, mentions, permissions


def told(change: Change, task_id: UUID, kind: str, detail: Row, **payload: object) -> None:
    """Count what hangs on the task, and tell of it together with the task."""
    task = tasks.count_again(change.conn, task_id=task_id)
    change.tell(kind, task_id=task_id, detail=detail, task=task, **payload)


def create_item(*, user_id: UUID, task_id: UUID, values: dict[str, Any]) -> Row:
    """Add an item to a checklist and return it."""
    with on_board(user_id, of="task", key=task_id) as change:
        if len(details.list_items(change.conn, task_id=task_id)) >= 200:
            raise AppError(409, "Checklist is full", "A checklist has at most 200 items.")
        position = Order(change.conn, table="checklist_items", parent_name="task_id", parent=task_id).find()
        values = {"done": False, **values}
        item = details.insert_item(change.conn, task_id=task_id, position=position, **values)
        told(change, task_id, "checklist.created", {"title": item["title"]}, item=item)
    return item


def change_item(*, user_id: UUID, item_id: UUID, values: dict[str, Any]) -> Row:
    """Change an item, or its place, and return it."""
    rest = {name: value for name, value in values.items() if name not in {"before_id", "after_id"}}
    with on_board(user_id, of="item", key=item_id) as change:
        item = details.get_item(change.conn, item_id=item_id)
        if item is None:
            raise NotFound("checklist item")
        before_id, after_id = values.get("before_id"), values.get("after_id")
        if before_id or after_id:
            order = Order(change.conn, table="checklist_items", parent_name="task_id", parent=item["task_id"], key=item_id)
            try:
                rest["position"] = order.find(before_id=before_id, after_id=after_id)
            except NoSuchNeighbour:
                raise Invalid(FieldError("/before_id" if before_id else "/after_id", "is no other item of the list")) from None
        if rest:
            item = details.change_item(change.conn, item_id=item_id, values=rest)
        told(change, item["task_id"], "checklist.updated", {"title": item["title"], "done": item["done"]}, item=item)
    return item


def delete_item(*, user_id: UUID, item_id: UUID) -> None:
    """Delete an item."""
    with on_board(user_id, of="item", key=item_id) as change:
        item = details.get_item(change.conn, item_id=item_id)
        if item is None:
            raise NotFound("checklist item")
        details.delete_item(change.conn, item_id=item_id)
        told(change, item["task_id"], "checklist.deleted", {"title": item["title"]}, item={"id": item_id})


def mentioned(change: Change, body: str) -> list[UUID]:
    """Return the members a comment mentions."""
    return mentions.find(body, workspaces.list_members(change.conn, workspace_id=change.workspace_id))


def get_comment(change: Change, comment_id: UUID) -> Row:
    """Return a comment as it is under the lock."""
    comment = details.get_comment(change.conn, comment_id=comment_id)
    if comment is None:
        raise NotFound("comment")
    return comment


def create_comment(*, user_id: UUID, task_id: UUID, body: str) -> Row:
    """Add a comment and return it."""
    with on_board(user_id, of="task", key=task_id) as change:
        found = mentioned(change, body)
        key = details.insert_comment(change.conn, task_id=task_id, user_id=user_id, body=body, mentions=found)
        comment = get_comment(change, key)
        told(change, task_id, "comment.created", {"comment_id": key}, comment=comment)
    return comment


def change_comment(*, user_id: UUID, comment_id: UUID, version: int | None, body: str) -> Row:
    """Change a comment of one's own and return it."""
    with on_board(user_id, of="comment", key=comment_id) as change:
        comment = get_comment(change, comment_id)
        if comment["user_id"] != user_id:
            raise AppError(403, "Not yours", "A comment is changed by its author only.")
        check_version(version, comment)
        details.change_comment(change.conn, comment_id=comment_id, body=body, mentions=mentioned(change, body))
        comment = get_comment(change, comment_id)
        told(change, comment["task_id"], "comment.updated", {"comment_id": comment_id}, comment=comment)
    return comment


def delete_comment(*, user_id: UUID, comment_id: UUID) -> None:
    """Delete a comment of one's own; an owner deletes any."""
    with on_board(user_id, of="comment", key=comment_id) as change:
        comment = get_comment(change, comment_id)
        if not permissions.may_delete_comment(change.role, own=comment["user_id"] == user_id):
            raise AppError(403, "Not yours", "A comment is deleted by its author or an owner of the workspace.")
        details.delete_comment(change.conn, comment_id=comment_id)
        told(change, comment["task_id"], "comment.deleted", {"comment_id": comment_id}, comment={"id": comment_id})


def add_attachment(*, user_id: UUID, task_id: UUID, name: str, chunks: Iterable[bytes]) -> Row:
    """Store a file as it comes and return it. The board is held at the end only: a slow upload stops nobody."""
    key, size, digest, head = uuid4(), 0, hashlib.sha256(), b""
    with services.current().pool.connection() as conn, conn.transaction():
        for number, data in enumerate(chunks):
            head, size = head or data[: files.HEAD_BYTES], size + len(data)
            digest.update(data)
            attachments.add_chunk(conn, attachment_id=key, number=number, data=data)
        change = held(conn, user_id, of="task", key=task_id, action="edit")
        get(change, task_id)
        values = {"id": key, "task_id": task_id, "user_id": user_id, "name": name, "size": size}
        values |= {"content_type": files.sniff(head), "sha256": digest.digest()}
        row = attachments.insert_attachment(conn, values=values)
        told(change, task_id, "attachment.created", {"name": name}, attachment=row)
        change.write()
    change.publish()
    return row


def delete_attachment(*, user_id: UUID, attachment_id: UUID) -> None:
    """Delete a file."""
    with on_board(user_id, of="attachment", key=attachment_id) as change:
        row = attachments.get_attachment(change.conn, user_id=user_id, attachment_id=attachment_id)
        if row is None:
            raise NotFound("attachment")
        attachments.delete_attachment(change.conn, attachment_id=attachment_id)
        told(change, row["task_id"], "attachment.deleted", {"name": row["name"]}, attachment={"id": attachment_id})
