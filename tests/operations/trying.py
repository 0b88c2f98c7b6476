"""Acts of somebody in the small party that hear all that the database says, and are undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from partyadmin.db import Actor, db, work_as
from partyadmin.operations import acting
from tests.schema.world import ACTORS


@contextmanager
def tried(app: Flask, who: str = "committee") -> Iterator[Any]:
    """An act of somebody that hears all that the database says, and is undone."""
    with app.test_request_context():
        work_as(db.session(), Actor(ACTORS[who].login, ACTORS[who].post))
        with acting(db.session(), "试办", rehearsal=True):
            yield db.session()
