"""Names in pinyin: kept by the database, whatever way a member is written."""

from typing import Any

import pytest

from tests.schema.world import INSTALLER, Connection, act, build, new_member, number, run


@pytest.mark.parametrize(
    ("name", "initials", "name_key"),
    [
        ("张伟明", "zwm", "zhang 张wei 伟ming 明"),
        ("曾单", "zd", "zeng 曾dan 单"),
        ("单曾", "sc", "shan 单ceng 曾"),
        ("仇解", "qj", "qiu 仇jie 解"),
        ("解仇", "xc", "xie 解chou 仇"),
        ("古丽娜尔·买买提", "glnemmt", "gu 古li 丽na 娜er 尔 ·mai 买mai 买ti 提"),
        ("吕Ann", "lann", "lv 吕a An nn n"),
        (None, None, None),
    ],
)
def test_a_name_is_spelt(owner: Connection, name: str | None, initials: str, name_key: str) -> None:
    assert owner.execute("SELECT initials, name_key FROM spelt(%s)", [name]).fetchone() == (
        initials,
        name_key,
    )


def test_pinyin_follows_the_name_and_makes_no_version(owner: Connection) -> None:
    world = build(owner)
    spelling = "SELECT name, initials, name_key, ver FROM member WHERE id = %(wei)s"
    assert run(owner, spelling, world) == [("王伟", "ww", "wang 王wei 伟", 1)]
    act(owner, INSTALLER)
    run(owner, "UPDATE member SET initials = 'x', name_key = 'x' WHERE id = %(wei)s", world)
    assert run(owner, spelling, world) == [("王伟", "ww", "wang 王wei 伟", 1)]
    run(owner, "UPDATE member SET name = '翟伟' WHERE id = %(wei)s", world)
    assert run(owner, spelling, world) == [("翟伟", "zw", "zhai 翟wei 伟", 2)]
    versions = "SELECT ver FROM member_version WHERE id = %(wei)s ORDER BY ver"
    assert run(owner, versions, world) == [(1,), (2,)]


def test_pinyin_cannot_be_given(owner: Connection) -> None:
    world = build(owner)
    act(owner, INSTALLER)
    row: Any = run(
        owner,
        new_member(name="缪云", initials="zz", name_key="zz", id_number=number(777))
        + " RETURNING initials, name_key",
        world,
    )
    assert row == [("my", "miao 缪yun 云")]


def test_one_surname_stays_together(owner: Connection) -> None:
    names = ["章一", "张三", "章四", "赵二", "张五", "扎西", "翟六", "曾七"]
    rows = owner.execute(
        "SELECT n FROM unnest(%s::text[]) n ORDER BY (spelt(n)).name_key", [names]
    ).fetchall()
    assert [name for (name,) in rows] == ["曾七", "扎西", "翟六", "张三", "张五", "章四", "章一", "赵二"]
