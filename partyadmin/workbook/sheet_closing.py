"""What follows the rows of a sheet: the place of filter and comments in the order the format demands."""

from __future__ import annotations

from itertools import pairwise
from xml.parsers import expat

from partyadmin.workbook import messages
from partyadmin.workbook.refusal import WorkbookRefused

_ORDER = (
    "sheetData sheetCalcPr sheetProtection protectedRanges scenarios autoFilter sortState dataConsolidate"
    " customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions"
    " pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors"
    " smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls AlternateContent"
    " webPublishItems tableParts extLst"
)
_RANK = {name: rank for rank, name in enumerate(_ORDER.split())}
_OFFICE_LINKS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def closed(root: bytes, piece: bytes, prefix: bytes, filter_range: str | None, drawing: str | None) -> bytes:
    """The last piece of a sheet with an automatic filter over the range and a link to comment shapes."""
    if filter_range:
        new = b'<%bautoFilter ref="%b"/>' % (prefix, filter_range.encode())
        piece = _placed(root, piece, prefix, "autoFilter", new)
    if drawing:
        new = b'<%blegacyDrawing xmlns:r="%b" r:id="%b"/>' % (prefix, _OFFICE_LINKS, drawing.encode())
        piece = _placed(root, piece, prefix, "legacyDrawing", new)
    return piece


def _placed(root: bytes, piece: bytes, prefix: bytes, name: str, new: bytes) -> bytes:
    """Put an element in its place among its siblings, instead of the one of its name."""
    closing = piece.rfind(b"</" + prefix + b"worksheet")
    for sibling, start, end in _siblings(root + b"<" + prefix + b"sheetData>", piece):
        if sibling == name:
            return piece[:start] + new + piece[end:]
        if _RANK.get(sibling, len(_RANK)) > _RANK[name]:
            return piece[:start] + new + piece[start:]
    return piece[:closing] + new + piece[closing:]


def _siblings(opening: bytes, piece: bytes) -> list[tuple[str, int, int]]:
    """Name, start and end of each element below the root, as offsets in the piece."""
    starts: list[tuple[str, int]] = []
    depth = 0
    parser = expat.ParserCreate()

    def begin(name: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 2:
            starts.append((name.rpartition(":")[2], parser.CurrentByteIndex - len(opening)))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1
        if depth == 0:
            starts.append(("", parser.CurrentByteIndex - len(opening)))

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        parser.Parse(opening + piece, True)
    except expat.ExpatError as error:
        raise WorkbookRefused(messages.DAMAGED) from error
    spans = [(name, start, following) for (name, start), (_, following) in pairwise(starts)]
    return spans[1:]  # the first one is the end of the rows themselves
