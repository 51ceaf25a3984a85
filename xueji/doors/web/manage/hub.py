"""管理: the doors to what a post manages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.places import PLACES, places_of, under_of
from xueji.doors.web.shell import address
from xueji.pure.kernel.types import Actor

_TEXTS = {
    "web:figures": "分年级、分性别的在籍、在校人数，不含个人",
    "web:organisations": "学校名称、代码、类别、隶属关系",
    "web:reorganisations": "学校、区县的合并、拆分、撤销、更名，学籍随转",
    "web:class-groups": "本校各届的班级",
    "web:ledgers": "转入转出、休学复学、借读、辍学、更正等台账，变动汇总",
    "web:inspections": "每学期自查、教育局抽查，问题、更正、复查和汇总",
    "web:posts": "岗位、任职人、交接、开户和激活单",
    "web:training": "谁培训过、何时到期，各期培训和考核成绩",
    "web:standing-in": "请假时委托同事，空缺岗位指定代办人",
    "web:filings": "每年 4 月 1 日前报备学校代码和学籍管理人员",
    "web:seals": "学校公章、学籍专用章、验印章的电子印章，申请、批准、停用",
    "web:regime": "岗位责任、保密、管理规程的版本，保密承诺书",
    "web:maintenance": "版本、备份和恢复演练、磁盘、后台任务、数据包、日志",
    "web:problems": "使用中的问题，学校报区县，区县报市局",
    "web:machines": "限定单位在登记的机器、规定的网段上办理",
    "web:exchange": "与其他节点交换的数据包、回执、拒收原因和密钥",
    "web:disclosures": "谁显示了完整信息、导出、打印",
    "web:accountability": "一名学生或一个号码的经手人和依据",
}


def doors_of(actor: Actor) -> list[dict[str, str]]:
    """The pages of the first page's tiles for posts to which nothing is sent: what they look after."""
    pages = [one for place in places_of(actor) for one in (under_of(place, actor) or (place,))]
    return [
        {"title": one.title, "text": _TEXTS.get(one.url, ""), "url": address(one.url)}
        for one in pages
        if one.url in _TEXTS
    ]


def manage(request: HttpRequest) -> HttpResponse:
    """One tile for each page below."""
    place = next(one for one in PLACES if one.key == "manage")
    tiles = [
        {"title": one.title, "text": _TEXTS[one.url], "url": address(one.url)}
        for one in under_of(place, actor_of(request))
        if address(one.url)
    ]
    return render(request, "manage/manage.html", {"tiles": tiles, "help": help_for("manage")})
