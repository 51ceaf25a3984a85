"""The web server's entry point (granian loads ``application`` in each worker)."""

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import get_resolver

from xueji.config.home import Home
from xueji.config.startup import configure, settle

configure(Home.current())
# A page has no business as the owner, from whom row-level security hides nothing: the way there is taken out.
connections.settings.pop("owner", None)
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  (imports all pages now, not with the first request)
settle()
