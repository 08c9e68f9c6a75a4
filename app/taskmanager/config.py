"""The settings of the app, read from the environment; a missing or malformed one stops the start with its name."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PREFIX = "TASKMANAGER_"
SECRETS = ("database_password", "redis_password", "secret_key")
PLACEHOLDER = re.compile(r"change.?me|placeholder|example|^secret$|^password$", re.IGNORECASE)
# A password goes over TLS only.
SMTP_URL = re.compile(r"smtps?://([^@/:\s]+@)?[^@/:\s]+(:\d+)?|smtp\+plain://[^@/:\s]+(:\d+)?")
ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1)(:\d+)?")
# A server, or Sentinels and the name they know the master by.
REDIS_URLS = (
    re.compile(r"(rediss?|unix)://\S+"),
    re.compile(r"rediss?\+sentinel://([^@/,\s]+@)?[^@/,:\s]+:\d+(,[^@/,:\s]+:\d+)*/[^/\s]+(/\d+)?"),
)
KNOWN = {
    *("PUBLIC_URL", "DATABASE_DSN", "REDIS_URL", "TLS_CA_FILE", "RELEASE", "SIGN_UP", "STATIC_DIR", "LOG_LEVEL"),
    *(
        "WEB_WORKERS",
        "WEB_THREADS",
        "LIVE_THREADS",
        "RATE_LIMIT_USER",
        "RATE_LIMIT_ADDRESS",
        "CORS_ORIGINS",
        "SMTP_URL",
        "SMTP_PASSWORD",
        "MAIL_FROM",
    ),
    *(name.upper() for name in SECRETS),
}


class ConfigError(Exception):
    """A setting is missing or malformed; the text names it and says what to change."""


@dataclass(frozen=True)
class Config:
    """All settings. `database_dsn` is a libpq conninfo string without a password; the secrets are never shown."""

    public_url: str
    database_dsn: str
    redis_url: str
    database_password: str = field(repr=False)
    redis_password: str = field(repr=False)
    secret_key: str = field(repr=False)
    tls_ca_file: str | None = None
    release: str = "development"
    sign_up: str = "open"
    static_dir: Path | None = None
    log_level: str = "INFO"
    web_threads: int = 8
    rate_limit_user: int = 600
    rate_limit_address: int = 1200
    cors_origins: tuple[str, ...] = ()
    smtp_url: str = ""
    smtp_password: str = field(default="", repr=False)
    mail_from: str = ""

    @property
    def origin(self) -> str:
        """The origin that browsers name, without a path."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"


def load(environment: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration that the environment holds.

    Raises:
        ConfigError: A setting is missing, malformed or unknown.

    """
    refuse_unknown(environment)
    static_dir = environment.get(PREFIX + "STATIC_DIR")
    return Config(
        public_url=public_url(environment),
        database_dsn=required(environment, "DATABASE_DSN"),
        redis_url=redis_url(environment),
        tls_ca_file=environment.get(PREFIX + "TLS_CA_FILE") or None,
        release=environment.get(PREFIX + "RELEASE") or "development",
        sign_up=choice(environment, "SIGN_UP", ("open", "invitation", "closed"), "open"),
        static_dir=Path(static_dir) if static_dir else None,
        log_level=choice(environment, "LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
        web_threads=positive(environment, "WEB_THREADS", 8),
        rate_limit_user=positive(environment, "RATE_LIMIT_USER", 600, least=0),
        rate_limit_address=positive(environment, "RATE_LIMIT_ADDRESS", 1200, least=0),
        cors_origins=origins(environment),
        smtp_url=smtp_url(environment),
        smtp_password=secret(environment, "smtp_password") if "@" in smtp_url(environment) else "",
        mail_from=required(environment, "MAIL_FROM") if smtp_url(environment) else "",
        **{name: secret(environment, name) for name in SECRETS},
    )


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raise ConfigError for a misspelt setting."""
    for name in environment:
        if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in KNOWN:
            raise ConfigError(f"{name} is no setting of Task Manager; correct its spelling or remove it.")


def required(environment: Mapping[str, str], name: str) -> str:
    """Return a setting that must be there."""
    value = environment.get(PREFIX + name, "").strip()
    if not value:
        raise ConfigError(f"{PREFIX}{name} is missing; set it in the environment file.")
    return value


def choice(environment: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return a setting that must be one of a few words."""
    value = environment.get(PREFIX + name) or default
    if value not in allowed:
        raise ConfigError(f"{PREFIX}{name} is {value!r}; use one of {', '.join(allowed)}.")
    return value


def positive(environment: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    """Return a setting that must be a whole number above zero, or zero where that means "none"."""
    value = environment.get(PREFIX + name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ConfigError(f"{PREFIX}{name} is {value!r}; use a whole number{' above zero' if least else ', 0 for none'}.")
    return int(value)


def public_url(environment: Mapping[str, str]) -> str:
    """Return the URL under which browsers reach the site."""
    value = required(environment, "PUBLIC_URL").rstrip("/")
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.path:
        raise ConfigError(f"{PREFIX}PUBLIC_URL is {value!r}; use https://NAME or https://NAME:PORT.")
    return value


def origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the origins whose pages may ask the API, separated by blanks or commas."""
    found = tuple((environment.get(PREFIX + "CORS_ORIGINS") or "").replace(",", " ").split())
    for origin in found:
        if not ORIGIN.fullmatch(origin):
            raise ConfigError(f"{PREFIX}CORS_ORIGINS has {origin!r}; use https://NAME or https://NAME:PORT, without a path.")
    return found


def redis_url(environment: Mapping[str, str]) -> str:
    """Return the URL of Redis."""
    value = required(environment, "REDIS_URL")
    if not any(shape.fullmatch(value) for shape in REDIS_URLS):
        raise ConfigError(
            f"{PREFIX}REDIS_URL is {value!r}; use rediss://USER@HOST:PORT/DB, "
            "rediss+sentinel://USER@HOST:PORT,HOST:PORT/NAME/DB, the same with redis, or unix://PATH."
        )
    return value


def smtp_url(environment: Mapping[str, str]) -> str:
    """Return the URL of the server that takes e-mail; empty when none is sent."""
    value = (environment.get(PREFIX + "SMTP_URL") or "").strip()
    if value and not SMTP_URL.fullmatch(value):
        raise ConfigError(
            f"{PREFIX}SMTP_URL is {value!r}; use smtps://USER@HOST:465, smtp://USER@HOST:587 (STARTTLS), or smtp+plain://HOST:25."
        )
    return value


def secret(environment: Mapping[str, str], name: str) -> str:
    """Return a secret: a file in $CREDENTIALS_DIRECTORY where systemd gives one, else a variable."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    where = f"the credential {name}" if folder else PREFIX + name.upper()
    try:
        value = (Path(folder) / name).read_text().strip() if folder else environment.get(PREFIX + name.upper(), "")
    except OSError as error:
        raise ConfigError(f"{where} cannot be read ({error.strerror}); set it for the service.") from error
    if not value:
        raise ConfigError(f"{where} is missing; set it for the service.")
    if PLACEHOLDER.search(value):
        raise ConfigError(f"{where} is a placeholder; make a random one.")
    if name == "secret_key" and len(value) < 32:
        raise ConfigError(f"{where} is shorter than 32 characters; make a longer random one.")
    return value
