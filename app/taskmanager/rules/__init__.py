"""What is right and wrong, without a database, Redis or a request."""
