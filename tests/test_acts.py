"""Acts through Python: who acts, what is refused in words, and two people at one record."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin import create_app
from partyadmin.access import FunctionNeed, demand, may, needs_of_level
from partyadmin.db import INSTALLER, Actor, db, work_as
from partyadmin.dictionary import Refused, label, rule_sentence
from partyadmin.models import Account, Organisation, Tenure
from partyadmin.operations import Stale, acting, acts_of, lock
from partyadmin.operations.account import give_post, only_post, open_account, parse_post
from partyadmin.operations.organisation import found_root, next_code

CITY = Actor("zhang", "city@001")
Sessions = Callable[[str, Actor], Session]


@pytest.fixture(scope="module")
def words(registry: Any) -> Iterator[None]:
    """The application's context: the words of the schema, in English."""
    with create_app(replace(registry.config, locale="en")).app_context():
        yield
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def session_of(registry: Any, words: None) -> Iterator[Sessions]:
    """Makes a session of a role in which an actor works; closed with the module."""
    opened: list[tuple[Session, sa.Engine]] = []

    def make(role: str, actor: Actor) -> Session:
        engine = sa.create_engine(registry.url(role).replace("postgresql://", "postgresql+psycopg://"))
        session = Session(engine, expire_on_commit=False)
        work_as(session, actor)
        opened.append((session, engine))
        return session

    yield make
    for session, engine in opened:
        session.close()
        engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def city(session_of: Sessions) -> Organisation:
    """A founded city with one information administrator, zhang, and a county."""
    session = session_of("owner", INSTALLER)
    with acting(session, "founding"):
        root = found_root(session, "中共云岭市委员会", "city")
        account = open_account(session, "zhang", "张三", root, None)
        give_post(session, account, "city", root)
        session.add(
            Organisation(
                code=next_code(session, root.id), parent_id=root.id, name="中共云岭市甲区委员会", kind="X40"
            )
        )
    return root


def test_founding_again_changes_nothing(session_of: Sessions, city: Organisation) -> None:
    session = session_of("owner", INSTALLER)
    with acting(session, "again"):
        assert found_root(session, "中共云岭市委员会", "city").id == city.id
    with pytest.raises(Refused, match="already has its root"), acting(session, "another"):
        found_root(session, "中共别的市委员会", "city")


def test_a_write_without_reason_is_refused_in_words(session_of: Sessions) -> None:
    session = session_of("app", CITY)
    with pytest.raises(Refused, match="Give the reason") as refused, acting(session, " "):
        pass
    assert refused.value.rule == "an_act_says_why"


def test_a_post_that_is_not_held_cannot_act(session_of: Sessions) -> None:
    session = session_of("app", Actor("zhang", "province@001"))
    with pytest.raises(Refused, match="does not hold this post"), acting(session, "try"):
        pass


def test_the_installer_acts_only_as_the_owner(session_of: Sessions) -> None:
    with pytest.raises(Refused) as refused, acting(session_of("app", INSTALLER), "try"):
        pass
    assert refused.value.rule == "only_the_installer_installs"


def test_a_refused_act_leaves_nothing(session_of: Sessions, city: Organisation) -> None:
    session = session_of("owner", INSTALLER)
    with pytest.raises(Refused) as refused, acting(session, "two"):
        session.add(Organisation(code="001777", parent_id=city.id, name="中共云岭市乙区委员会", kind="X40"))
        session.flush()
        session.add(Organisation(code="001778", parent_id=city.id, name=" 前有空格", kind="X40"))
        session.flush()
    assert (refused.value.field, refused.value.rule) == ("name", "organisation_name_reads_well")
    assert session.scalar(sa.select(Organisation).where(Organisation.code == "001777")) is None


def test_the_second_of_two_savers_is_told_what_changed(session_of: Sessions) -> None:
    first, second = session_of("app", CITY), session_of("app", CITY)
    query = sa.select(Organisation).where(Organisation.parent_id.is_(None))
    mine, theirs = first.scalars(query).one(), second.scalars(query).one()
    opened = mine.ver
    with acting(first, "换联系人"):
        lock(first, mine, opened)
        mine.contact = "李四"
    with pytest.raises(Stale) as stale, acting(second, "改电话"):
        lock(second, theirs, opened)
    assert stale.value.changes == {"contact": (None, "李四")}
    assert "张三" in stale.value.sentence
    assert acts_of(first, mine)[-1].reason == "换联系人"


def test_posts_are_read_and_wrong_ones_explained(session_of: Sessions) -> None:
    session = session_of("owner", INSTALLER)
    assert parse_post(session, "city@001")[0] == "city"
    for wrong, said in (("city", "LEVEL@CODE"), ("town@001", "no level"), ("city@009", "no organisation")):
        with pytest.raises(Refused, match=said):
            parse_post(session, wrong)
    assert only_post(session, "zhang", None) == "city@001"
    with pytest.raises(Refused, match="holds a post"):
        only_post(session, "nobody", None)


def test_a_post_of_another_level_is_refused(session_of: Sessions, city: Organisation) -> None:
    session = session_of("owner", INSTALLER)
    account = session.scalars(sa.select(Account).where(Account.login == "zhang")).one()
    with pytest.raises(Refused) as refused, acting(session, "wrong level"):
        give_post(session, account, "county", city)
    assert refused.value.rule == "a_post_has_the_level_of_its_organisation"
    assert session.scalar(sa.select(sa.func.count()).select_from(Tenure)) == 1


def test_letters_come_from_the_table(session_of: Sessions) -> None:
    session = session_of("app", CITY)
    assert FunctionNeed("O2", "W") in needs_of_level(session, "city")
    assert FunctionNeed("P4", "W") not in needs_of_level(session, "city")
    demand(session, "O2", "W")
    with pytest.raises(Refused, match='"P4 Change other basic fields"'):
        demand(session, "P4", "WA")
    with pytest.raises(ValueError, match="no letters"):
        may("O2", "")


def test_words_come_from_the_comments(words: None) -> None:
    assert label("member", "join_date") == "Joining date"
    assert rule_sentence("rule_m17") == "The conversion date lies before the joining date."
