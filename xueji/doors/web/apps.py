from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages: templates, static files and the tags they use; no tables, no decisions."""

    name = "xueji.doors.web"
    label = "web"
    verbose_name = "网页"
