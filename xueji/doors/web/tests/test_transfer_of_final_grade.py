"""A transfer out of the final grade: asked why when it is lodged, shown with the reasons to who decides (C2, D2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.documents.tests import hostile
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.ways import class_of

pytestmark = pytest.mark.usefixtures("fresh_database")
SENTENCE = "毕业年级一般不办理转学，确需办理的请写明理由"


def _begin(city: SmallCity, environment: SeededEnvironment) -> dict[str, str | None]:
    row = child(1, grade=5)
    enrol(city, [row], kind="opening")
    enrol(city, [child(2, grade=5)], school=BAIXIA_PRIMARY, bureau=BAIXIA, kind="opening")
    environment.move_to(datetime(2008, 9, 8, 9, tzinfo=LOCAL_ZONE))
    return row


@pytest.fixture
def beginning() -> Beginning:
    return _begin


def test_the_final_grade_is_asked_why_and_who_decides_reads_the_answer(
    small_city: SmallCity, begun: dict[str, str | None]
) -> None:
    page = signed_in(small_city.registrar(BAIXIA_PRIMARY))

    def lodge(**more: str) -> Any:
        papers = {
            f"paper_{key}": SimpleUploadedFile(f"{key}.jpg", hostile.photo())
            for key in ("application_form", "move_proof")
        }
        typed: dict[str, Any] = {"step": "lodge", "name": begun["name"], "id_number": begun["id_number"], "gender": "1"}
        typed |= {"birth_date": begun["birth_date"], "reason": "全家迁居", **more, **papers}
        return page.post("/changes/transfer/", {**typed, "class_group": str(class_of(small_city, BAIXIA_PRIMARY))})

    refused = lodge()
    assert refused.status_code == 409
    assert SENTENCE in refused.content.decode()
    assert "需要特别说明的理由" in refused.content.decode()
    made = lodge(explanation="父母调动，原址无人照管")
    assert made.status_code == 302
    application = made.url.rstrip("/").rpartition("/")[2]
    step(small_city.proofreader(BAIXIA_PRIMARY), application, "proofread")
    deciding = signed_in(small_city.deputy_head(BAIXIA_PRIMARY))
    shown = deciding.get(made.url).content.decode()
    assert SENTENCE in shown
    assert "理由：全家迁居" in shown
    assert "需要特别说明的理由：父母调动，原址无人照管" in shown
    together = deciding.post("/changes/bulk/", {"pick": application}).content.decode()
    assert f"须核实：{SENTENCE}" in together
