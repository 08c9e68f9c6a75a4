"""The app's tests, against a real PostgreSQL and a real Redis."""
