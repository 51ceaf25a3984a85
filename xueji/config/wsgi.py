"""The web server's entry point (granian loads ``application`` in each worker)."""

from django.core.wsgi import get_wsgi_application

from xueji.config.home import Home
from xueji.config.startup import configure

configure(Home.current())
application = get_wsgi_application()
