"""管理."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.manage import (
    accountability,
    classes,
    courses,
    disclosures,
    drafting,
    exchange,
    handing_over,
    hub,
    machines,
    node_keys,
    organisations,
    posts,
    reconciling,
    reorganisations,
    reorganising,
    standing_in,
    training,
)

urlpatterns = [
    path("", hub.manage, name="manage"),
    path("organisations/", organisations.listing, name="organisations"),
    path("organisations/new/", drafting.new, name="school-new"),
    path("organisations/<uuid:organisation>/", organisations.show, name="organisation"),
    path("reorganisations/", reorganisations.listing, name="reorganisations"),
    path("reorganisations/new/<slug:kind>/", reorganising.new, name="reorganisation-new"),
    path("reorganisations/<uuid:act>/", reorganisations.show, name="reorganisation"),
    path("reorganisations/<uuid:act>/revise/", reorganising.revise, name="reorganisation-revise"),
    path("reorganisations/<uuid:act>/document/", reorganisations.document, name="reorganisation-document"),
    path("reorganisations/<uuid:act>/paper/", reorganisations.paper, name="reorganisation-paper"),
    path("classes/", classes.classes, name="class-groups"),
    path("posts/", posts.posts, name="posts"),
    path("posts/template/", posts.template, name="roster-template"),
    path("posts/roster/", posts.roster, name="roster"),
    path("posts/<uuid:holding>/", posts.holding, name="holding"),
    path("posts/<uuid:holding>/handover/", handing_over.handover, name="handover"),
    path("training/", training.training, name="training"),
    path("training/courses/new/", courses.new, name="course-new"),
    path("training/courses/<uuid:course>/", courses.show, name="course"),
    path("training/courses/<uuid:course>/file/", courses.file, name="course-file"),
    path("machines/", machines.machines, name="machines"),
    path("standing-in/", standing_in.page, name="standing-in"),
    path("accountability/", accountability.accountability, name="accountability"),
    path("exchange/", exchange.exchange, name="exchange"),
    path("exchange/keys/", node_keys.keys, name="node-keys"),
    path("exchange/keys/public/", node_keys.public, name="node-public"),
    path("exchange/packages/<uuid:package>/file/", exchange.package_file, name="package-file"),
    path("exchange/packages/<uuid:package>/receipt/", exchange.package_receipt, name="package-receipt"),
    path("exchange/reconciliations/<uuid:run>/", reconciling.reconciliation, name="reconciliation"),
    path("disclosures/", disclosures.disclosures, name="disclosures"),
]
