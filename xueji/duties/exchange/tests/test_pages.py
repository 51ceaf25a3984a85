"""The pages by which nodes are kept and pupils moved between them, by the posts that may."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.doors.web.tests.support import signed_in
from xueji.duties.exchange import services
from xueji.duties.exchange.models import NodeAct, NodeTransfer, Package, Peer
from xueji.duties.exchange.services import arriving
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.selectors import actors_of
from xueji.ground.accounts.services import RosterRow, admit_roster
from xueji.ground.keys import node_keys
from xueji.ground.keys.tests.openssl import openssl_is
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role

TRANSFERS, PAGE, KEYS = "/changes/between-nodes/", "/manage/exchange/", "/manage/exchange/keys/"
DAY = date(2007, 9, 1)


def browser(node: Node, role: Role, code: str = "") -> Client:
    """A browser at a node, signed in as somebody who holds such a post there."""
    with node.at(), acting_system() as system:
        row = RosterRow(2, f"{code}{role}", code or node.code, role, started_on=DAY, trained_on=DAY)
        actor = actors_of(admit_roster(actor=system, rows=[row]).slips[0].account)[0]
    with node.at():
        return signed_in(actor)


def get(node: Node, client: Client, url: str) -> str:
    with node.at():
        answer = client.get(url)
    return answer.content.decode() if answer.status_code == 200 else f"[{answer.status_code}]"


def post(node: Node, client: Client, url: str, **values: Any) -> int:
    with node.at():
        return client.post(url, values).status_code


def test_both_bureaus_and_schools_see_a_transfer_between_nodes_which_the_sending_head_refuses_or_grants(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    city, sender, receiver = nodes.city, nodes.qinhuai, nodes.baixia
    environment.move_to(datetime(2007, 10, 15, 9, tzinfo=LOCAL_ZONE))
    with sender.at():
        child = sender.lives.open(intake_year=2005, name="李丽")
        number = f"{PRIMARY}20050101"
    with receiver.at():
        group = receiver.lives.group(BAIXIA_PRIMARY, "primary", 2005)
    asks, decides = browser(receiver, Role.HEAD), browser(sender, Role.HEAD)
    clerk, school = browser(sender, Role.CLERK), browser(sender, Role.REGISTRAR, PRIMARY)
    assert "没有跨区转学" in get(sender, decides, TRANSFERS)
    assert get(receiver, browser(receiver, Role.CLERK), f"{TRANSFERS}new/") == "[404]"
    asked = {"step": "ask", "grade": "3", "number": number, "name": "李丽", "class_group": str(group)}
    assert post(receiver, asks, f"{TRANSFERS}new/", **asked, reason="") == 422
    assert post(receiver, asks, f"{TRANSFERS}new/", **asked, reason="全家迁居") == 302
    assert post(receiver, asks, f"{TRANSFERS}new/", **asked, reason="全家迁居") == 409
    for one, other in ((sender, city), (receiver, city), (city, sender)):
        assert send(one, other).accepted
    with sender.at(), acting_system():
        case = NodeTransfer.objects.get()
    page = f"{TRANSFERS}{case.id}/"
    listed = get(sender, decides, TRANSFERS)
    assert "1 件等本局办理" in listed
    assert "李*" in listed
    assert "李丽" not in listed
    shown = get(sender, decides, page)
    for words in ("李丽", "秦淮云锦小学", "白下月华小学", "全家迁居", "同意转出…", f"/pupils/{child.student}/"):
        assert words in shown
    assert "由本局负责人决定" in get(sender, clerk, page)
    assert "李丽" in get(sender, school, page)
    assert get(sender, browser(sender, Role.REGISTRAR, "32010421002"), page) == "[404]"
    assert page in get(sender, decides, "/changes/notices/")
    assert post(sender, clerk, page, act="release") == 409
    assert post(sender, decides, page, act="refuse", reason=" ") == 409
    assert post(sender, decides, page, act="release") == 302
    assert "在途" in get(sender, decides, page)
    assert send(sender, city).accepted
    overview = get(city, browser(city, Role.HEAD), PAGE)
    for words in ("在途学生", "1 人", "李*", "秦淮云锦小学", "白下月华小学", "2007-10-15"):
        assert words in overview
    assert send(city, receiver).accepted
    assert "学籍接续" in get(receiver, asks, page)
    assert "已接续" in get(receiver, browser(receiver, Role.REGISTRAR, BAIXIA_PRIMARY), TRANSFERS)


def test_the_security_administrator_keeps_the_keys_and_the_bureau_carries_the_packages(
    nodes: Nodes, tmp_path: Path
) -> None:
    city, district = nodes.city, nodes.qinhuai
    keeper, clerk = browser(district, Role.SECURITY_ADMIN), browser(district, Role.CLERK)
    audit = browser(district, Role.AUDIT_ADMIN)
    with city.at(), acting_system():
        node_keys.rotate(lost="电脑被盗")
        fingerprint = node_keys.load().current.public.fingerprint
    public = json.dumps(city.public()).encode()

    def trust(client: Client, **values: str) -> int:
        file = SimpleUploadedFile("node.json", public)
        return post(district, client, KEYS, act="trust", file=file, **values)

    assert trust(clerk, fingerprint=fingerprint, replace="1") == 409
    assert trust(keeper, fingerprint="", replace="1") == 409
    assert trust(keeper, fingerprint="0000 0000", replace="1") == 409
    assert trust(keeper, fingerprint=fingerprint) == 409  # no key of its own speaks for it
    assert trust(keeper, fingerprint=fingerprint, replace="1") == 302
    assert post(district, keeper, KEYS, act="rotate") == 302
    assert post(district, clerk, KEYS, act="rotate") == 409
    with openssl_is(tmp_path / "bin"):
        assert post(district, keeper, KEYS, act="rotate", signing="sm2") == 409
        with district.at():
            told = keeper.post(KEYS, {"act": "rotate", "signing": "sm2"}).content.decode()
        assert "没有找到 openssl 程序" in told
        assert '<option value="sm2" selected>' in told  # what was chosen stays
    assert post(district, keeper, KEYS, act="rotate", signing="rsa") == 409
    assert post(district, keeper, KEYS, act="rotate", signing="sm2") == 302
    with district.at(), acting_system():
        key = Peer.objects.get(code=nodes.baixia.code).keys.get().key_id
    assert post(district, keeper, KEYS, act="revoke", key=key, reason="") == 409
    assert post(district, keeper, KEYS, act="revoke", key=key, reason="钥匙丢失") == 302
    shown = get(district, audit, KEYS)
    for words in (
        fingerprint,
        "吊销：钥匙丢失",
        "更换丢失的密钥",
        "更换本节点密钥",
        "您只能查看",
        "国密 SM2（SM3）",
        "签名算法：国密 SM2（SM3）",
    ):
        assert words in shown
    with district.at():
        written = keeper.post(f"{KEYS}public/", {"address": "https://qinhuai.example"}).json()
    assert (written["code"], written["address"], len(written["keys"])) == (district.code, "https://qinhuai.example", 3)

    assert post(district, keeper, PAGE, act="push") == 409
    assert post(district, clerk, PAGE, act="push") == 302
    assert post(district, clerk, PAGE, act="order", peer="320199") == 409
    assert post(district, clerk, PAGE, act="order", peer=city.code) == 302
    with district.at():
        with acting_system():  # what the ordered job does
            made = services.export(to=city.code)
        package = clerk.post(f"{PAGE}packages/{made.id}/file/").getvalue()
    carrier = browser(city, Role.CLERK)
    assert post(city, carrier, PAGE, act="upload", file=SimpleUploadedFile("a.xjp", package[:-5])) == 409
    assert post(city, carrier, PAGE, act="upload", file=SimpleUploadedFile("a.xjp", package)) == 302
    with city.at():
        assert arriving.take_arrived() == 1
        with acting_system():
            taken = Package.objects.get(direction="in", state="accepted", digest=made.digest)
        receipt = carrier.get(f"{PAGE}packages/{taken.id}/receipt/").content
    assert "数据包不完整" in get(city, carrier, PAGE)
    wrong = SimpleUploadedFile("r.json", b'{"format": "other"}')
    assert post(district, clerk, PAGE, act="upload", file=wrong) == 409
    assert post(district, clerk, PAGE, act="upload", file=SimpleUploadedFile("r.json", receipt)) == 302
    with district.at():
        arriving.take_arrived()
        with acting_system():
            assert Package.objects.get(direction="out", digest=made.digest).state == "accepted"
            acts = list(NodeAct.objects.order_by("at", "id").values_list("act", flat=True))
    assert sorted(acts) == sorted(
        ["replace", "rotate", "rotate", "revoke", "public", "push", "order", "fetch", "upload_receipt"]
    )
