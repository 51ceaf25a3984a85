"""The addresses of the pages; each place has its own list."""

from __future__ import annotations

from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import include, path
from django.views.generic import RedirectView

from xueji.doors.web.certificates import verification
from xueji.doors.web.guide import views as guide
from xueji.doors.web.home import figures
from xueji.doors.web.home import views as home
from xueji.doors.web.ledgers import pupil_forms
from xueji.doors.web.maintenance import health
from xueji.doors.web.returns import figures as figures_page
from xueji.doors.web.session import machine
from xueji.doors.web.session import views as session

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path(
        "favicon.ico", RedirectView.as_view(url=staticfiles_storage.url("web/mark.svg"), permanent=True), name="favicon"
    ),
    path("home/figures/", figures.figures, name="home-figures"),
    path("calendar/", include("xueji.doors.web.calendar.urls")),
    path("health/", health.alive, name="health"),
    path("verify/", verification.public, name="public-verification"),
    path("login/", session.log_in, name="log-in"),
    path("logout/", session.log_out, name="log-out"),
    path("password/", session.password, name="password"),
    path("post/", session.post, name="post"),
    path("second-factor/", session.second_factor, name="second-factor"),
    path("machine/", machine.machine, name="machine"),
    path("guide/", guide.show, name="guide"),
    path("guide/<slug:name>/", guide.show, name="guide-of"),
    path("", include("xueji.doors.web.pupils.urls")),
    path("pupils/", include("xueji.doors.web.photos.urls")),
    path("pupils/", include("xueji.doors.web.record_items.urls")),
    path("pupils/intake/", include("xueji.doors.web.intake.urls")),
    path("rollcall/", include("xueji.doors.web.rollcall.urls")),
    path("changes/", include("xueji.doors.web.changes.urls")),
    path("figures/", figures_page.figures, name="figures"),
    path("returns/", include("xueji.doors.web.returns.urls")),
    path("certificates/", include("xueji.doors.web.certificates.urls")),
    path("pupils/forms/", pupil_forms.pupil_forms, name="pupil-forms"),
    path("manage/inspections/", include("xueji.doors.web.inspections.urls")),
    path("manage/ledgers/", include("xueji.doors.web.ledgers.urls")),
    path("manage/", include("xueji.doors.web.filings.urls")),
    path("manage/", include("xueji.doors.web.maintenance.urls")),
    path("manage/", include("xueji.doors.web.manage.urls")),
]
