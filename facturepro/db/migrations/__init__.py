"""Revisions of the company file. ``HEAD`` is read without importing Alembic (620 ms); a test holds it to the scripts."""

HEAD = "0003"
REVISIONS = ("0001", "0002", "0003")
