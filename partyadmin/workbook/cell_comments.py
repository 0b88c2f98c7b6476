"""Comments on cells: the list of texts and the yellow shapes the spreadsheet draws them in.

A sheet's own comments stay; those of an earlier answer are taken out first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from partyadmin.workbook.marked_sheet import xml_text
from partyadmin.workbook.parts import Parts, appended
from partyadmin.workbook.sheet_scan import column_letters, column_number

AUTHOR = b"partyadmin"
MAX_COMMENTS = 20_000
"""Spreadsheets draw each comment as a shape and stall on more; the error column still says it all."""

_SPACE = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_SHAPES_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_NO_COMMENTS = b'<comments xmlns="%b"><authors></authors><commentList></commentList></comments>' % _SPACE
_NO_SHAPES = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    b' xmlns:x="urn:schemas-microsoft-com:office:excel">'
    b'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>'
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_SHAPE = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{id}" type="#_x0000_t202"'
    ' style="position:absolute;width:220pt;height:80pt;z-index:1;visibility:hidden" fillcolor="#ffffe1"'
    ' o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left">'
    '</div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{left},15,{top},2,{right},15,{bottom},4</x:Anchor><x:AutoFill>False</x:AutoFill>"
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_ONE_SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>", re.DOTALL)
_SHAPE_PLACE = re.compile(rb"<x:Row>\s*(\d+)\s*</x:Row>.*?<x:Column>\s*(\d+)\s*</x:Column>", re.DOTALL)

Cell = tuple[int, int]
"""Row and column, counted from 1."""


def comment_on(parts: Parts, sheet: str, texts: Mapping[Cell, str]) -> str | None:
    """Add comments to a sheet part; the relationship id of its new drawing, None where it had one."""
    comments = next(iter(parts.linked(sheet, "comments")), None) or _new_comments(parts, sheet)
    drawings = parts.linked(sheet, "vmlDrawing")
    drawing, link = (drawings[0], None) if drawings else _new_drawing(parts, sheet)
    content, ours, theirs = _without_ours(parts.read(comments) or _NO_COMMENTS)
    shapes = _ONE_SHAPE.sub(
        lambda shape: b"" if _place(shape.group(0)) in ours else shape.group(0),
        parts.read(drawing) or _NO_SHAPES,
    )
    wanted = {cell: text for cell, text in sorted(texts.items())[:MAX_COMMENTS] if cell not in theirs}
    parts.write(comments, _with_comments(content, wanted))
    parts.write(drawing, _with_shapes(shapes, wanted))
    return link


def _new_comments(parts: Parts, sheet: str) -> str:
    comments = parts.free_name("xl/comments%d.xml")
    parts.write(comments, _NO_COMMENTS)
    parts.declare(comments, _TYPE)
    parts.link(sheet, "comments", comments)
    return comments


def _new_drawing(parts: Parts, sheet: str) -> tuple[str, str]:
    drawing = parts.free_name("xl/drawings/vmlDrawing%d.vml")
    parts.write(drawing, _NO_SHAPES)
    parts.declare_extension("vml", _SHAPES_TYPE)
    return drawing, parts.link(sheet, "vmlDrawing", drawing)


def _place(shape: bytes) -> Cell | None:
    place = _SHAPE_PLACE.search(shape)
    return (int(place.group(1)) + 1, int(place.group(2)) + 1) if place else None


def _without_ours(content: bytes) -> tuple[bytes, set[Cell], set[Cell]]:
    """The comments without those of an earlier answer, the cells of those, and of the user's own."""
    authors = re.findall(rb"<(?:[\w.-]+:)?author\b(?:/>|[^>]*>(.*?)</)", content, re.DOTALL)
    ours: set[Cell] = set()
    theirs: set[Cell] = set()

    def keep(comment: re.Match[bytes]) -> bytes:
        reference = re.search(rb'\bref="([A-Z]+)(\d+)"', comment.group(0))
        author = re.search(rb'\bauthorId="(\d+)"', comment.group(0))
        mine = author is not None and authors[int(author.group(1)) :][:1] == [AUTHOR]
        if reference:
            cell = int(reference.group(2)), column_number(reference.group(1).decode())
            (ours if mine else theirs).add(cell)
        return b"" if mine else comment.group(0)

    pattern = rb"<((?:[\w.-]+:)?)comment\s.*?</\1comment>"
    return re.sub(pattern, keep, content, flags=re.DOTALL), ours, theirs - ours


def _with_comments(content: bytes, texts: Mapping[Cell, str]) -> bytes:
    authors = re.findall(rb"<(?:[\w.-]+:)?author\b(?:/>|[^>]*>(.*?)</)", content, re.DOTALL)
    if AUTHOR not in authors:
        content = _inside(content, b"authors", b'<author xmlns="%b">%b</author>' % (_SPACE, AUTHOR))
        authors.append(AUTHOR)
    author = authors.index(AUTHOR)
    listed = b"".join(
        b'<comment xmlns="%b" ref="%b%d" authorId="%d"><text><t xml:space="preserve">%b</t></text></comment>'
        % (_SPACE, column_letters(column).encode(), row, author, xml_text(text))
        for (row, column), text in texts.items()
    )
    return _inside(content, b"commentList", listed)


def _inside(content: bytes, name: bytes, elements: bytes) -> bytes:
    """Add elements at the end of the only element of that name, which may be written as empty."""
    found = re.search(rb"<((?:[\w.-]+:)?%b)(\s[^>]*)?/>|</(?:[\w.-]+:)?%b>" % (name, name), content)
    if found is None:
        return content
    if found.group(1) is None:
        return content[: found.start()] + elements + content[found.start() :]
    element = b"<%b>%b</%b>" % (found.group(1), elements, found.group(1))
    return content[: found.start()] + element + content[found.end() :]


def _with_shapes(shapes: bytes, texts: Mapping[Cell, str]) -> bytes:
    first = max((int(number) for number in re.findall(rb'id="_x0000_s(\d+)"', shapes)), default=1024) + 1
    drawn = "".join(
        _SHAPE.format(
            id=number,
            left=column,
            right=column + 4,
            top=max(row - 2, 0),
            bottom=row + 3,
            row=row - 1,
            column=column - 1,
        )
        for number, (row, column) in enumerate(texts, start=first)
    )
    return appended(shapes, drawn.encode())
