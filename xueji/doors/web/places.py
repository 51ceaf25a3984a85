"""The six places at the left, for each level and role, in the words of the notice (interface: "Where things are").

This table only says what is *shown*; what a post may see or do is decided by the services and by the database.
"""

from __future__ import annotations

from dataclasses import dataclass

from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.keys import node_keys
from xueji.pure.kernel.types import Actor, Level, Role

SCHOOL_POSTS = frozenset({Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD})
BUREAU_POSTS = frozenset({Role.CLERK, Role.HEAD})
REGISTRY_POSTS = SCHOOL_POSTS | BUREAU_POSTS
MAINTAINERS = frozenset({Role.SOFTWARE_MAINTAINER, Role.SYSTEM_ADMIN})
ADMINISTRATORS = MAINTAINERS | {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
EVERYONE = frozenset(Role)
ALL_LEVELS = frozenset(Level)


@dataclass(frozen=True, slots=True)
class Under:
    """A page of a place that has a line of its own below it."""

    title: str
    url: str
    roles: frozenset[Role] = REGISTRY_POSTS
    levels: frozenset[Level] = ALL_LEVELS
    of_nodes: bool = False  # shown only where this home is a node among others


@dataclass(frozen=True, slots=True)
class Place:
    """One place: ``key`` is the URL's first word and the icon's name, ``short`` the word on a phone."""

    key: str
    title: str
    short: str
    url: str
    roles: frozenset[Role] = REGISTRY_POSTS
    levels: frozenset[Level] = ALL_LEVELS
    under: tuple[Under, ...] = ()


_SCHOOL = frozenset({Level.SCHOOL})
_BUREAU = frozenset({Level.DISTRICT, Level.CITY})

PLACES: tuple[Place, ...] = (
    Place("home", "首页", "首页", "web:home", roles=EVERYONE, under=(Under("校历", "web:calendar", EVERYONE),)),
    Place(
        "pupils",
        "学籍",
        "学籍",
        "web:pupils",
        under=(
            Under("入学与建档", "web:intake", SCHOOL_POSTS, _SCHOOL),
            Under("单个学生登记", "web:intake-one", frozenset({Role.REGISTRAR}), _SCHOOL),
            Under("照片采集", "web:photos", SCHOOL_POSTS, _SCHOOL),
            Under("档案项目", "web:record-items", SCHOOL_POSTS, _SCHOOL),
            Under("报到注册", "web:rollcall"),
            Under("采集表与学籍卡", "web:pupil-forms", SCHOOL_POSTS, _SCHOOL),
            Under("升级", "web:promotion"),
            Under("毕业与结业", "web:leaving"),
            Under("升学与分班", "web:division", SCHOOL_POSTS, _SCHOOL),
        ),
    ),
    Place("figures", "统计", "统计", "web:figures", roles=frozenset({Role.RESEARCH})),
    Place(
        "changes",
        "变动",
        "变动",
        "web:changes",
        under=(
            Under("提出变动申请", "web:change-kinds", frozenset({Role.REGISTRAR}), _SCHOOL),
            Under("申请转入学生", "web:transfer-new", frozenset({Role.REGISTRAR}), _SCHOOL),
            Under("到校报到", "web:arrivals"),
            Under("转出待回执", "web:departures"),
            Under("辍学函告户籍地", "web:letters"),
            Under("外地借读与延缓入学", "web:outside"),
            Under("扫描归档", "web:changes-scan", frozenset({Role.REGISTRAR}), _SCHOOL),
            Under("通知", "web:notices"),
            Under("统筹安排", "web:placements", BUREAU_POSTS, _BUREAU),
            Under("待核重复", "web:duplicates", BUREAU_POSTS, _BUREAU),
            Under("跨区转学", "web:node-transfers", of_nodes=True),
        ),
    ),
    Place(
        "returns",
        "上报",
        "上报",
        "web:returns",
        under=(Under("常年核查", "web:standing"), Under("统计表", "web:statistics")),
    ),
    Place(
        "certificates",
        "证书与证明",
        "证书",
        "web:certificates",
        under=(
            Under("成批制证", "web:card-batches"),
            Under("验印", "web:attestations"),
            Under("成批打印证书", "web:diploma-batches", BUREAU_POSTS, _BUREAU),
            Under("查验", "web:certificate-check"),
            Under("版式", "web:certificate-templates", BUREAU_POSTS, _BUREAU),
            Under("空白证书", "web:blanks", frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD}) | BUREAU_POSTS),
        ),
    ),
    Place(
        "manage",
        "管理",
        "管理",
        "web:manage",
        roles=REGISTRY_POSTS | ADMINISTRATORS,
        under=(
            Under("学校与编码", "web:organisations"),
            Under("机构调整", "web:reorganisations", BUREAU_POSTS, _BUREAU),
            Under("班级", "web:class-groups", SCHOOL_POSTS, _SCHOOL),
            Under("台账", "web:ledgers"),
            Under("定期审核", "web:inspections"),
            Under("岗位与任职", "web:posts", REGISTRY_POSTS | {Role.SECURITY_ADMIN}),
            Under("培训", "web:training"),
            Under("备案", "web:filings", BUREAU_POSTS, _BUREAU),
            Under("制度与承诺书", "web:regime"),
            Under("电子印章", "web:seals"),
            Under("委托与代办", "web:standing-in"),
            Under("维护", "web:maintenance", MAINTAINERS, _BUREAU),
            Under("问题报告", "web:problems", REGISTRY_POSTS | MAINTAINERS),
            Under("专机", "web:machines", frozenset({Role.SECURITY_ADMIN}), _BUREAU),
            Under("节点与数据包", "web:exchange", BUREAU_POSTS | {Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}, _BUREAU),
            Under("查看与导出记录", "web:disclosures", REGISTRY_POSTS | {Role.AUDIT_ADMIN}),
            Under(
                "责任倒查单",
                "web:accountability",
                frozenset({Role.DEPUTY_HEAD, Role.HEAD, Role.CLERK}),
            ),
        ),
    ),
)


def places_of(actor: Actor) -> tuple[Place, ...]:
    """The places that this post has, in their order."""
    return tuple(place for place in PLACES if actor.role in place.roles and actor.level in place.levels)


def under_of(place: Place, actor: Actor) -> tuple[Under, ...]:
    """The lines below a place that this post has."""
    shown = (one for one in place.under if actor.role in one.roles and actor.level in one.levels)
    return tuple(one for one in shown if not one.of_nodes or node_keys.exists())


ROLE_NAMES: dict[Role, str] = dict(ROLE_TITLES)
