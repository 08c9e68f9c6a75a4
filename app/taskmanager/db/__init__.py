"""All SQL of the app: named parameters only, connection first, never a commit."""
