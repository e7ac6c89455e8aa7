"""A family and an agent that live in a package of their own."""
