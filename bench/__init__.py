"""Measures the pages, the loads and the exports against the same work done by psycopg alone: `make bench`."""
