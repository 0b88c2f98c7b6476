"""A registry for the walk over all addresses: one city, two counties, and a secret in every record."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from tests.schema.slow import credit_check_character, id_number

Connection = psycopg.Connection[Any]
BORN = date(1980, 3, 1)
NOWHERE = ""
"""The place of what is one list for all."""

PLACES = {
    # code: kind, may approve members
    "001": ("X30", False),
    "001001": ("X40", False),
    "001001001": ("611", True),
    "001001001001": ("631", False),
    "001001001002": ("631", False),
    "001001002": ("611", True),
    "001001002001": ("631", False),
    "001002": ("X40", False),
    "001002001": ("611", True),
    "001002001001": ("631", False),
}
BRANCHES = [code for code, (kind, _) in PLACES.items() if kind == "631"]
COMMITTEES = [code for code in PLACES if 3 < len(code) < 12]
DIRECTORY = {code for code in PLACES if len(code) < 12}
"""Committees, whose names and codes all who act may find (the view organisation_directory)."""
WATCHED_BY_ALL_TECHNICAL = ("account", "post", "tenure")


@dataclass(frozen=True)
class Post:
    """What a visitor works as."""

    level: str
    code: str

    @property
    def login(self) -> str:
        return f"{self.level.replace('_', '-')}.{self.code}"

    @property
    def sees_records(self) -> bool:
        return self.level not in ("system", "security", "audit")


POSTS = {
    "city": Post("city", "001"),
    "county": Post("county", "001001"),
    "committee": Post("basic", "001001001"),
    "branch": Post("branch", "001001001001"),
    "neighbour_county": Post("county", "001002"),
    "neighbour_committee": Post("basic", "001001002"),
    "far_branch": Post("branch", "001002001001"),
    "auditor": Post("auditor", "001"),
    "system": Post("system", "001"),
    "security": Post("security", "001"),
    "audit": Post("audit", "001"),
}


@dataclass(frozen=True)
class Record:
    """One seeded record: its noun and key, where it stands, and the texts that only its scope may read."""

    noun: str
    key: int | str
    code: str
    secrets: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    owner: Post | None = None
    """The only one who sees it, where it is a person's own."""
    tells: tuple[str, ...] = ()
    """What its versions tell of others to those who see it: who changed it."""

    def is_seen_by(self, post: Post) -> bool:
        if self.owner is not None:
            return self.owner == post
        if self.code == NOWHERE:
            return True
        if not post.sees_records:
            return self.noun in WATCHED_BY_ALL_TECHNICAL
        return self.code.startswith(post.code)


