"""The figures as a table, and what they were aimed at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log
from typing import Any

from bench.happenings import BATCH
from bench.pages import AS_OF
from bench.rendering import AIM as RENDERING
from bench.sheets import Sheets

DEAREST = 3.0
"""A page's SQL may cost so many times what the same costs by hand."""

UNSTEADY = 1.8
"""Two runs on a machine that others use differ by less than this."""

QUICKER_THAN_PLAIN, DEARER_THAN_BARE, MOST_MB, FIRST_BYTE_MS = 4.0, 1.5, 100, 500
"""Aims of a workbook: against plain XlsxWriter, against a bare writer, in memory, until it begins."""

ENTERING_MS, BATCH_SECONDS = 50, 5
"""Aims of a report that is entered, in CPU time, and of a batch of 1,000 conversions."""

MOVING_SECONDS, PREVIEW_SECONDS, READING_SECONDS, FOUNDING_MS = 20, 3, 1, 100
"""Aims of a county that moves as a whole: its act, its preview, whoever reads meanwhile; of a new branch."""

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
        drawn = found["rendering"]
        yield (
            f"a list page of {drawn['rows']} rows: {drawn['ours']:.1f} ms of CPU,"
            f" Flask-Admin's stock list {drawn['stock']:.1f} ms, {drawn['ours'] / drawn['stock']:.2f} of it"
        )
        yield ""
        yield f"entering a report: {found['entering_cpu']:.1f} ms of CPU, ours and the database's"
        yield ""
        yield from _orders(found["orders"])
        yield ""
        yield _line(LOADS, *LOADS)
        for load in found["loads"]:
            whole, by_hand = load["whole"], load["by_hand"]
            pace, ratio = f"{load['rows'] / whole:,.0f}", f"{whole / by_hand:.1f}"
            memory = f"{load['memory_mb']:.0f}"
            yield _line(LOADS, load["name"], f"{load['rows']:,}", whole, pace, by_hand, ratio, memory)
        yield ""


def _orders(found: dict[str, Any]) -> Iterator[str]:
    move, merge = found["move"], found["merge"]
    yield (
        f"a move of {move['organisations']:,} organisations with {move['members']:,} members: previewed in"
        f" {move['preview']:.2f} s, applied in {move['apply']:.1f} s, the slowest reader meanwhile"
        f" {move['slowest_reader']:.2f} s"
    )
    yield (
        f"a merger of {merge['branches']} branches: applied in {merge['apply']:.2f} s,"
        f" its undoing previewed in {merge['undo preview']:.2f} s, applied in {merge['undo apply']:.2f} s"
    )
    yield f"a new branch with its administrator: {found['founding_cpu']:.1f} ms of CPU"


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
    slow = [
        f"{found['rendering']['ours']:.1f} of {found['rendering']['stock']:.1f} ms at {members:,}"
        for members, found in figures.items()
        if found["rendering"]["ours"] > RENDERING * found["rendering"]["stock"]
    ]
    yield _aim("a list page takes at most a third of the CPU of Flask-Admin's stock list", slow)
    entering = [
        f"{found['entering_cpu']:.1f} ms at {members:,}"
        for members, found in figures.items()
        if found["entering_cpu"] > ENTERING_MS
    ]
    yield _aim(f"a report is entered with at most {ENTERING_MS} ms of CPU", entering)
    batches = [
        f"{load['whole']:.1f} s at {members:,}"
        for members, found in figures.items()
        for load in found["loads"]
        if load["name"] == BATCH and load["whole"] > BATCH_SECONDS
    ]
    yield _aim(f"a {BATCH} takes at most {BATCH_SECONDS} s", batches)
    for aim, at_most, measured in (
        (f"a county moves within {MOVING_SECONDS} s", MOVING_SECONDS, lambda o: o["move"]["apply"]),
        (f"its preview takes at most {PREVIEW_SECONDS} s", PREVIEW_SECONDS, lambda o: o["move"]["preview"]),
        (f"and nobody who reads meanwhile waits {READING_SECONDS} s", READING_SECONDS,
         lambda o: o["move"]["slowest_reader"]),
        (f"a branch with its administrator takes at most {FOUNDING_MS} ms of CPU", FOUNDING_MS,
         lambda o: o["founding_cpu"]),
    ):  # fmt: skip
        yield _aim(
            aim,
            [
                f"{measured(found['orders']):.1f} at {members:,}"
                for members, found in figures.items()
                if measured(found["orders"]) > at_most
            ],
        )
    if len(figures) > 1:
        small, large = min(figures), max(figures)
        yield _aim(
            f"nothing grows beyond a logarithm from {small:,} to {large:,} members",
            [
                f"{name} ({growth:.1f} times)"
                for name, growth in _growths(figures[small], figures[large], small, large)
            ],
        )


SHEETS = ("workbook (seconds)", "rows", "ours", "plain", "bare", "ours/bare", "first ms", "more MB")


def sheets(written: list[Sheets]) -> Iterator[str]:
    """Lines of text: the workbook alone, three ways on the same rows."""
    if written:
        yield _line(SHEETS, *SHEETS)
    for each in written:
        plain = "" if each.plain is None else f"{each.plain:.2f}"
        ratio, first, memory = each.ours / each.bare, f"{each.first_byte_ms:.0f}", f"{each.memory_mb:.0f}"
        name, rows = f"{each.rows:,} rows of 20 columns", f"{each.rows:,}"
        yield _line(SHEETS, name, rows, each.ours, plain, each.bare, ratio, first, memory)
        yield ""


def sheet_aims(written: list[Sheets]) -> Iterator[str]:
    """One line for each aim of the workbook: kept, or at which size it was missed."""

    def missed(found: Callable[[Sheets], float], reached: Callable[[float], bool]) -> list[str]:
        return [f"{found(each):.1f} at {each.rows:,} rows" for each in written if not reached(found(each))]

    if written:
        yield _aim(
            f"a workbook takes at most a {1 / QUICKER_THAN_PLAIN:g} of plain XlsxWriter's time",
            missed(
                lambda each: (each.plain or QUICKER_THAN_PLAIN * each.ours) / each.ours,
                lambda ratio: ratio >= QUICKER_THAN_PLAIN,
            ),
        )
        yield _aim(
            f"and at most {DEARER_THAN_BARE:g} times a bare writer of the same XML",
            missed(lambda each: each.ours / each.bare, lambda ratio: ratio <= DEARER_THAN_BARE),
        )
        yield _aim(
            f"and under {MOST_MB} MB", missed(lambda each: each.memory_mb, lambda memory: memory < MOST_MB)
        )
        yield _aim(
            f"and begins within {FIRST_BYTE_MS} ms",
            missed(lambda each: each.first_byte_ms, lambda first: first <= FIRST_BYTE_MS),
        )


def _growths(
    small: dict[str, Any], large: dict[str, Any], few: int, many: int
) -> Iterator[tuple[str, float]]:
    """The pages that grew too much, each against the yardstick of its own run."""
    allowed = UNSTEADY * log(many) / log(few)
    before = {(page["page"], page["post"]): page["quick_sql"] / small["yardstick"] for page in small["pages"]}
    for page in (page for page in large["pages"] if AS_OF not in page["page"]):
        growth = page["quick_sql"] / large["yardstick"] / before[page["page"], page["post"]]
        if growth > allowed:
            yield f"{page['page']}, {page['post']}", growth


def _aim(sentence: str, missed: list[str]) -> str:
    return f"missed: {sentence}: {'; '.join(missed)}" if missed else f"kept: {sentence}"
