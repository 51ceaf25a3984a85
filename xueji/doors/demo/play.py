"""One year and a quarter of the invented city, day by day, by the people whose act it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from xueji.doors.demo import filing, photographs, records_filled, reporting, rollcalls, transfers
from xueji.doors.demo.city import SchoolPlan
from xueji.doors.demo.people import Child, Place, Rosters
from xueji.doors.demo.rosters import Stage, load_rosters, lodge_workbook, roster_columns
from xueji.doors.demo.stories import Stories, Story
from xueji.doors.demo.transfers import at
from xueji.doors.demo.workbooks import write_roster
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.applications import services as applications
from xueji.registry.register import selectors as register

BUSINESS_DATE = date(2008, 11, 3)


@dataclass(slots=True)
class Played:
    """What the play left behind, for the last line of the command."""

    transfers: list[transfers.Transfer] = field(default_factory=list)
    certificates: int = 0


def play(stage: Stage, rosters: Rosters, stories: Stories, clock: SeededEnvironment) -> Played:
    """From the opening load of September 2007 to the business date."""
    played = Played()
    clock.move_to(at(date(2007, 9, 20)))
    stage.tell("一、建档：现有学生")
    load_rosters(stage, "opening", rosters.opening, year=2007)
    stage.tell("二、学年中的转学")
    _year_of_transfers(stage, rosters, stories, played, clock)
    filing.first_of_april(stage, clock)
    clock.move_to(at(date(2008, 4, 14)))
    stage.tell("三、2007-2008 学年度首次上报")
    reporting.first_round(stage, clock)
    stage.tell("四、毕业年级离校")
    _leaving(stage, clock)
    stage.tell("五、升级与新生入学")
    _turn_of_the_year(stage, rosters, clock)
    rollcalls.autumn(stage, clock)
    stage.tell("六、9月15日在办的转学，2008 年集中上报")
    pending = _pending_on_the_day(stage, rosters, stories, clock)
    reporting.yearly_round(stage, clock, pending)
    played.certificates = reporting.proofs(stage, clock)
    _left_open(stage, rosters, stories, clock)
    _photos_waiting(stage, stories)
    _record_filled(stage, stories)
    clock.move_to(at(BUSINESS_DATE, 8))
    return played


def _movers(stage: Stage, rosters: Rosters) -> list[tuple[Place, SchoolPlan]]:
    """Children who can move: of the main site, with an ID number, in no final grade in either year; one a school."""
    found = []
    for school in stage.city.schools:
        if school.kind in ("special", "migrant"):
            continue
        for place in rosters.opening[school.code]:
            if place.site is None and place.child.id_number and place.grade in (2, 3, 7) and place.child.gender == "2":
                found.append((place, school))
                break
    return found


def _receiver(stage: Stage, sender: SchoolPlan, place: Place, *, same_bureau: bool) -> SchoolPlan | None:
    """Another ordinary school of the stage, under the same bureau or another one."""
    for school in stage.city.schools:
        ordinary = school.kind not in ("special", "migrant") and school.code != sender.code
        alike = stage.bureau_of(school) == stage.bureau_of(sender)
        if ordinary and place.stage in school.stages and alike == same_bureau and school.central_school is None:
            return school
    return None


def _year_of_transfers(
    stage: Stage, rosters: Rosters, stories: Stories, played: Played, clock: SeededEnvironment
) -> None:
    """Transfers of the school year 2007: under one bureau and under two; all but one arrive."""
    movers = _movers(stage, rosters)[:-3]
    day = date(2007, 10, 15)
    for index, (place, sender) in enumerate(movers[:: max(1, len(movers) // 12)]):
        receiver = _receiver(stage, sender, place, same_bureau=index % 2 == 0)
        if receiver is None:
            continue
        clock.move_to(at(day))
        moved = transfers.lodge(stage, place, sender, receiver, "全家迁居，户口随迁")
        transfers.advance(stage, moved, clock)
        played.transfers.append(moved)
        clock.advance(timedelta(days=2))
        transfers.confirm_arrival(stage, moved, _student(stage, receiver, place))
        if index == 0:
            stories.tell("transfer", "同一主管教育局内转学：学籍号成链", place.child, receiver)
        if index == 1:
            stories.tell("transfer_two_bureaus", "跨区转学：九个人各办一步", place.child, receiver)
        day += timedelta(days=14)


def _student(stage: Stage, school: SchoolPlan, place: Place) -> UUID:
    """The child in the school's own list, by name and birth date."""
    actor = stage.founded.actor(school.code, Role.REGISTRAR)
    with acting(actor):
        page = register.find_students(schools=[stage.founded.organisations[school.code]], query=place.child.name)
    return next(one.student for one in page.pupils if one.birth_date == place.child.birth_date)


