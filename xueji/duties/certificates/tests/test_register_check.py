"""比对: a state row that the journals do not bear out stops the paper, and the field is named (clause C2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from tests.small_city import PRIMARY
from xueji.duties.certificates.tests.support import issue
from xueji.pure.kernel.types import Refused
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.usefixtures("fresh_database")

_STUDENT = "UPDATE register_student SET {} WHERE id = %s"
_REGISTRATION = "UPDATE register_registration SET {} WHERE student_id = %s"
_SPELL = "UPDATE register_spell SET {} WHERE student = %s AND dimension = '{}'"
TAMPERINGS = (
    (_STUDENT.format("name = '张假名'"), "姓名"),
    (_STUDENT.format("gender = '9'"), "性别"),
    (_STUDENT.format("birth_date = '2000-01-01'"), "出生日期"),
    (_STUDENT.format("id_index = sha256('x')"), "身份证件号码"),
    (_STUDENT.format("""fields = fields || '{"ethnic_group": "05"}'"""), "民族"),
    (_REGISTRATION.format("number = left(number, 17) || '99', student_number = left(student_number, 6) || '99'"),
     "学籍号"),
    (_REGISTRATION.format("stage = 'junior'"), "学段"),
    (_REGISTRATION.format("started_on = '2007-09-16'"), "起止日期"),
    (_REGISTRATION.format("voided = true"), "是否作废"),
    (_SPELL.format("value = 'suspended'", "status"), "学籍状态"),
    (_SPELL.format("value = NULL", "class_group"), "班级"),
)  # fmt: skip


def test_whatever_was_changed_behind_the_journals_back_is_named(lives: Lives) -> None:
    for tampering, field in TAMPERINGS:
        pupil = lives.open()
        assert issue(lives.city, pupil.student).number
        with connections["owner"].cursor() as cursor:
            cursor.execute(tampering, [pupil.student])
            assert cursor.rowcount == 1
        with pytest.raises(Refused) as caught:
            issue(lives.city, pupil.student)
        assert caught.value.code == "certificate.register_check"
        assert f"比对不一致：{field}。" in caught.value.message


def _numbers(owner: psycopg.Connection) -> tuple[list[str], int]:
    rows = owner.execute("SELECT number FROM certificates_certificate ORDER BY number").fetchall()
    last = owner.execute("SELECT coalesce(max(last), 0) FROM certificates_certificatecounter").fetchone()
    prints = owner.execute("SELECT count(*) FROM disclosure_disclosure WHERE kind = 'print'").fetchone()
    assert last is not None
    assert prints == (len(rows),)
    return [row[0] for row in rows], last[0]


def test_cut_off_between_number_and_store_there_is_no_gap_and_no_line(
    lives: Lives, owner_connection: psycopg.Connection
) -> None:
    """The server loses its client at every few statements, as when the process is killed (invariant 14)."""
    pupil = lives.open()
    killed = 0
    for at in range(1, 200, 2):
        connections.close_all()
        try:
            with connection.execute_wrapper(_cuts_off(owner_connection, at)):
                issue(lives.city, pupil.student)
            break
        except OperationalError:
            killed += 1
        assert _numbers(owner_connection) == ([], 0)
    assert killed > 5
    assert _numbers(owner_connection) == ([f"{PRIMARY}-证-2008-00001"], 1)


def _cuts_off(owner: psycopg.Connection, at: int) -> Callable[..., Any]:
    """A wrapper that ends the server's side of the connection at the ``at``-th statement."""
    count = 0

    def cut(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            owner.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.connection.info.backend_pid])
        return execute(sql, params, many, context)

    return cut
