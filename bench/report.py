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
        yield _line(PAGES, f"page (ms, median of {found['times']})", *PAGES[1:])
        for page in found["pages"]:
            whole, sql, by_hand = page["whole"], page["sql"], page["by_hand"]
            statements, ratio = f"{page['statements']:.0f}", f"{page['dearness']:.1f}"
            yield _line(PAGES, page["page"], page["post"], whole, sql, statements, by_hand, ratio)
        yield ""
        yield _line(LOADS, *LOADS)
        for load in found["loads"]:
            whole, by_hand = load["whole"], load["by_hand"]
            pace, ratio = f"{load['rows'] / whole:,.0f}", f"{whole / by_hand:.1f}"
            memory = f"{load['memory_mb']:.0f}"
            yield _line(LOADS, load["name"], f"{load['rows']:,}", whole, pace, by_hand, ratio, memory)
        yield ""


PAGES = ("page", "post", "whole", "SQL", "statements", "by hand", "SQL/hand")
LOADS = ("load (seconds)", "rows", "whole", "rows/s", "by hand", "ratio", "more MB")


def _line(headings: tuple[str, ...], *cells: str | float) -> str:
    """A name, then cells below their headings."""
    name, *others = (cell if isinstance(cell, str) else f"{cell:.2f}" for cell in cells)
    widths = (max(9, len(heading) + 1) for heading in headings[1:])
    return f"{name:<32}" + "".join(f"{cell:>{width}}" for cell, width in zip(others, widths, strict=True))


def aims(figures: Figures) -> Iterator[str]:
    """One line for each aim: kept, or by whom it was missed."""
    dear = [
        f"{page['page']} ({page['post']}, {members:,}: {page['dearness']:.1f})"
        for members, found in figures.items()
        for page in found["pages"]
        if page["dearness"] > DEAREST
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
    before = {(page["page"], page["post"]): page["quick_sql"] / small["yardstick"] for page in small["pages"]}
    for page in large["pages"]:
        growth = page["quick_sql"] / large["yardstick"] / before[page["page"], page["post"]]
        if growth > allowed:
            yield f"{page['page']}, {page['post']}", growth


def _aim(sentence: str, missed: list[str]) -> str:
    return f"missed: {sentence}: {'; '.join(missed)}" if missed else f"kept: {sentence}"
