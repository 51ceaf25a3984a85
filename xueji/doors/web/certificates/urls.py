"""证书与证明."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.certificates import issue, listing, voiding

urlpatterns = [
    path("", listing.certificates, name="certificates"),
    path("find/", listing.find, name="certificate-find"),
    path("check/", voiding.check, name="certificate-check"),
    path("proof/<uuid:student>/", issue.issue, name="certificate-issue"),
    path("<slug:kind>/for/<uuid:student>/", issue.issue, name="certificate-issue-kind"),
    path("<uuid:certificate>/print/", issue.again, name="certificate-print"),
    path("<uuid:certificate>/void/", voiding.void, name="certificate-void"),
]