class Counties:
    """Writes the registry as the installer; `records` is all that has a place."""

    def __init__(self, session: Connection) -> None:
        self.session = session
        self.records: list[Record] = []
        self.ids: dict[tuple[str, str], int] = {}
        self.people = (
            f"{surname}{stem}{branch}"
            for surname in "欧鲁"
            for stem in "甲乙丙丁戊己庚辛壬癸"
            for branch in "子丑寅卯辰巳午未申酉戌亥"
        )
        self.serial = 0

    def write(self, table: str, **values: Any) -> int:
        columns, marks = (
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        )
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *")
        row = self.session.execute(
            statement.format(sql.Identifier(table), columns, marks), list(values.values())
        ).fetchone()
        assert row
        return int(row[0])

    def keep(self, noun: str, code: str, key: int, *secrets: str, numbers: tuple[str, ...] = ()) -> int:
        self.records.append(Record(noun, key, code, secrets, numbers))
        self.ids.setdefault((noun, code), key)
        return key

    def build(self) -> None:
        self.session.execute("SELECT act('installation', NULL, '两县登记')")
        for code, (kind, can_admit) in PLACES.items():
            self._organisation(code, kind, can_admit)
        for code in COMMITTEES:
            self._unit(code)
            self._document(code)
        for code in (*BRANCHES, BRANCHES[0], BRANCHES[-1]):
            self._member(code)
        for code in BRANCHES:
            self._report(code)
            branch = self.ids["organisation", code]
            row = self.write("field_delegation", branch_id=branch, branch_code="", field="education")
            self.keep("field_delegation", code, row)
        for branch in BRANCHES:
            self._order(branch)
        for post in POSTS.values():
            self._holder(post)
        self.session.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def _organisation(self, code: str, kind: str, can_admit: bool) -> None:
        name, secretary, contact = f"中共第{code}号组织", next(self.people), next(self.people)
        phone = f"0562-{7000000 + len(self.records)}"
        key = self.write(
            "organisation", code=code, parent_id=self.ids.get(("organisation", code[:-3])), name=name,
            kind=kind, can_admit=can_admit, unit_situation="2" if code in COMMITTEES else "1",
            secretary=secretary, contact=contact, phone=phone,
        )  # fmt: skip
        self.keep("organisation", code, key, name, secretary, contact, phone)

    def _unit(self, code: str) -> None:
        name, body = f"第{code}号单位", "91340700" + f"{int(code):09d}"
        credit_code = body + credit_check_character(body)
        organisation = self.ids["organisation", code]
        values = {"organisation_id": organisation, "organisation_code": "", "name": name}
        key = self.write("unit", **values, credit_code=credit_code)
        self.keep("unit", code, key, name, credit_code)

    def _document(self, code: str) -> None:
        number, title = f"组〔2026〕第{code}号", f"关于第{code}号事项的批复"
        self._file(code, number, title, number, title)

    def _order(self, branch: str) -> None:
        """The draft of an order by which a committee splits a branch, with the new administrator."""
        code = branch[:-3]
        remark, name, person = f"第{branch}号筹建", f"中共第{branch}号筹建支部", next(self.people)
        key = self.write(
            "change_order", kind="split", organisation_id=self.ids["organisation", branch], remark=remark,
            document_id=self.ids["document", code], effective_on=date(2026, 11, 2),
        )  # fmt: skip
        items = {"name": name, "kind": "631", "unit_situation": "1"}
        line = self.write("change_line", order_id=key, role="new", items=json.dumps(items))
        login = f"prepared.{branch}"
        self.write("change_account", order_id=key, line_id=line, login=login, name=person)
        self.keep("change_order", code, key, remark, name, login, person)

    def _file(self, code: str, number: str, title: str, *secrets: str) -> int:
        """A document with its scan; `secrets` is what of its name no other scope may read."""
        issuer, file_name = f"第{code}号部门", f"scan-{number}.pdf"
        content = f"%PDF-1.4 scanned for {number}.".encode()
        digest = hashlib.sha256(content).hexdigest()
        key = self.write(
            "document", kind="approval", number=number, title=title, issuer=issuer, sha256=digest,
            file_name=file_name, organisation_id=self.ids["organisation", code],
        )  # fmt: skip
        self.session.execute(
            "INSERT INTO document_content VALUES (%s, %s, %s)", [key, "application/pdf", content]
        )
        told = (*secrets, issuer, file_name, digest, content.decode())
        return self.keep("document", code, key, *told)

    def _member(self, code: str) -> None:
        self.serial += 1
        name, address = next(self.people), f"第{self.serial}号弄第{code}号门"
        number = id_number("340702", BORN, 10 + 2 * self.serial)
        mobile, landline = f"1390000{5550 + self.serial}", f"0562-{5811000 + self.serial}"
        key = self.write(
            "member", name=name, sex="2", ethnicity="01", id_number=number, birth_date=BORN, education="11",
            person_type="1", branch_id=self.ids["organisation", code], join_date=date(2004, 7, 1),
            full_date=date(2005, 7, 1), job_post="01", mobile=mobile, landline=landline, address=address,
        )  # fmt: skip
        shown = number[:6] + "*" * 8 + number[-4:]
        told = (name, address, shown, f"{mobile[:3]}****{mobile[-4:]}")
        self.keep("member", code, key, *told, numbers=(number, number.lower(), mobile, landline))

    def _report(self, code: str) -> None:
        facts, address = f"第{code}号支部迁居", f"第{code}号支部路9号"
        mobile = f"1380000{7000 + len(self.records)}"
        key = self.write(
            "report", kind="change", member_id=self.ids["member", code],
            branch_id=self.ids["organisation", code], event_date=date(2026, 11, 2), facts=facts,
            items=json.dumps({"address": address, "mobile": mobile}),
        )  # fmt: skip
        self.keep("report", code, key, facts, address, numbers=(mobile,))

    def _holder(self, post: Post) -> None:
        name, organisation = next(self.people), self.ids["organisation", post.code]
        account = self.write("account", login=post.login, name=name, organisation_id=organisation)
        self.keep("account", post.code, account, name, post.login)
        opened = {"level": post.level, "organisation_id": organisation, "organisation_code": ""}
        held = self.keep("post", post.code, self.write("post", **opened))
        tenure = self.write("tenure", account_id=account, post_id=held, since=date(2020, 1, 1))
        self.keep("tenure", post.code, tenure)
        self.ids["post", post.login] = held
        # Sessions are opened through the door, which asks for a password; nobody knows this one.
        self.session.execute("SELECT set_password(%s, '$argon2id$nobody-knows-it')", [account])

    def _import(self, owner: Post, number: int) -> None:
        """An import that was checked, as its worker has left it."""
        person, value = next(self.people), f"第{number}种民族"
        refusal = {"sheet": "党员", "row": 3, "rule": "M27", "column": "民族", "letters": "C", "name": person}
        counts = {"read": 2, "accepted": 1, "refused": 1}
        result = {
            **counts, "organisations": counts, "members": counts, "tables": [], "skipped": [],
            "rules": [["M27", 1]], "refusals": [refusal | {"value": value, "message": value}],
        }  # fmt: skip
        self.session.execute("SELECT act(%s, %s, '上传')", [owner.login, f"{owner.level}@{owner.code}"])
        file_name, content = f"第{number}号采集表.xlsx", f"workbook {number}".encode()
        digest = hashlib.sha256(content).hexdigest()
        values = {"file_name": file_name, "sha256": digest, "file_in": content, "language": "zh_Hans_CN"}
        key = self.write("job", kind="import check", **values)
        (taken, attempt) = self.session.execute("SELECT id, attempt FROM take_job()").fetchone() or (0, 0)
        assert taken == key
        ended = "SELECT end_job(%s, %s, 'done', NULL, %s, %s)"
        self.session.execute(ended, [key, attempt, json.dumps(result), content])
        self.session.commit()
        told = (file_name, person, value, content.decode())
        self.records.append(Record("import", key, owner.code, told, owner=owner))

    def _key_change(self, branch: str) -> None:
        """A joining date that a committee corrected, on a document whose name the branch reads."""
        post, reason, day = POSTS["committee"], f"按志愿书更正{branch}", date(2004, 6, 30)
        self.session.execute("SELECT act(%s, %s, %s)", [post.login, f"{post.level}@{post.code}", reason])
        *_, member = (r.key for r in self.records if (r.noun, r.code) == ("member", branch))
        self.session.execute("UPDATE member SET join_date = %s WHERE id = %s", [day, member])
        paper = self._file(post.code, "档 0417-03", "入党志愿书")
        key = self.write("evidence", subject_id=member, field="join_date", document_id=paper)
        self.session.commit()
        (maker,) = (r.secrets[0] for r in self.records if (r.noun, r.code) == ("account", post.code))
        self.records.append(Record("key_change", key, branch, (reason, day.isoformat()), tells=(maker,)))

    def _owe_scan(self, post: Post, branch: str) -> None:
        """Evidence by number alone, in an act of today by the committee above the branch."""
        title = f"口头转来的证明{branch}"
        self.session.execute("SELECT act(%s, %s, '先登记文号')", [post.login, f"{post.level}@{post.code}"])
        *_, member = (r.key for r in self.records if (r.noun, r.code) == ("member", branch))
        paper = self.write(
            "document", kind="certificate", number=f"证〔2026〕{branch}", title=title,
            organisation_id=self.ids["organisation", post.code],
        )  # fmt: skip
        key = self.write("evidence", subject_id=member, field="birth_date", document_id=paper)
        (act,) = self.session.execute("SELECT current_act()").fetchone() or (0,)
        self.session.commit()
        self.records.append(Record("owed_scan", key, branch, (title,)))
        self.records.append(Record("own_act", act, post.code, owner=post))

    def _adjust_permissions(self) -> None:
        """Two cells that decide about nobody here leave the initial table."""
        self.session.execute("SELECT act('security.001', 'security@001', '按通知调整权限表')")
        self.session.execute(
            "UPDATE permission SET letter = 'R', scope = 'report' WHERE (function, level) = ('T2', 'general')"
        )
        self.session.execute(
            "UPDATE permission SET masked = true WHERE (function, level) = ('A2', 'province')"
        )

    def leave_traces(self, superuser: Connection, lists: set[str]) -> None:
        """Exports of both counties, a corrected date, an act of the city, a row of each list."""
        self.session = superuser
        superuser.execute("SET ROLE partyadmin_app")
        for code in COMMITTEES:
            county = code[:6]
            superuser.execute("SELECT act(%s, %s, '导出名册')", [f"county.{county}", f"county@{county}"])
            purpose, digest = f"第{code}号名册核对", hashlib.sha256(code.encode()).hexdigest()
            key = self.write(
                "export_ledger", organisation_id=self.ids["organisation", code], purpose=purpose,
                subject="member", columns=["name"], full_numbers=False, way="screen",
            )  # fmt: skip
            superuser.execute("UPDATE export_ledger SET rows = 1, sha256 = %s WHERE id = %s", [digest, key])
            self.keep("export_ledger", code, key, purpose, digest)
            superuser.commit()
        for number, owner in enumerate(POSTS[name] for name in ("city", "county", "neighbour_county")):
            self._import(owner, number)
        self._key_change(BRANCHES[0])
        for name in ("committee", "neighbour_committee"):
            below = [code for code in BRANCHES if code.startswith(POSTS[name].code)]
            self._owe_scan(POSTS[name], below[0])
        superuser.execute("SELECT act('city.001', 'city@001', '市委的一次办理')")
        superuser.execute("INSERT INTO access_log (kind) VALUES ('document read')")
        superuser.commit()
        self._adjust_permissions()
        superuser.execute("RESET ROLE")
        superuser.commit()
        for noun in (*sorted(lists), "permission", "time_limit", "access_log", "transaction"):
            key_of = (
                "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]"
                " WHERE indisprimary AND indrelid = %s::regclass"
            )
            (name,) = superuser.execute(key_of, [noun]).fetchone() or ("",)
            last = sql.SQL("SELECT max({})::text FROM {}").format(sql.Identifier(name), sql.Identifier(noun))
            (row,) = superuser.execute(last).fetchone() or ("",)
            self.records.append(Record(noun, row, NOWHERE))
        superuser.commit()
