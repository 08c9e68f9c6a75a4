"""Stories of people at browsers, told against the app alone: PostgreSQL, Redis, gunicorn and nginx of our own."""
