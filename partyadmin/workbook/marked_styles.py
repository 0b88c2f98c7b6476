"""The style table of a workbook with a red twin for every cell format that is refused somewhere."""

from __future__ import annotations

import re

STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_MINIMAL = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    b"</styleSheet>"
)
_RED = b"FFFF6666"
_FILL_ATTRIBUTE = re.compile(rb'\s(?:fillId|applyFill)="[^"]*"')


def _list(content: bytes, name: bytes) -> re.Match[bytes] | None:
    pattern = rb"<(?P<prefix>[\w.-]+:)?%b\b[^>]*(?<!/)>(?P<inside>.*?)(?P<end></(?:[\w.-]+:)?%b>)"
    return re.search(pattern % (name, name), content, re.DOTALL)


class MarkedStyles:
    """Hands out style numbers while sheets are rewritten; `content()` is the table that goes with them."""

    def __init__(self, content: bytes | None) -> None:
        content = content or _MINIMAL
        fills, formats = _list(content, b"fills"), _list(content, b"cellXfs")
        if fills is None or formats is None or not formats["inside"].strip():
            # Without a list of cell formats, the numbers in the cells mean nothing.
            content = _MINIMAL
            fills, formats = _list(content, b"fills"), _list(content, b"cellXfs")
        assert fills is not None and formats is not None
        self._content = content
        self._fills, self._formats = fills, formats
        self._prefix: bytes = formats["prefix"] or b""
        self._known = re.findall(
            self._pattern(rb"<%bxf\b(?:[^>]*/>|[^>]*>.*?</%bxf>)"), self._formats["inside"]
        )
        self._fill_list = re.findall(
            self._pattern(rb"<%bfill\b(?:[^>]*/>|[^>]*>.*?</%bfill>)"), self._fills["inside"]
        )
        self._red_fills = {number for number, fill in enumerate(self._fill_list) if _RED in fill}
        if not self._red_fills:
            self._red_fills.add(len(self._fill_list))
            self._fill_list.append(
                b'<%bfill><%bpatternFill patternType="solid"><%bfgColor rgb="%b"/><%bbgColor indexed="64"/>'
                b"</%bpatternFill></%bfill>" % (*(self._prefix,) * 3, _RED, *(self._prefix,) * 3)
            )
        self._red_twins: dict[int, int] = {}
        self._restored: dict[int, int] = {}
        self._first_with: dict[bytes, int] = {}
        for number in reversed(range(len(self._known))):
            self._first_with[_FILL_ATTRIBUTE.sub(b"", self._known[number])] = number

    def red(self, number: int) -> int:
        """The format like this one, but filled red."""
        number = self.without_red(number)
        if number not in self._red_twins:
            self._red_twins[number] = self._filled(number, min(self._red_fills))
        return self._red_twins[number]

    def without_red(self, number: int) -> int:
        """The format a cell had before an earlier answer marked it red; others stay as they are."""
        number = number if number < len(self._known) else 0
        fill = re.search(rb'\bfillId="(\d+)"', self._known[number])
        if fill is None or int(fill.group(1)) not in self._red_fills:
            return number
        if number not in self._restored:
            original = self._first_with.get(_FILL_ATTRIBUTE.sub(b"", self._known[number]), number)
            self._restored[number] = original if original != number else self._filled(number, 0)
        return self._restored[number]

    def content(self) -> bytes:
        """The whole style part with the fills and formats handed out."""
        content = self._content
        for name, block, elements in (
            (b"fills", self._fills, self._fill_list),
            (b"cellXfs", self._formats, self._known),
        ):
            opened = b'<%b%b count="%d">' % (self._prefix, name, len(elements))
            content = content.replace(block[0], opened + b"".join(elements) + block["end"], 1)
        return content

    def _filled(self, number: int, fill: int) -> int:
        format_ = _FILL_ATTRIBUTE.sub(b"", self._known[number])
        tag = b"<%bxf" % self._prefix
        self._known.append(format_.replace(tag, b'%b fillId="%d" applyFill="1"' % (tag, fill), 1))
        return len(self._known) - 1

    def _pattern(self, template: bytes) -> re.Pattern[bytes]:
        return re.compile(template.replace(b"%b", re.escape(self._prefix)), re.DOTALL)
