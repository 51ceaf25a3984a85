"""Reads of the register. Row-level security of the caller applies; each read filters by school or student too."""

from xueji.registry.register.cuts import cut_digest, present_cut
from xueji.registry.register.selectors.as_of import AsOf, as_of, state_digest
from xueji.registry.register.selectors.cohorts import (
    Brief,
    CohortCount,
    CohortPupil,
    Left,
    briefs,
    cohort_counts,
    leavers,
    pupils_of_classes,
    pupils_of_status,
    unclassed_pupils,
)
from xueji.registry.register.selectors.completeness import (
    ClassCompleteness,
    Completeness,
    Gap,
    SchoolCompleteness,
    completeness,
    established_by_school,
    missing_by_label,
)
from xueji.registry.register.selectors.counts import Counts, class_counts, counts
from xueji.registry.register.selectors.facts import (
    KnownDocument,
    KnownNumber,
    KnownPerson,
    class_groups,
    existing_by_index,
    existing_by_person,
    numbers_in_use,
)
from xueji.registry.register.selectors.find import Found, Page, find_students, roster
from xueji.registry.register.selectors.moving import HeldPupil, guests_at, held_pupils
from xueji.registry.register.selectors.names import registration_numbers, student_names
from xueji.registry.register.selectors.outside import (
    entered_since,
    outside_child,
    outside_children,
    outside_guests,
    registered_as,
)
from xueji.registry.register.selectors.record import (
    StudentRecord,
    TimelineItem,
    record_with_timeline,
    student_record,
    student_records,
    timeline,
)

__all__ = [
    "AsOf",
    "Brief",
    "ClassCompleteness",
    "CohortCount",
    "CohortPupil",
    "Completeness",
    "Counts",
    "Found",
    "Gap",
    "HeldPupil",
    "KnownDocument",
    "KnownNumber",
    "KnownPerson",
    "Left",
    "Page",
    "SchoolCompleteness",
    "StudentRecord",
    "TimelineItem",
    "as_of",
    "briefs",
    "class_counts",
    "class_groups",
    "cohort_counts",
    "completeness",
    "counts",
    "cut_digest",
    "entered_since",
    "established_by_school",
    "existing_by_index",
    "existing_by_person",
    "find_students",
    "guests_at",
    "held_pupils",
    "leavers",
    "missing_by_label",
    "numbers_in_use",
    "outside_child",
    "outside_children",
    "outside_guests",
    "present_cut",
    "pupils_of_classes",
    "pupils_of_status",
    "record_with_timeline",
    "registered_as",
    "registration_numbers",
    "roster",
    "state_digest",
    "student_names",
    "student_record",
    "student_records",
    "timeline",
    "unclassed_pupils",
]
