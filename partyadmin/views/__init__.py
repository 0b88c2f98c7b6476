"""The screens."""

from flask import Flask


def init_views(app: Flask) -> None:
    """Registers all views on the application."""
