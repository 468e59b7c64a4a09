"""
Settings by environment only (12-factor). ENVIRONMENT is one of:

production  the default; refuses to start without SECRET_KEY or with DEBUG on
local       `manage.py up`: everything on this machine, mail readable at /-/mailbox/
test        the test suite
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import api_description

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

# What a run on this machine writes: database, mail, broker, logs. A second run beside the
# first one needs a folder of its own.
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var"))).resolve()

ENVIRONMENT = env.str("ENVIRONMENT", "production")
if ENVIRONMENT not in {"production", "local", "test"}:
    raise ImproperlyConfigured(
        f"ENVIRONMENT is {ENVIRONMENT!r}; it must be production, local or test."
    )
PRODUCTION = ENVIRONMENT == "production"
LOCAL = ENVIRONMENT == "local"

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "" if PRODUCTION else "only-for-local-use-and-tests")
if PRODUCTION and not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: production does not start without one.")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG is on: production does not start with it.")

ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"],
)
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names of this site: production needs it.")
# Where links in messages lead.
SITE_URL = env.str("SITE_URL", "").rstrip("/") or (
    f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION else "http://localhost:8000"
)

INSTALLED_APPS = [
    "config",
    "insights",
    "queueing",
    "booking",
    "servicepoints",
    "accounts",
    "notifications",
    "config.admin_config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "config.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.Probes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.languages.ChosenOrEnglish",
    "config.middleware.NoNulls",
    "config.middleware.NothingOfAPersonKept",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.navigation",
            ],
        },
    },
]

# Databases ------------------------------------------------------------------


def local_database() -> str:
    """Return the address of the server that `manage.py up` starts under var/."""
    from config.local_postgres import LocalPostgres

    return LocalPostgres(VAR_DIR / "postgres", VAR_DIR / "log" / "postgres.log").url("vuoro")


# `manage.py up` and every other command here use the server under var/ unless told otherwise.
OWN_DATABASE = LOCAL and not env.str("DATABASE_URL", "")
DATABASES = {
    "default": (
        env.db_url_config(local_database())
        if OWN_DATABASE
        else env.db_url("DATABASE_URL", "postgresql:///vuoro")
    )
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must be postgresql://user:password@host/name.")
# A connection of its own for each thread, kept; prepared statements (performance.md).
DATABASES["default"] |= {
    "CONN_MAX_AGE": None,
    "CONN_HEALTH_CHECKS": True,
    # A server that is gone without a word is given up on after seconds, not minutes.
    "OPTIONS": {"connect_timeout": 5}
    | DATABASES["default"].get("OPTIONS", {})
    | {"server_side_binding": True, "prepare_threshold": 2},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis carries Celery's messages and counts attempts to sign in; nothing is lost with it (P10).
REDIS_URL = env.str("REDIS_URL", "")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
if REDIS_URL:
    REDIS_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 2}
    CACHES = {
        "default": {
            "BACKEND": "config.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": REDIS_OPTIONS,
        }
    }
SESSION_ENGINE = "config.sessions"

# Jobs -----------------------------------------------------------------------

BROKER_DIR = VAR_DIR / "broker"
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "visibility_timeout": 600,
    }
elif ENVIRONMENT == "test":
    CELERY_BROKER_URL = "memory://"
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "config.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# Who asks for a job must not wait for a broker that is down: beat asks again.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Beat keeps no file: it asks for every job when it starts, and each does all that is due.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"

# Mail -----------------------------------------------------------------------

vars().update(env.email_url("EMAIL_URL", "smtp://localhost:25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Vuoro <vuoro@localhost>")
MAILBOX_DIR = VAR_DIR / "mail"
# A function that sends one text message (notifications/sms.py); without it none is queued.
SMS_BACKEND = env.str("SMS_BACKEND", "config.mailbox.send_sms" if LOCAL else "")
# Where a phone number without a country code is from.
PHONE_REGION = env.str("PHONE_REGION", "FI")
MESSAGES_KEPT = timedelta(days=env.int("MESSAGES_KEPT_DAYS", 30))
if LOCAL:
    EMAIL_BACKEND = "config.mailbox.EmailBackend"

# People ---------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
# A code by e-mail is the only way in; nobody has a password (T6).
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"request_login_code": "accounts.forms.RequestLoginCodeForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
# Every new address gets an account; the only one without is a closed one, and is sent nothing.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Codes are counted in the database (accounts/code_requests.py), also with Redis away.
ACCOUNT_RATE_LIMITS = {"request_login_code": None}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)

# Strong identification by an OpenID provider such as Suomi.fi; without an issuer there is none.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.str("OIDC_NAME", "Suomi.fi")
OIDC_SCOPES = env.list("OIDC_SCOPES", default=["openid", "profile"])
# How strong it must have been; empty takes the provider's word.
OIDC_ACR_VALUES = env.list("OIDC_ACR_VALUES", default=[])
# What tells people apart, and stays the same: of it a keyed hash is kept (T14).
OIDC_IDENTITY_CLAIM = env.str("OIDC_IDENTITY_CLAIM", "sub")
OIDC_BIRTH_DATE_CLAIM = env.str("OIDC_BIRTH_DATE_CLAIM", "birthdate")
# A key of its own, so that SECRET_KEY can be changed and people stay the same.
IDENTITY_SECRET = env.str("IDENTITY_SECRET", "") or SECRET_KEY
if PRODUCTION and OIDC_ISSUER and not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured("OIDC_ISSUER must be an https address in production.")
if OIDC_ISSUER and not OIDC_CLIENT_ID:
    raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET too.")

# Languages and time ---------------------------------------------------------

LANGUAGE_CODE = "fi"
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGES = [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", "Europe/Helsinki")

# Static files ---------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
# Outside production files are served from where they are; there they are collected and hashed.
WHITENOISE_USE_FINDERS = not PRODUCTION
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# Security -------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.error_views.csrf_failure"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    # Probes come from inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^-/"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

# Logs: one JSON object a line, with ids and never names or addresses -----------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING" if ENVIRONMENT == "test" else "INFO"},
    "loggers": {
        # Without Django's own handlers, which mail administrators whole requests.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # A line when a job has ended is enough.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

# API ------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.json_parser.JsonParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.answer_exception",
    "URL_FORMAT_OVERRIDE": None,
}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_TTL": timedelta(hours=env.int("TOKEN_HOURS", 10)),
}
SPECTACULAR_SETTINGS = api_description.SETTINGS

# Rules of booking: every figure here is a proposal a controller may change ----

HOLD_TIME = timedelta(minutes=env.int("HOLD_MINUTES", 10))
ACTIVE_APPOINTMENTS_PER_EMAIL = env.int("ACTIVE_APPOINTMENTS_PER_EMAIL", 3)
MOVES_PER_APPOINTMENT = env.int("MOVES_PER_APPOINTMENT", 2)
# A freed time is public again after a random while between these minutes (T3).
FREED_TIME_MINUTES = (env.int("FREED_TIME_MINUTES_MIN", 15), env.int("FREED_TIME_MINUTES_MAX", 60))
# Text messages for one person, and for one number, a day (T12).
TEXTS_PER_DAY = env.int("TEXTS_PER_DAY", 10)
# Where people say after a visit how it went; without an address nobody is asked.
SURVEY_URL = env.str("SURVEY_URL", "")
OFFER_MINUTES = env.int("OFFER_MINUTES", 60)
# So many offers left unanswered take a person off the waiting list.
OFFERS_UNANSWERED = env.int("OFFERS_UNANSWERED", 2)

# Limits on requests (accounts/limits.py) ---------------------------------------

# Sign-in codes to one e-mail address, an hour and a day (T12).
CODES_PER_EMAIL = env.int("CODES_PER_EMAIL", 3)
CODES_PER_EMAIL_A_DAY = env.int("CODES_PER_EMAIL_A_DAY", 10)
# An hour without a proof of work: codes asked for from one network, times held by one person
# and from one network.
CODES_PER_NETWORK = env.int("CODES_PER_NETWORK", 30)
HOLDS_PER_PERSON = env.int("HOLDS_PER_PERSON", 10)
HOLDS_PER_NETWORK = env.int("HOLDS_PER_NETWORK", 60)
# So many times as much is refused with a proof, too.
REFUSED_ABOVE_TIMES = env.int("REFUSED_ABOVE_TIMES", 20)
# How far apart requests above the rate pass without a proof.
SECONDS_WITHOUT_PROOF = env.int("SECONDS_WITHOUT_PROOF", 30)
# How much a proof costs: 2000 take a phone about a second.
PROOF_OF_WORK_TRIES = env.int("PROOF_OF_WORK_TRIES", 2000)
