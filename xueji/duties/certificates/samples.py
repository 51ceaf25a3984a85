"""Who stands on a bureau's samples: invented, with the longest name that must fit and with rare characters."""

from __future__ import annotations

from collections.abc import Mapping

from xueji.duties.certificates.sheets import SAMPLE

#: Every fact that a paper in words may say.
SAMPLE_FACTS: Mapping[str, str] = {
    **SAMPLE,
    "status": "在读",
    "status_since": "2008年3月3日",
    "home_school": "样张学校（外地）",
    "former_school": "样张学校",
    "how_ended": "毕业",
    "keeping": "",
    # 转学证明
    "to_region": "样张省样张市样张区",
    "to_school": "样张学校（接收）",
    "reason": "随父母迁居",
    "decided_on": "2008年9月1日",
    "due_on": "2008年10月20日",
    "file_number": "样张-2008-40-0001",
    "file_code": "",
    "document": "000000199312310000",
    # 花名册
    "heading": "毕业生花名册",
    "bureau": "样张区教育局",
    "year": "2008年",
    "of_kind": "毕业证书",
    "first": "样张-毕-2008-00001",
    "last": "样张-毕-2008-00003",
    "count": "3",
    "left_out": "同一申请中另有1人未予验印，不在本册。",
    "attested_on": "2008年7月1日",
    "digest": "0000000000000000",
}
SAMPLE_ROWS: tuple[tuple[str, ...], ...] = tuple(
    (str(place), f"样张-毕-2008-0000{place}", name, "男", "1993年12月31日", f"0000000000020050{place:03d}",
     "九（1）班", "", "")
    for place, name in enumerate((SAMPLE["name"], "样一", "样张·样三"), start=1)
)  # fmt: skip
