"""Django's settings. Only strings name other modules here, so the foundation imports nothing above it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from . import keys, settings

_current = settings.current()


def _database(url: str) -> dict[str, object]:
    """Django's form of a PostgreSQL address such as postgresql:///suksala?host=/run/socket or postgresql://u:p@host/name."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    options: dict[str, object] = {
        "prepare_threshold": 3,
        **{k: v for k, v in query.items() if k not in {"host", "port", "user"}},
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.get("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": query.get("port", str(parts.port or "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": _database(_current.database_url or "postgresql:///suksala")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = keys.django_secret()
DEBUG = _current.debug
ALLOWED_HOSTS = list(_current.hosts)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "suksala.audit",
    "suksala.registry",
    "suksala.identity",
    "suksala.signin",
    "suksala.consent",
    "suksala.governance",
    "suksala.exchange",
    "suksala.ingest",
    "suksala.warehouse",
    "suksala.privacy",
    "suksala.lists",
    "suksala.phr",
    "suksala.portals",
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
AUTH_USER_MODEL = "signin.Account"
AUTHENTICATION_BACKENDS = ["suksala.signin.backend.AccountBackend"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "suksala.portals.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "suksala.portals.middleware.PrivateMiddleware",
    "suksala.portals.middleware.SessionMiddleware",
    "suksala.portals.middleware.TextMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "suksala.portals.middleware.UnavailableMiddleware",
    "suksala.portals.middleware.RefusedMiddleware",
]
CSRF_FAILURE_VIEW = "suksala.portals.public.web.forbidden"
ROOT_URLCONF = "suksala.portals.urls"
WSGI_APPLICATION = "suksala.portals.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).resolve().parent.parent / "portals" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "suksala.portals.jinja.environment"},
    },
]

LANGUAGE_CODE = "th"
LANGUAGES = [("th", "ไทย"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Bangkok"

STATIC_URL = "/static/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _current.secure_cookies
SESSION_COOKIE_NAME = settings.cookie_name("session", secure=SESSION_COOKIE_SECURE)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # as long as a session can live (signin.session_rules)
CSRF_COOKIE_NAME = settings.cookie_name("form", secure=CSRF_COOKIE_SECURE)
CSRF_COOKIE_HTTPONLY = True  # pages write it into their forms; no script reads it
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = settings.cookie_name("suksala_language", secure=LANGUAGE_COOKIE_SECURE)
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = _current.form_origins
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
PASSWORD_HASHERS = ["suksala.signin.passwords.Argon2idHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "suksala.signin.passwords.WordsValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login",), "max_similarity": 0.6},
    },
]
# What several processes count together: tries at sign-in. Lost at worst, never wrong.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "signin_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},  # the default of 300 would let a flood of tries push out its own count
    }
}
# django-allauth keeps passkeys and secrets of authenticator apps (allauth.mfa); our own pages ask for them (0113).
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ALLAUTH_TRUSTED_PROXY_COUNT = _current.proxies
MFA_ADAPTER = "suksala.signin.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
LOGGING_CONFIG = "suksala.foundation.log.install"
LOGGING = {"version": 1}  # Django calls the function above only for a non-empty value
