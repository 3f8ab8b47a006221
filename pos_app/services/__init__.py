"""Use cases: they know the domain and their ports, nothing of Qt, HTTP, SQL or keys."""
