"""A city's own workbook, written from the demonstration's organisations and members with codes of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from bench.registries import bare, enter
from partyadmin.config import Config

ORGANISATIONS = (
    "党组织编码 上级党组织编码 党组织名称 党组织简称 组织类别 是否具有审批预备党员权限"
    " 党组织书记 党组织联系人 联系电话 成立日期"
    " 党组织所在单位情况 单位名称 统一社会信用代码 单位性质类别 法人单位标识"
).split()
MEMBERS = (
    "姓名 性别 民族 公民身份证号 出生日期 学历 人员类别 所在党支部编码 加入党组织日期 转为正式党员日期"
    " 工作岗位 手机号 固定电话 家庭住址 党籍状态 是否失联 失去联系日期 是否流动 外出流向"
).split()

# The codes of a city's own system have nothing to do with ours: ours must be given.
_ORGANISATIONS = """
SELECT 'N' || o.code, CASE WHEN length(o.code) = 6 THEN '001' ELSE 'N' || left(o.code, -3) END, o.name,
       o.short_name, k.label_zh, CASE WHEN o.can_admit THEN '是' ELSE '否' END, o.secretary, o.contact,
       o.phone, o.founded::text, s.label_zh, u.name, u.credit_code, n.label_zh,
       CASE WHEN u.is_legal_entity THEN '是' END
  FROM organisation o JOIN organisation_kind k ON k.code = o.kind
  LEFT JOIN unit_situation s ON s.code = o.unit_situation
  LEFT JOIN LATERAL (SELECT * FROM unit WHERE organisation_id = o.id ORDER BY id LIMIT 1) AS u ON true
  LEFT JOIN unit_nature n ON n.code = u.nature
 WHERE o.parent_id IS NOT NULL
   AND EXISTS (SELECT FROM taken WHERE branch_code >= o.code AND branch_code < o.code || '~')
 ORDER BY o.code"""
_MEMBERS = """
SELECT m.name, s.label_zh, e.label_zh, m.id_number, m.birth_date::text, d.label_zh, t.label_zh,
       'N' || m.branch_code, m.join_date::text, m.full_date::text, j.label_zh, m.mobile, m.landline,
       m.address, u.label_zh, CASE WHEN m.lost THEN '是' END, to_char(m.lost_month, 'YYYY-MM'),
       CASE WHEN m.is_mobile THEN '是' END, r.full_name
  FROM taken JOIN member m USING (id)
  LEFT JOIN sex s ON s.code = m.sex LEFT JOIN ethnicity e ON e.code = m.ethnicity
  LEFT JOIN education d ON d.code = m.education LEFT JOIN person_type t ON t.code = m.person_type
  LEFT JOIN job_post j ON j.code = m.job_post LEFT JOIN membership_status u ON u.code = m.status
  LEFT JOIN region r ON r.code = m.destination
 ORDER BY m.branch_code, m.id"""


def write_workbook(config: Config, rows: int, file: Path) -> str:
    """Writes the first members of the demonstration and their organisations; returns the name of its root."""
    with bare(config, None) as connection:
        enter(connection, None)
        connection.execute(
            "CREATE TEMP TABLE taken ON COMMIT DROP AS"
            " SELECT id, branch_code FROM member ORDER BY branch_code, id LIMIT %s", [rows],
        )  # fmt: skip
        connection.execute("CREATE INDEX ON taken (branch_code)")
        connection.execute("ANALYZE taken")
        root = connection.execute("SELECT name FROM organisation WHERE parent_id IS NULL").fetchone()
        organisations = connection.execute(_ORGANISATIONS).fetchall()
        members = connection.execute(_MEMBERS).fetchall()
    assert root is not None
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_numbers": False}) as book:
        _write(book.add_worksheet("党组织"), ORGANISATIONS, organisations)
        _write(book.add_worksheet("党员"), MEMBERS, members)
    return str(root[0])


def _write(sheet: Any, headings: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write_string(number, column, value)
