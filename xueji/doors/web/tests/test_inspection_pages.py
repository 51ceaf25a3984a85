"""定期审核 at the pages: the bureau draws, compares, hands over; the school mends; another person signs off."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.inspections.tests.support import school_with_pupils
from xueji.pure.kernel.environment import SeededEnvironment

pytestmark = pytest.mark.django_db
HOME = "/manage/inspections/"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def posted(client: Client, path: str, **values: str) -> str:
    answer = client.post(path, values)
    assert answer.status_code == 302, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))[:2000]
    return str(answer["Location"])


def filled(page: str, wrong: str = "") -> dict[str, str]:
    """Every item right, but one."""
    items = dict.fromkeys(re.findall(r'name="v-(\w+)"', page))
    values = {f"v-{item}": "wrong" if item == wrong else "right" for item in items}
    return {**values, f"s-{wrong}": "核对表没有监护人签名", f"r-{wrong}": "class_teacher"} if wrong else values


def test_from_the_bureaus_sample_to_the_sign_off(small_city: SmallCity, environment: SeededEnvironment) -> None:
    school_with_pupils(small_city, environment, count=3)
    clerk, head = signed_in(small_city.clerk(QINHUAI)), signed_in(small_city.head(QINHUAI))
    registrar, other = signed_in(small_city.registrar()), signed_in(small_city.registrar(BAIXIA_PRIMARY))
    bad = clerk.post(f"{HOME}rounds/new/", {"title": "", "school_method": "named", "method": "random"})
    assert bad.status_code == 409
    assert "请选择要检查的学校" in bad.content.decode()
    round_url = posted(
        clerk, f"{HOME}rounds/new/", title="2008年秋季检查", school_method="named", method="random",
        schools=str(small_city.id(PRIMARY)), records="1", procedures="0", seed="a1b2", retention="1",
    )  # fmt: skip
    page = text(clerk, round_url)
    assert "a1b2" in page
    (found,) = set(re.findall(rf'"({HOME}[0-9a-f-]{{36}}/)"', page))
    assert "请按名单备好纸质档案" in text(registrar, found), "the school knows what to have ready, not what is found"
    assert registrar.get(f"{found}school/").status_code == 404

    posted(clerk, f"{found}school/", **filled(text(clerk, f"{found}school/")))
    (line,) = set(re.findall(rf'"({HOME}line/\d+/)"', text(clerk, found)))
    beside = text(clerk, line)
    assert "学籍库" in beside
    assert "纸质材料" in beside
    assert "证件号、电话和住址已部分隐去" in beside
    shown = clerk.post(line, {"act": "reveal", "ground": "核对户口簿"}).content.decode()
    assert "正在显示完整号码和住址" in shown
    posted(clerk, line, **filled(beside, wrong="form"))
    posted(clerk, found, act="hand_over")

    assert "核对表没有监护人签名" in text(registrar, HOME)
    assert other.get(found).status_code == 404
    (finding,) = set(re.findall(rf'"({HOME}findings/[0-9a-f-]{{36}}/)"', text(registrar, found)))
    assert UUID(finding.rstrip("/").rsplit("/", 1)[1])
    assert head.post(found, {"act": "sign_off"}).status_code == 409, "a finding is open"
    posted(registrar, finding, act="correct", note="家长已补签，存入档案")
    assert clerk.post(finding, {"act": "accept"}).status_code == 409, "the finder does not look again"
    assert "须由另一个人复查" in text(clerk, finding)
    assert "定期审核 · 复查" in text(head, "/")
    posted(head, finding, act="accept")
    posted(head, found, act="sign_off")
    assert "已办结" in text(registrar, found)
    assert "控辍保学（办结时）" in text(head, found)

    summary = text(head, f"{HOME}summary/")
    assert "采集表或核对表有监护人签名" in summary
    assert head.get(f"{HOME}summary/print/").content.startswith(b"%PDF")
    assert head.get(f"{HOME}summary/file/").content.startswith(b"PK")
    assert "各校辍学与报到对不对得上" in text(head, f"{HOME}retention/")
    assert "抽查学校" in text(clerk, HOME)


def test_the_school_begins_its_own_check_from_its_page(small_city: SmallCity, environment: SeededEnvironment) -> None:
    school_with_pupils(small_city, environment, count=2)
    registrar, deputy = signed_in(small_city.registrar()), signed_in(small_city.deputy_head())
    assert "本学期自查 · 开始" in text(registrar, "/")
    assert f"{HOME}begin/" not in text(deputy, HOME)
    own = posted(registrar, f"{HOME}begin/")
    assert "自查" in text(registrar, own)
    assert "打开自查" in text(deputy, HOME)
    assert registrar.post(f"{HOME}begin/").status_code == 409
