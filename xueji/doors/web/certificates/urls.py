"""证书与证明."""

from __future__ import annotations

from django.urls import path

from xueji.doors.web.certificates import issue, listing

urlpatterns = [
    path("", listing.certificates, name="certificates"),
    path("find/", listing.find, name="certificate-find"),
    path("proof/<uuid:student>/", issue.proof, name="certificate-issue"),
    path("<uuid:certificate>/print/", issue.again, name="certificate-print"),
]
