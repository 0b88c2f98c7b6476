"""A city of one branch, loaded from its workbook, with a committee that works in it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin.db import INSTALLER, Actor, db, work_as
from partyadmin.identity import hash_password
from partyadmin.models import Organisation
from partyadmin.operations import acting
from partyadmin.operations.account import give_post, open_account
from partyadmin.operations.exchange import import_workbook
from partyadmin.operations.organisation import found_root
from tests.workbook.making import valid_number, workbook

PASSWORD = "十二个字以上的口令才算安全"
NUMBER, OTHER = valid_number("34070219800301123"), valid_number("34070219850612246")
ORGANISATIONS = (
    ("党组织编码", "上级党组织编码", "党组织名称", "组织类别", "是否具有审批预备党员权限"),
    ("001", None, "中共云岭市委员会", "设区的市（自治州）委员会", "否"),
    ("001001", "001", "中共云岭市甲县委员会", "县委", "否"),
    ("001001001", "001001", "中共甲县教育局委员会", "党委", "是"),
    ("001001001001", "001001001", "中共甲县一中支部委员会", "支部", "否"),
)
MEMBERS = (
    ("姓名", "性别", "民族", "公民身份证号", "出生日期", "学历", "人员类别", "所在党支部编码",
     "加入党组织日期", "转为正式党员日期", "工作岗位", "手机号", "家庭住址"),
    ("张春生", "男", "汉族", NUMBER, "1980-03-10", "大学", "正式党员", "001001001001", "2004-07-01",
     "2005-07-01", "公务员", "13905620001", "云岭市人民路1号2栋3室"),
    ("李秋实", "女", "汉族", OTHER, "1985-06-12", "大学", "正式党员", "001001001001", "2008-07-01",
     "2009-07-01", "公务员", "13905620002", "云岭市人民路2号2栋3室"),
)  # fmt: skip


def load_city(registry: Any) -> None:
    """Founds the city, loads its workbook as the city's loader, and opens the committee's account."""
    engine = sa.create_engine(registry.url("owner").replace("postgresql://", "postgresql+psycopg://"))
    with Session(engine, expire_on_commit=False) as installer:
        work_as(installer, INSTALLER)
        with acting(installer, "开通"):
            root = found_root(installer, "中共云岭市委员会", "city")
            give_post(installer, open_account(installer, "shi.zhao", "赵市", root, None), "city", root)
        loader = db.session()
        work_as(loader, Actor("shi.zhao", "city@001"))
        content = workbook(ORGANISATIONS, sheet="党组织", 党员=MEMBERS)
        result = import_workbook(loader, content, "云岭市采集表.xlsx", 2**20, lambda *amounts: None)
        assert (result.batch.members.accepted, result.batch.refused) == (2, [])
        db.session.remove()
        with acting(installer, "开通"):
            place = installer.scalar(sa.select(Organisation).filter_by(code="001001001"))
            assert place is not None
            account = open_account(installer, "jiaoyu.qian", "钱敏", place, hash_password(PASSWORD))
            give_post(installer, account, "basic", place)
    engine.dispose()
