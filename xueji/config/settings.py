"""Django's settings. Reading them changes nothing on disk; ``startup.start`` prepares the home first."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from xueji.config.databases import APPLICATION_GROUP, django_databases
from xueji.config.home import Home

PACKAGE = Path(__file__).resolve().parent.parent
HOME = Home.current()

# Rooms below ``config`` find the home's folders here.
XUEJI_HOME = str(HOME.path)
XUEJI_KEYS = HOME.keys
XUEJI_ANCHOR = HOME.anchor
XUEJI_FILES = HOME.files
XUEJI_SNAPSHOTS = HOME.snapshots
XUEJI_DEMO_FILES = HOME.demo_files
XUEJI_DEMO = HOME.is_demo
XUEJI_BUSINESS_DATE = HOME.business_date
XUEJI_APPLICATION_GROUP = APPLICATION_GROUP
#: The second factor (TOTP) is asked for when the home says so.
XUEJI_SECOND_FACTOR = bool(HOME.config().get("second_factor", False))
#: Seconds without a request after which a log-in ends.
XUEJI_IDLE_SECONDS = 30 * 60
#: Bytes of one upload; larger ones are refused with a sentence.
XUEJI_UPLOAD_LIMIT = 32 * 1024 * 1024

DEBUG = False
_stored = HOME.keys / "web.json"
SECRET_KEY = (
    json.loads(_stored.read_text(encoding="utf-8"))["secret_key"] if _stored.exists() else secrets.token_urlsafe(48)
)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *HOME.config().get("hosts", [])]

ROOMS = [
    "xueji.ground.keys",
    "xueji.ground.journals",
    "xueji.ground.documents",
    "xueji.ground.parameters",
    "xueji.ground.organisations",
    "xueji.ground.accounts",
    "xueji.ground.disclosure",
    "xueji.registry.register",
    "xueji.registry.cases",
    "xueji.registry.photos",
    "xueji.registry.record_items",
    "xueji.registry.snapshots",
    "xueji.registry.statistics",
    "xueji.registry.rollcall",
    "xueji.registry.applications",
    "xueji.registry.reorganisation",
    "xueji.registry.intake",
    "xueji.duties.ledgers",
    "xueji.duties.returns",
    "xueji.duties.certificates",
    "xueji.duties.inspections",
    "xueji.duties.training",
    "xueji.duties.filings",
    "xueji.duties.maintenance",
    "xueji.duties.exchange",
    "xueji.duties.dossiers",
    "xueji.duties.reminders",
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "procrastinate.contrib.django",
    *ROOMS,
    "xueji.doors.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "xueji.config.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    # Last: a page runs inside the post's transaction.
    "xueji.doors.web.middleware.ActInPost",
    "xueji.config.gate.PageGate",
]
ROOT_URLCONF = "xueji.config.urls"
WSGI_APPLICATION = "xueji.config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "doors" / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xueji.doors.web.shell.shell",
            ],
            "builtins": ["django.templatetags.static", "xueji.doors.web.templatetags.ui"],
        },
    }
]

DATABASES = django_databases(HOME)
DATABASE_ROUTERS = ["xueji.config.databases.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "xueji.ground.accounts.backends.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CSRF_FAILURE_VIEW = "xueji.doors.web.errors.csrf_failure"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_USERNAME_CALLABLE = "xueji.ground.accounts.backends.asked_login"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the disclosure log is ours
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "学籍"

# A demo home speaks plain HTTP on the loopback; all else stands behind TLS.
_plain = HOME.is_demo or os.environ.get("XUEJI_PLAIN_HTTP") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not _plain
SESSION_COOKIE_NAME = "xueji_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = XUEJI_IDLE_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not _plain:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in HOME.config().get("hosts", [])]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# An upload stays in memory: a temporary file would hold ID numbers in clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = XUEJI_UPLOAD_LIMIT
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 2000  # a folder of photos

SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "urls.W002"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "xueji.config.logs.PlaceOnlyFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
        # Reopened by itself once the daily job has put the file aside.
        "file": {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": str(HOME.logs / "xueji.log"),
            "encoding": "utf-8",
            "delay": True,
            "formatter": "plain",
        }
        if HOME.logs.is_dir()
        else {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr", "file"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr", "file"], "level": "WARNING", "propagate": False},
        # The database's own words quote rows.
        "django.db.backends": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
