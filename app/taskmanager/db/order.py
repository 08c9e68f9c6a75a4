"""Places in an order: halfway between neighbours, and the whole list numbered anew when no room is left."""

from typing import Any
from uuid import UUID

from psycopg import Connection, sql

# Distance between neighbours after renumbering; halving it 40 times stays exact in a double.
STEP = 1024.0
SMALLEST_GAP = 1e-6
LAST = "SELECT max(position) FROM {table} WHERE {parent} = %(parent)s AND id IS DISTINCT FROM %(id)s"
PLACE = "SELECT position FROM {table} WHERE {parent} = %(parent)s AND id = %(neighbour)s AND id IS DISTINCT FROM %(id)s"
BELOW = LAST + " AND position < %(position)s"
ABOVE = LAST.replace("max(", "min(") + " AND position > %(position)s"
TAKEN = "SELECT 1 FROM {table} WHERE {parent} = %(parent)s AND id IS DISTINCT FROM %(id)s AND position = %(position)s"
RENUMBER = """
    UPDATE {table} t
       SET position = n.number * %(step)s
      FROM (SELECT id, row_number() OVER (ORDER BY position) AS number
              FROM {table}
             WHERE {parent} = %(parent)s) n
     WHERE t.id = n.id
"""


class NoSuchNeighbour(Exception):
    """The thing to stand before or after is not in that list."""


class Order:
    """The order of the rows of a table below one parent, as a thing about to be placed sees it."""

    def __init__(self, conn: Connection, *, table: str, parent_name: str, parent: UUID, key: UUID | None = None) -> None:
        self.conn = conn
        self.names = {"table": sql.Identifier(table), "parent": sql.Identifier(parent_name)}
        self.values = {"parent": parent, "id": key}
        self.visible = " AND archived_at IS NULL AND deleted_at IS NULL" if table == "tasks" else ""

    def ask(self, statement: str, **values: object) -> Any:  # noqa: ANN401 - one value of any type
        """Return the first value of a statement."""
        query = sql.SQL(statement).format(**self.names)
        row = self.conn.execute(query, {**self.values, **values}).fetchone()
        return row[0] if row else None

    def find(self, *, before_id: UUID | None = None, after_id: UUID | None = None) -> float:
        """Return a free position before or after a neighbour, at the end without one.

        Raises:
            NoSuchNeighbour: The neighbour is not in that list.

        """
        neighbour = before_id or after_id
        if neighbour is None:
            return float(self.ask(LAST) or 0.0) + STEP
        place = self.ask(PLACE + self.visible, neighbour=neighbour)
        if place is None:
            raise NoSuchNeighbour
        other = self.ask(BELOW if before_id else ABOVE, position=place)
        if other is None:
            return float(place) + (-STEP if before_id else STEP)
        if abs(other - place) < SMALLEST_GAP:
            self.renumber()
            return self.find(before_id=before_id, after_id=after_id)
        return (float(place) + float(other)) / 2

    def back_at(self, position: float) -> float:
        """Return a position a thing once had, or the nearest free one behind it."""
        if self.ask(TAKEN, position=position) is None:
            return position
        above = self.ask(ABOVE, position=position)
        return (position + above) / 2 if above is not None else position + STEP

    def renumber(self) -> None:
        """Give every row its place anew, with room between."""
        query = sql.SQL(RENUMBER).format(**self.names)
        self.conn.execute(query, {**self.values, "step": STEP})
