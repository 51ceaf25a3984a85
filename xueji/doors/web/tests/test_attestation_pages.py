"""验印 at the pages: from the request to the bureau's seal, the print on a blank, a spoilt blank, verification."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates.tests.attested import leaver, paper
from xueji.ground.documents.inspection import read_codes
from xueji.pure.kernel.operations import SetFields
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db
HOME, BLANKS = "/certificates/attestations/", "/certificates/blanks/"


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    return Lives(small_city)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def posted(client: Client, path: str, **values: object) -> str:
    answer = client.post(path, values)
    assert answer.status_code == 302, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))[:3000]
    return str(answer["Location"])


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    return found[1] if found else ""


def test_from_the_request_to_the_seal_the_print_a_spoilt_blank_and_verification(lives: Lives) -> None:
    city = lives.city
    good, changed = leaver(lives, name="欧阳𠮷").student, leaver(lives, name="王小明")
    not_ready = leaver(lives, name="丁一", guardian_1_name=None).student
    registrar, deputy = signed_in(city.registrar()), signed_in(city.deputy_head())
    clerk, head = signed_in(city.clerk()), signed_in(city.head())
    page = text(registrar, f"{HOME}new/")
    assert f'value="{good}"' in page
    assert f'value="{not_ready}"' not in page
    assert "电子档案尚未建全" in page
    assert '<td class="date nowrap" data-label="离校日期">2008-07-01</td>' in page
    order = posted(registrar, f"{HOME}new/graduation_certificate/", what="leavers", student=[good, changed.student])
    assert "证书验印 · 审核" in text(deputy, "/")
    lines = text(registrar, order)
    assert '<td class="date nowrap" data-label="出生日期">1996-03-04</td>' in lines
    assert "1996年3月4日" not in lines, "lists write days as everywhere; the paper writes them in words"
    posted(deputy, order, act="decide")
    lives.change(changed, "correction", date(2008, 7, 2), SetFields({"name": "王晓明"}))
    assert f"{HOME}?mine=yes" in text(clerk, "/")
    inbox = text(clerk, "/changes/")
    assert order in inbox, "it stands in the inbox too"
    assert 'name="pick"' not in inbox, "several at once are decided in its own list"
    beside = text(clerk, f"{order}?row=2")
    assert "一致 1 人，不一致 1 人" in beside
    assert "≠ 不一致" in beside
    assert "王晓明" in beside, "claim and register side by side"
    posted(clerk, order, act="examine", seen=seen(beside))
    # The head decides several at once; the exception was picked out before.
    ready = head.post(f"{HOME}bulk/", {"pick": [order.rstrip("/").rsplit("/", 1)[1]]}).content.decode()
    values = dict(re.findall(r'name="(pick|seen-[^"]+)" value="([^"]+)"', ready))
    assert posted(head, f"{HOME}bulk/", confirm="1", **values) == HOME
    assert "验印 1 份证书" in text(head, HOME)
    done = text(registrar, order)
    assert "与学籍库不一致：姓名" in done, "why one was left out"
    certificate = paper("32010421001-毕-2008-00001")
    assert head.post(f"{order}print/", {"paper": certificate.id}).status_code == 404, "the school prints"
    # No blank, no print.
    short = registrar.post(f"{order}print/", {"paper": certificate.id})
    assert (short.status_code, "未用的毕业证书空白只有 0 张" in short.content.decode()) == (409, True)
    posted(registrar, BLANKS, what="receive", kind="graduation_certificate", first="JS0809001", last="JS0809003")
    again = registrar.post(BLANKS, {"what": "receive", "kind": "graduation_certificate", "first": "JS0809003"})
    assert "已登记过" in again.content.decode()
    posted(registrar, BLANKS, what="printer", name="教务处针式", dx="1.5", dy="-2")
    printed = registrar.post(f"{order}print/", {"paper": certificate.id, "first_blank": "JS0809001"})
    assert printed.content.startswith(b"%PDF")
    twice = registrar.post(f"{order}print/", {"paper": certificate.id, "first_blank": "JS0809002"})
    assert "已打印：32010421001-毕-2008-00001（空白证书 JS0809001）" in twice.content.decode()
    # The printer ate it: the blank is written off, the same paper comes out on the next one.
    (blank,) = set(re.findall(r'name="blank" value="([^"]+)"><h2>作废空白证书 JS0809001', text(registrar, BLANKS)))
    posted(registrar, BLANKS, what="spoil", blank=blank, reason="卡纸")
    anew = registrar.post(f"{order}print/", {"paper": certificate.id, "first_blank": "JS0809002"})
    ((code, _),) = read_codes(anew.content, "application/pdf", "a.pdf")
    ledger = text(registrar, BLANKS)
    for said in ("JS0809001", "卡纸", "JS0809002", "32010421001-毕-2008-00001"):
        assert said in ledger
    assert registrar.post(f"{order}roll/").content.startswith(b"%PDF")
    assert "查验通过" in clerk.post("/certificates/check/", {"text": code}).content.decode()
    url = f"/certificates/{certificate.id}/void/"
    assert registrar.post(url, {"reason": "印错", "ground": "misprint"}).status_code == 409
    posted(deputy, url, reason="印错", ground="misprint")
    assert "已作废" in clerk.post("/certificates/check/", {"text": code}).content.decode()
    assert signed_in(city.registrar(BAIXIA_PRIMARY)).get(order).status_code == 404


def test_a_request_sent_back_comes_again_and_one_for_a_leaver_of_old_is_typed(lives: Lives) -> None:
    city = lives.city
    registrar, deputy, clerk = (signed_in(one) for one in (city.registrar(), city.deputy_head(), city.clerk()))
    letter = f"{HOME}new/graduation_attestation_letter/"
    filled = {
        "what": "archive", "name": "赵大年", "gender": "1", "birth_date": "19800506", "stage": "primary",
        "enrolled": "1987-09", "ended": "1993-07", "archive_number": "1993-12卷7页",
    }  # fmt: skip
    assert "请按 1999-09 的样子填写" in registrar.post(letter, {**filled, "ended": "93年"}).content.decode()
    order = posted(registrar, letter, **filled)
    posted(deputy, order, act="decide")
    assert "请核对纸质档案原件" in clerk.post(order, {"act": "examine"}).content.decode()
    assert "对照档案原件核对" in text(clerk, f"{order}?row=1")
    posted(clerk, order, act="examine", paper="1")
    assert text(registrar, order)
    sample = registrar.post(f"{BLANKS}sample/", {"kind": "graduation_certificate"})
    assert sample.content.startswith(b"%PDF")
