"""python -m bench: measures registries of several sizes, prints a table and keeps the figures under var/."""

from __future__ import annotations

import argparse
import json
import time
from statistics import median
from typing import Any

from bench import happenings, loads, orders, report, sheets
from bench.browser import Visitor, Watch
from bench.pages import Desk, Page
from bench.registries import VAR, Worker, bare, enter, running, seconds_to_generate, workers
from bench.rendering import compare
from partyadmin import create_app
from partyadmin.config import Config
from partyadmin.db import Actor, db

TIMES = 50
WARM = 3


def main() -> None:
    """Reads the command line and measures each size in turn."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", help="members of each registry, as 100000,1000000")
    parser.add_argument(
        "--full", action="store_true", help="1,000,000 members too, and an import of 100,000 rows"
    )
    parser.add_argument("--renew", action="store_true", help="generate the registries anew")
    parser.add_argument("--times", type=int, default=TIMES, help="runs of each page")
    parser.add_argument("--no-loads", action="store_true", help="pages and what happens to members only")
    given = parser.parse_args()
    sizes = given.sizes or ("100000,1000000" if given.full else "100000")
    figures: report.Figures = {}
    for members in sorted(map(int, sizes.split(","))):
        imports = [10_000, *([100_000] if given.full else [])] if not figures else []
        exports = ["county", *(["city"] if given.full or members <= 100_000 else [])]
        if given.no_loads:
            imports, exports = [], []
        figures[members] = measured(members, given, [min(rows, members) for rows in imports], exports)
        (VAR / "bench.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1))
    written = []
    if not given.no_loads:
        written = [sheets.measure_sheets(100_000, with_plain=True)]
        if given.full:
            written.append(sheets.measure_sheets(1_000_000, with_plain=False))
        (VAR / "bench-sheets.json").write_text(json.dumps([each.as_json() for each in written], indent=1))
    print(*report.tables(figures), *report.sheets(written), sep="\n")
    print(*report.aims(figures), *report.sheet_aims(written), sep="\n")


def measured(
    members: int, given: argparse.Namespace, imports: list[int], exports: list[str]
) -> dict[str, Any]:
    """All figures of one size."""
    with running(members, given.renew) as config:
        posts = workers(config)
        found: dict[str, Any] = {
            "times": given.times,
            "generated_seconds": seconds_to_generate(config),
            "loads": [],
        }
        found |= pages(config, posts, given.times)
        found["entering_cpu"] = happenings.measure_entering(config, posts["basic"], given.times)
        found["loads"].append(happenings.measure_batch(config, posts["basic"]).as_json())
        found["orders"] = orders.measure_orders(config, posts, given.times)
        for rows in imports:
            found["loads"].append(loads.measure_import(config, rows).as_json())
        for level in exports:
            found["loads"].append(
                loads.measure_export(config, posts[level], f"export by the {level}").as_json()
            )
        return found


def pages(config: Config, posts: dict[str, Worker], times: int) -> dict[str, Any]:
    """The pages of each post, and the time of an empty transaction as the yardstick of this run."""
    app, rows, empty = create_app(config), [], []
    with app.app_context():
        watch = Watch(db.engine)
    rendering: dict[str, float] = {}
    for level, worker in posts.items():
        with bare(config, worker) as connection:
            desk = Desk(worker, Visitor(app, worker), connection)
            rows += [{"post": level, **one_page(page, watch, times)} for page in desk.pages()]
            if not rendering:
                actor = Actor(worker.login, worker.post)
                ours, stock, shown = compare(app, desk.visitor.client, actor)
                rendering = {"ours": ours, "stock": stock, "rows": shown}
            for _ in range(times):
                began = time.perf_counter()
                with connection.transaction():
                    enter(connection, worker)
                empty.append(time.perf_counter() - began)
    with app.app_context():
        db.engine.dispose()
    return {"yardstick": 1000 * _quick(empty), "pages": rows, "rendering": rendering}


def one_page(page: Page, watch: Watch, times: int) -> dict[str, Any]:
    """Medians of one page in milliseconds; request and double take turns, so that both meet the same load."""
    whole, sql, statements, by_hand = [], [], [], []
    for run in range(-WARM, times):
        if page.before:
            page.before(run)
        watch.read()
        if run == 0:
            watch.by_text.clear()
        began = time.perf_counter()
        page.ask(run)
        whole.append(time.perf_counter() - began)
        seconds, count = watch.read()
        sql.append(seconds)
        statements.append(count)
        began = time.perf_counter()
        page.by_hand(run)
        by_hand.append(time.perf_counter() - began)
    slowest = sorted(
        ((sum(spent) / times, text[:300]) for text, spent in watch.by_text.items()), reverse=True
    )
    return {
        "page": page.name,
        "whole": 1000 * median(whole[WARM:]),
        "sql": 1000 * median(sql[WARM:]),
        "statements": median(statements[WARM:]),
        "by_hand": 1000 * median(by_hand[WARM:]),
        "dearness": _quick(sql[WARM:]) / _quick(by_hand[WARM:]),
        "quick_sql": 1000 * _quick(sql[WARM:]),
        "slowest": [{"ms": 1000 * seconds, "statement": text} for seconds, text in slowest[:6]],
    }


def _quick(seconds: list[float]) -> float:
    """The quickest tenth: on a machine that others use too it tells best what the work itself costs."""
    return sorted(seconds)[len(seconds) // 10]


if __name__ == "__main__":
    main()
