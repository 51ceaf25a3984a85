"""变动."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.changes import (
    acting,
    application,
    arrivals,
    between_nodes,
    bulk,
    departures,
    duplicates,
    evidence,
    inbox,
    new,
    notices,
    outside,
    paper,
    papers,
    placing,
    placing_child,
    scan,
    transfer,
)

urlpatterns = [
    path("", inbox.inbox, name="changes"),
    path("bulk/", bulk.confirm, name="changes-bulk"),
    path("bulk/act/", bulk.act, name="changes-bulk-act"),
    path("notices/", notices.listing, name="notices"),
    path("new/", new.kinds, name="change-kinds"),
    path("new/<slug:kind>/", new.find, name="change-new"),
    path("new/<slug:kind>/form/", papers.blank, name="change-form-blank"),
    path("new/<slug:kind>/<uuid:student>/print/<slug:paper>/", papers.for_pupil, name="change-print-of"),
    path("new/<slug:kind>/<uuid:student>/", new.of_pupil, name="change-new-of"),
    path("scan/", scan.upload, name="changes-scan"),
    path("scan/confirm/", scan.confirm, name="changes-scan-confirm"),
    path("transfer/", transfer.new, name="transfer-new"),
    path("arrivals/", arrivals.arrivals, name="arrivals"),
    path("arrivals/<uuid:student>/", arrivals.trace, name="arrival-trace"),
    path("departures/", departures.departures, name="departures"),
    path("outside/", outside.listing, name="outside"),
    path("placements/", placing.listing, name="placements"),
    path("placements/new/", placing.new, name="placement-new"),
    path("placements/new/child/", placing_child.new, name="placement-new-child"),
    path("between-nodes/", between_nodes.listing, name="node-transfers"),
    path("between-nodes/new/", between_nodes.new, name="node-transfer-new"),
    path("between-nodes/<uuid:case>/", between_nodes.show, name="node-transfer"),
    path("duplicates/", duplicates.listing, name="duplicates"),
    path("duplicates/<uuid:duplicate>/", duplicates.show, name="duplicate"),
    path("<uuid:application>/", application.show, name="application"),
    path("<uuid:application>/act/", acting.act, name="application-act"),
    path("<uuid:application>/roster/", paper.roster, name="application-roster"),
    path("<uuid:application>/print/<slug:paper>/", papers.printed, name="application-print"),
    path("<uuid:application>/evidence/add/", papers.add, name="application-evidence-add"),
    path("<uuid:application>/evidence/<uuid:document>/", evidence.viewer, name="application-evidence"),
    path(
        "<uuid:application>/evidence/<uuid:document>/pages/<int:page>/",
        evidence.picture,
        name="application-evidence-page",
    ),
    path(
        "<uuid:application>/evidence/<uuid:document>/original/",
        evidence.original,
        name="application-evidence-original",
    ),
]
