"""Settings of the Clever Vibes Club: one file, every value from the environment, safe when nothing is said.

A missing secret stops the start with one line. Plain http, demo logins and mail into a folder are
relaxations with names of their own; only `./club` and the tests set them.
"""

import base64
import hashlib
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import pghistory
from csp.constants import NONE, SELF
from django.templatetags.static import static

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """Return the variable `name`, or the content of the file that `name`_FILE points to."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def flag(name: str) -> bool:
    return env(name).lower() in {"1", "true", "yes", "on"}


def needed(name: str, hint: str) -> str:
    if value := env(name):
        return value
    sys.exit(f"{name} is not set: {hint} (or start with ./club up, which sets everything for a demo).")


# ── What this installation is ────────────────────────────────────────────────────────────────────
DEBUG = flag("DEBUG")
DEMO = flag("DEMO")
PLAIN_HTTP = flag("PLAIN_HTTP")  # loopback without TLS: ./club and the tests only
BEHIND_PROXY = flag("BEHIND_PROXY")  # only with a proxy that strips X-Forwarded-Proto from outside

PUBLIC_URL = env("PUBLIC_URL", "http://127.0.0.1:8000" if PLAIN_HTTP else "https://localhost").rstrip("/")
SECRET_KEY = needed("SECRET_KEY", "put at least 50 random characters into it or name a file with SECRET_KEY_FILE")
SECRET_KEY_FALLBACKS = env("SECRET_KEY_FALLBACKS").split()
# Redemption codes are hashed and encrypted with keys that are not in the database: newest first, Fernet format.
CODE_KEYS = env("CODE_KEYS").split() or [
    base64.urlsafe_b64encode(hashlib.sha256(f"codes:{SECRET_KEY}".encode()).digest()).decode()
]
ALLOWED_HOSTS = env("ALLOWED_HOSTS").split() or [urlsplit(PUBLIC_URL).hostname or "localhost"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# ── Parts ────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "clevervibes.apps.CollectedFilesConfig",  # django.contrib.staticfiles
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "pgtrigger",
    "pghistory",
    "clevervibes.lib",
    "accounts",
    "activities",
    "coins",
    "partners",
    "clevervibes.apps.ClubhouseConfig",
]

MIDDLEWARE = [
    "clevervibes.lib.middleware.request_id",
    "clevervibes.lib.history.remember_request",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clevervibes.lib.middleware.security_headers",
    "csp.middleware.CSPMiddleware",
    "clevervibes.lib.middleware.admin_csp",
    "clevervibes.lib.middleware.methods_of_pages",
    "accounts.security.session_store.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.own_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "partners.counters.session.stay_paired",
    "accounts.security.middleware.session_limits",
    "accounts.phone_session.PhoneGuard",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.security.middleware.second_factor_of_the_team",
    "accounts.security.middleware.ask_for_proof",
    "django_htmx.middleware.HtmxMiddleware",
    "clevervibes.lib.middleware.dead_ends",
]

ROOT_URLCONF = "clevervibes.urls"
WSGI_APPLICATION = "clevervibes.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clevervibes.context.page",
            ],
        },
    }
]

# ── Stores ───────────────────────────────────────────────────────────────────────────────────────
# The app runs under a role that owns nothing. Migrations name the owner: `migrate --database owner`.
# Where this setting is missing, pgtrigger's triggers stumble over that with each row, and catch themselves in a
# subtransaction that walks all triggers still to fire: thousands of rows in one statement took minutes.
# PostgreSQL compiles a statement that it thinks is long, and takes the sums of a page for one: no page is worth it.
_options = (
    "-c lock_timeout=3s -c statement_timeout={statement} -c idle_in_transaction_session_timeout=30s"
    " -c pgtrigger.ignore={{}} -c jit=off"
)
DATABASES = {
    "default": dj_database_url.parse(
        needed("DATABASE_URL", "postgres://club_app:…@host/club, the role that owns no table"),
        conn_max_age=300,
        conn_health_checks=True,
    )
}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = _options.format(statement=env("STATEMENT_TIMEOUT", "15s"))
if env("DATABASE_OWNER_URL"):
    DATABASES["owner"] = dj_database_url.parse(env("DATABASE_OWNER_URL"))
    DATABASES["owner"].setdefault("OPTIONS", {})["options"] = _options.format(statement="10min")
DATABASE_APP_ROLE = DATABASES["default"]["USER"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A service opens its own transaction; a request that wrapped it would hide when it is over.
ATOMIC_REQUESTS = False

REDIS_URL = needed("REDIS_URL", "redis://:password@host:6379, without a database number").rstrip("/")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{REDIS_URL}/1"}}

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(BASE_DIR / "static")))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", str(BASE_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
# Random numbers of whoever was erased, kept beside the database for the day an older backup comes back.
ERASED_LIST = env("ERASED_LIST")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300

# Traces of changes (clevervibes.lib.history) are asked for by their row alone: no index for each key in them.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)

# ── Background work (the reasons for each value: SAFETY notes in docs/decisions) ──────────────────
_transport = {
    "visibility_timeout": int(env("BROKER_VISIBILITY_SECONDS", "900")),
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
}
CELERY_BROKER_URL = f"{REDIS_URL}/0"
CELERY_BROKER_TRANSPORT_OPTIONS = _transport
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = _transport
CELERY_VISIBILITY_TIMEOUT = _transport["visibility_timeout"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
WAKE_RELAY = not flag("NO_WAKE_RELAY")  # and whatever else wakes a worker: tests look at the queues themselves

# ── Mail ─────────────────────────────────────────────────────────────────────────────────────────
DEFAULT_FROM_EMAIL = env("MAIL_FROM", "Clever Vibes Club <club@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_BACKEND = "clevervibes.lib.post.SmtpBackend"
if env("MAIL_FOLDER"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = env("MAIL_FOLDER")
EMAIL_HOST = env("MAIL_HOST", "localhost")
EMAIL_PORT = int(env("MAIL_PORT", "587"))
EMAIL_HOST_USER = env("MAIL_USER")
EMAIL_HOST_PASSWORD = env("MAIL_PASSWORD")
EMAIL_USE_TLS = bool(EMAIL_HOST_USER)
EMAIL_TIMEOUT = 10
# The account partners are paid from, as the bank's file names it.
CLUB_IBAN = env("CLUB_IBAN").replace(" ", "")
CLUB_ACCOUNT_HOLDER = env("CLUB_ACCOUNT_HOLDER")
ALARM_MAIL = env("ALARM_MAIL").split()  # who is told that the books or the seal do not hold

# ── People, sessions, passwords ──────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.security.backend.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.security.passwords.LengthValidator"},
    {"NAME": "accounts.security.passwords.GuessedFirstValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.security.forms.LoginForm", "reauthenticate": "accounts.security.forms.ProveForm"}
# allauth counts in the cache, where a flush forgets it all; accounts.security.limits counts in PostgreSQL.
ACCOUNT_RATE_LIMITS = False
if BEHIND_PROXY:
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
# The team gets no further than the page that sets up a second factor; in the demo one password is everybody's.
SECOND_FACTOR_DUTY = not DEMO
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_FORMS = {
    "authenticate": "accounts.security.mfa_forms.AuthenticateForm",
    "authenticate_webauthn": "accounts.security.mfa_forms.AuthenticateWebAuthnForm",
    "reauthenticate": "accounts.security.mfa_forms.ReauthenticateForm",
    "reauthenticate_webauthn": "accounts.security.mfa_forms.ReauthenticateWebAuthnForm",
    "activate_totp": "accounts.security.mfa_forms.ActivateTOTPForm",
    "add_webauthn": "accounts.security.mfa_forms.AddWebAuthnForm",
    "login_webauthn": "accounts.security.mfa_forms.LoginWebAuthnForm",
}
# Codes for an emergency are our own: allauth keeps the seed of its codes, we keep hashes.
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # most youths have no address at all
MFA_RATE_LIMITS = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PLAIN_HTTP

SESSION_ENGINE = "accounts.security.session_store"  # in the database, see there
SESSION_COOKIE_NAME = "sid" if PLAIN_HTTP else "__Host-sid"
SESSION_COOKIE_SECURE = not PLAIN_HTTP
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# How long a sign-in may rest is decided in accounts.security.sessions; these are the cookies around it.
SESSION_COOKIE_AGE = 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_USE_SESSIONS = True
CSRF_COOKIE_SECURE = not PLAIN_HTTP
CSRF_FAILURE_VIEW = "clevervibes.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ── Browser safety ───────────────────────────────────────────────────────────────────────────────
SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 63072000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# W021 asks for HSTS preload; that comes after three stable months.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "report-uri": "/csp/",
    }
}

# ── Language and time ────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "de"
# Each in its own words: who looks for Turkish may not read German.
LANGUAGES = [("de", "Deutsch"), ("tr", "Türkçe"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "clevervibes" / "locale"]
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = "Europe/Berlin"
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# ── API ──────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "partners.counters.bearer.TillAuthentication",
        "accounts.security.bearer.BearerAuthentication",
        "clevervibes.lib.api.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "clevervibes.lib.api.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "clevervibes.lib.api.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Clever Vibes Club",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "clevervibes.lib.schema.add_error_answers",
    ],
}

# ── The club's own numbers ───────────────────────────────────────────────────────────────────────
COIN_VALUE_CENTS = 10
# How many of a hundred confirmed entries the team looks at before they become coins.
SAMPLE_PERCENT = int(env("SAMPLE_PERCENT", "5"))
if not 0 <= SAMPLE_PERCENT <= 100:
    sys.exit("SAMPLE_PERCENT is a share: a whole number from 0 to 100.")

# ── Staff pages ──────────────────────────────────────────────────────────────────────────────────
UNFOLD = {
    "SITE_TITLE": "Clever Vibes Club",
    "SITE_HEADER": "Clever Vibes Club",
    "SITE_URL": "/start/",
    "SITE_ICON": lambda request: static("clevervibes/img/logo.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("clevervibes/img/logo.svg")},
    ],
    "SHOW_HISTORY": True,
    "DASHBOARD_CALLBACK": "clevervibes.workplace.start.staff",
    "BORDER_RADIUS": "14px",
    "STYLES": [lambda request: static("clevervibes/css/admin.css")],
    "COLORS": {
        "primary": {
            "50": "#effaf6", "100": "#d9f3ea", "200": "#b4e6d5", "300": "#82d2ba", "400": "#4cb89b",
            "500": "#249b7f", "600": "#0b7a63", "700": "#0a6553", "800": "#0b5144", "900": "#0b4339",
            "950": "#042620",
        },
        "base": {
            "50": "#f9f8f3", "100": "#f1f1ea", "200": "#e3e6de", "300": "#cbd2ca", "400": "#97a59d",
            "500": "#65756d", "600": "#4d5c55", "700": "#3a4741", "800": "#222c28", "900": "#19211e",
            "950": "#101614",
        },
    },
}  # fmt: skip

# ── Logs: JSON lines with a request id, nothing about a person ───────────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "clevervibes.lib.logs.RequestId"}},
    "formatters": {"json": {"()": "clevervibes.lib.logs.JsonFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]},
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True},
        # Which letters a printed name needs is nobody's business.
        "fontTools": {"level": "WARNING"},
    },
}
