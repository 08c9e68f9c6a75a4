"""Changes of what people share: each is one transaction under a board's lock, then its events."""
