"""The figures as a table, and what they were aimed at."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import Any

DEAREST = 3.0
"""A page's SQL may cost so many times what the same costs by hand."""

UNSTEADY = 1.8
"""Two runs on a machine that others use differ by less than this."""

Figures = dict[int, dict[str, Any]]


def tables(figures: Figures) -> Iterator[str]:
    """Lines of text: for each size the pages, the loads and what they cost."""
    for members, found in figures.items():
        made = found["generated_seconds"]
        yield f"{members:,} members" + (f", generated in {made:.0f} s" if made else "")
        yield ""
        yield f"{'page (milliseconds, median of ' + str(found['times']) + ')':<34}{'post':<8}{'whole':>9}{'SQL':>9}{'statements':>12}{'by hand':>9}{'SQL/hand':>10}"
        for page in found["pages"]:
            yield (
                f"{page['page']:<34}{page['post']:<8}{page['whole']:>9.1f}{page['sql']:>9.2f}"
                f"{page['statements']:>12.0f}{page['by_hand']:>9.2f}{page['sql'] / page['by_hand']:>10.1f}"
            )
        yield ""
        yield f"{'load (seconds)':<34}{'rows':>10}{'whole':>9}{'rows/s':>9}{'by hand':>9}{'ratio':>8}{'more MB':>9}"
        for load in found["loads"]:
            yield (
                f"{load['name']:<34}{load['rows']:>10,}{load['whole']:>9.1f}{load['rows'] / load['whole']:>9.0f}"
                f"{load['by_hand']:>9.1f}{load['whole'] / load['by_hand']:>8.1f}{load['memory_mb']:>9.0f}"
            )
        yield ""


def aims(figures: Figures) -> Iterator[str]:
    """One line for each aim: kept, or by whom it was missed."""
    dear = [
        f"{page['page']} ({page['post']}, {members:,}: {page['sql'] / page['by_hand']:.1f})"
        for members, found in figures.items()
        for page in found["pages"]
        if page["sql"] > DEAREST * page["by_hand"]
    ]
    yield _aim(f"no page's SQL costs more than {DEAREST:g} times the same by hand", dear)
    if len(figures) > 1:
        small, large = min(figures), max(figures)
        yield _aim(
            f"nothing grows beyond a logarithm from {small:,} to {large:,} members",
            [
                f"{name} ({growth:.1f} times)"
                for name, growth in _growths(figures[small], figures[large], small, large)
            ],
        )


def _growths(
    small: dict[str, Any], large: dict[str, Any], few: int, many: int
) -> Iterator[tuple[str, float]]:
    """The pages that grew too much, each against the yardstick of its own run."""
    allowed = UNSTEADY * log(many) / log(few)
    before = {(page["page"], page["post"]): page["sql"] / small["yardstick"] for page in small["pages"]}
    for page in large["pages"]:
        growth = page["sql"] / large["yardstick"] / before[page["page"], page["post"]]
        if growth > allowed:
            yield f"{page['page']}, {page['post']}", growth


def _aim(sentence: str, missed: list[str]) -> str:
    return f"missed: {sentence}: {'; '.join(missed)}" if missed else f"kept: {sentence}"
