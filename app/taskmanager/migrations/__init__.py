"""The migrations of the schema; alembic runs them in the order of their numbers."""