def _leaving(stage: Stage, clock: SeededEnvironment) -> None:
    for school in stage.city.schools:
        for level in school.stages:
            clock.move_to(at(date(2008, 6, 24)))
            deputy = stage.founded.actor(school.code, Role.REGISTRAR)
            with acting(deputy):
                result = applications.lodge_leaving(
                    actor=deputy, school=stage.founded.organisations[school.code], stage=level, school_year=2007
                )
            _decide(stage, school, result.application)
            clock.advance(timedelta(days=8))
            head = stage.founded.actor(stage.bureau_of(school), Role.HEAD)
            with acting(head):
                applications.act(actor=head, application=result.application, act="approve")


def _decide(stage: Stage, school: SchoolPlan, application: UUID) -> None:
    deputy = stage.founded.actor(school.code, Role.DEPUTY_HEAD)
    with acting(deputy):
        applications.act(actor=deputy, application=application, act="decide")


def _turn_of_the_year(stage: Stage, rosters: Rosters, clock: SeededEnvironment) -> None:
    """Promotion prepared in late August, entrants in the first week of September."""
    clock.move_to(at(date(2008, 8, 27)))
    for school in stage.city.schools:
        registrar = stage.founded.actor(school.code, Role.REGISTRAR)
        with acting(registrar):
            result = applications.lodge_promotion(
                actor=registrar, school=stage.founded.organisations[school.code], school_year=2008
            )
        _decide(stage, school, result.application)
    clock.move_to(at(date(2008, 9, 4)))
    load_rosters(stage, "entrants", rosters.entrants, year=2008)


def _pending_on_the_day(
    stage: Stage, rosters: Rosters, stories: Stories, clock: SeededEnvironment
) -> transfers.Transfer:
    """A transfer across two districts, lodged before 15 September and decided on the 22nd."""
    place, sender = _movers(stage, rosters)[-2]
    receiver = _receiver(stage, sender, place, same_bureau=False)
    if receiver is None:
        raise LookupError("the city has only one bureau")
    clock.move_to(at(date(2008, 9, 11)))
    pending = transfers.lodge(stage, place, sender, receiver, "父母工作调动，全家迁居")
    transfers.advance(stage, pending, clock, steps=3)
    stories.tell("pending", "9月15日在办的转学：计在转出校，两校都列出", place.child, sender)
    return pending


def _left_open(stage: Stage, rosters: Rosters, stories: Stories, clock: SeededEnvironment) -> None:
    """Work that waits on the business date, so that no inbox of the demo is empty."""
    place, sender = _movers(stage, rosters)[-1]
    receiver = _receiver(stage, sender, place, same_bureau=True) or _receiver(stage, sender, place, same_bureau=False)
    if receiver is None:
        return
    clock.move_to(at(date(2008, 10, 27)))
    transfers.advance(stage, transfers.lodge(stage, place, sender, receiver, "家庭住址变动"), clock, steps=2)
    _doubtful_entrant(stage, rosters, stories, place, receiver)


def _photos_waiting(stage: Stage, stories: Stories) -> None:
    """A school's photos, uploaded and read; its registrar confirms them, then the cards can be ordered."""
    school = stage.city.schools[0]
    title = "照片已上传、待确认：该校学籍管理员到“学籍—照片采集”采用，再到“成批制证”办学生证"
    stories.told.append(Story("photos", title, photographs.collect(stage, school), school.code))


def _record_filled(stage: Stage, stories: Stories) -> None:
    """A class whose marks and fitness stand in the records, and a pupil of it of whom no section is empty."""
    school = stage.city.schools[0]
    title = "成绩、体质、奖惩、资助都有登记的学籍档案；全班有上学期成绩和体质测试"
    stories.told.append(Story("record_items", title, records_filled.fill(stage, school), school.code))


def _doubtful_entrant(stage: Stage, rosters: Rosters, stories: Stories, known: Place, school: SchoolPlan) -> None:
    """A late entrant whose ID number another child of the register bears: parked for both bureaus (待核重复)."""
    entrant = rosters.entrants[school.code][0]
    values = {**entrant.child.values, "birth_date": known.child.birth_date.isoformat()}
    values |= {"gender": known.child.values["gender"], "name": known.child.name[:1] + "一鸣"}
    double = Child(
        0, values["name"], known.child.gender, known.child.birth_date, school.district, known.child.id_number, values
    )
    path = stage.folder / f"{school.code}-补报新生花名册-2008.xlsx"
    place = Place(double, school, entrant.stage, entrant.grade, entrant.class_no)
    write_roster(path, roster_columns("entrants"), [place], "entrants")
    lodge_workbook(stage, school, "entrants", path)
    stories.tell("suspected_duplicate", "待核重复：身份证件号已在学籍库中，姓名不同，等双方教育局核定", double, school)


__all__ = ["BUSINESS_DATE", "Played", "play"]
