"""A missing or malformed setting stops the start with its name."""

from pathlib import Path

import pytest
from taskmanager import config

GOOD = {
    "TASKMANAGER_PUBLIC_URL": "https://tasks.test",
    "TASKMANAGER_DATABASE_DSN": "host=db1 dbname=taskmanager",
    "TASKMANAGER_REDIS_URL": "rediss://taskmanager@db1:6379/0",
    "TASKMANAGER_DATABASE_PASSWORD": "d" * 20,
    "TASKMANAGER_REDIS_PASSWORD": "r" * 20,
    "TASKMANAGER_SECRET_KEY": "s" * 32,
}


def test_good_settings_are_read() -> None:
    assert config.load(GOOD).origin == "https://tasks.test"


@pytest.mark.parametrize(
    "url",
    [
        "rediss+sentinel://taskmanager@db1:26379,db2:26379/taskmanager/0",
        "redis+sentinel://db1:26379/taskmanager",
        "unix:///run/a.sock",
    ],
)
def test_redis_may_be_a_server_or_sentinels(url: str) -> None:
    assert config.load({**GOOD, "TASKMANAGER_REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize("name", GOOD)
def test_missing_setting_is_named(name: str) -> None:
    with pytest.raises(config.ConfigError, match=f"{name} is missing"):
        config.load({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://tasks.test"),
        ("PUBLIC_URL", "https://tasks.test/path"),
        ("REDIS_URL", "http://db1"),
        ("REDIS_URL", "rediss+sentinel://taskmanager@db1:26379"),
        ("REDIS_URL", "rediss+sentinel://taskmanager@db1,db2/taskmanager"),
        ("REDIS_URL", "rediss+sentinel://taskmanager@db1:26379,db2:26379/taskmanager/zero"),
        ("SIGN_UP", "maybe"),
        ("LOG_LEVEL", "LOUD"),
        ("WEB_THREADS", "many"),
        ("WEB_THREADS", "0"),
        ("RATE_LIMIT_USER", "-1"),
        ("SMTP_URL", "mail.test"),
        ("SMTP_URL", "smtp+plain://user@mail.test"),
        ("SMTP_URL", "smtps://user:password@mail.test"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://other.test https://other.test/path"),
        ("RATE_LIMIT_ADDRESS", "often"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "changeme" * 5),
        ("DATABASE_PASSWORD", "CHANGE_ME"),
    ],
)
def test_malformed_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(config.ConfigError, match=f"TASKMANAGER_{name}"):
        config.load({**GOOD, f"TASKMANAGER_{name}": value})


@pytest.mark.parametrize(
    ("url", "missing"),
    [("smtp+plain://mail.test", "TASKMANAGER_MAIL_FROM"), ("smtps://user@mail.test", "TASKMANAGER_SMTP_PASSWORD")],
)
def test_mail_needs_a_sender_and_an_account_its_password(url: str, missing: str) -> None:
    with pytest.raises(config.ConfigError, match=f"{missing} is missing"):
        config.load({**GOOD, "TASKMANAGER_SMTP_URL": url})


def test_misspelt_setting_is_named() -> None:
    with pytest.raises(config.ConfigError, match="TASKMANAGER_PUBLIC_ULR"):
        config.load({**GOOD, "TASKMANAGER_PUBLIC_ULR": "https://tasks.test"})


def test_credentials_of_systemd_win_and_a_missing_one_is_named(tmp_path: Path) -> None:
    for name in ("database_password", "redis_password"):
        (tmp_path / name).write_text("from-systemd-credentials\n")
    with pytest.raises(config.ConfigError, match="the credential secret_key"):
        config.load({**GOOD, "CREDENTIALS_DIRECTORY": str(tmp_path)})
    (tmp_path / "secret_key").write_text("k" * 40)
    assert config.load({**GOOD, "CREDENTIALS_DIRECTORY": str(tmp_path)}).redis_password == "from-systemd-credentials"  # noqa: S105


def test_secrets_do_not_show_when_printed() -> None:
    assert "d" * 20 not in repr(config.load(GOOD))
