"""A page of the list costs little: a third of the CPU time of Flask-Admin's own list of the same rows."""

from typing import Any

from bench.rendering import AIM, compare
from partyadmin.db import Actor
from tests.schema.world import ACTORS, INSTALLER, act, new_member, number, run


def test_a_list_page_takes_a_third_of_the_stock_list(site: Any, people: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "more")
        for place in range(60):
            run(owner, new_member(id_number=number(301 + 2 * place)), site.world)
    ours, stock, rows = compare(site.app, people("committee").client, Actor(*ACTORS["committee"]))
    assert rows == 50
    assert ours <= AIM * stock, f"{ours:.1f} ms of {stock:.1f}"
    print(f"{ours:.1f} ms of {stock:.1f} ms: {ours / stock:.2f}")
