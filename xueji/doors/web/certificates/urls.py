"""证书与证明."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.certificates import (
    batches,
    blanks,
    diplomas,
    issue,
    listing,
    order,
    ordering,
    orders,
    paper,
    templates,
    verification,
    voiding,
)

urlpatterns = [
    path("", listing.certificates, name="certificates"),
    path("find/", listing.find, name="certificate-find"),
    path("templates/", templates.index, name="certificate-templates"),
    path("templates/<slug:kind>/", templates.one, name="certificate-template"),
    path("check/", verification.check, name="certificate-check"),
    path("attestations/", orders.index, name="attestations"),
    path("attestations/new/", ordering.new, name="attestation-new"),
    path("attestations/new/<slug:kind>/", ordering.new, name="attestation-new-of"),
    path("attestations/bulk/", orders.bulk, name="attestations-bulk"),
    path("attestations/<uuid:order>/", order.show, name="attestation"),
    path("attestations/<uuid:order>/print/", order.print_, name="attestation-print"),
    path("attestations/<uuid:order>/roll/", order.roll, name="attestation-roll"),
    path("cards/", batches.index, name="card-batches"),
    path("cards/<uuid:batch>/", batches.show, name="card-batch"),
    path("cards/<uuid:batch>/go-on/", batches.go_on, name="card-batch-go-on"),
    path("cards/<uuid:batch>/<uuid:part>/<slug:what>/", batches.print_, name="card-batch-print"),
    path("diplomas/", diplomas.index, name="diploma-batches"),
    path("diplomas/<uuid:batch>/", batches.show, name="diploma-batch"),
    path("diplomas/<uuid:batch>/go-on/", batches.go_on, name="diploma-batch-go-on"),
    path("diplomas/<uuid:batch>/<uuid:part>/<slug:what>/", batches.print_, name="diploma-batch-print"),
    path("blanks/", blanks.blanks, name="blanks"),
    path("blanks/file/", blanks.file, name="blanks-file"),
    path("blanks/sample/", blanks.sample, name="blanks-sample"),
    path("guest/<uuid:child>/", issue.to_guest, name="certificate-issue-guest"),
    path("proof/<uuid:student>/", issue.issue, name="certificate-issue"),
    path("<slug:kind>/for/<uuid:student>/", issue.issue, name="certificate-issue-kind"),
    path("<uuid:certificate>/", paper.show, name="certificate"),
    path("<uuid:certificate>/print/", issue.again, name="certificate-print"),
    path("<uuid:certificate>/replace/", voiding.replace, name="card-replace"),
    path("<uuid:certificate>/void/", voiding.void, name="certificate-void"),
]
