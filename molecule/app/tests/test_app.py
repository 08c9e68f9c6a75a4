"""What the app's services are on a host: answers, sandbox, secrets, and what they survive."""

import json

import pytest
from testinfra.host import Host

SERVICES = ("web", "live")
SECRETS = ("molecule-postgres", "molecule-redis", "molecule-key-of-more-than-32-characters", "molecule-first-account")
MAX_EXPOSURE = 2.5


def get(host: Host, path: str, service: str = "web", account: str = "root") -> str:
    """Return what a service answers on its socket, status first."""
    curl = f"curl --silent --max-time 30 --unix-socket /run/taskmanager/{service}.sock --write-out '%{{http_code}}'"
    body = host.run(f"runuser -u {account} -- {curl} http://tasks.test{path}").stdout
    return f"{body[-3:]} {body[:-3]}"


def main_pid(host: Host, active: str, service: str) -> int:
    """Return the process id of a service."""
    return int(host.check_output(f"systemctl show --value -p MainPID taskmanager-{service}@{active}"))


def test_web_service_is_ready_and_names_its_release(host: Host, active: str) -> None:
    status, body = get(host, "/ready").split(" ", 1)
    assert status == "200", body
    assert json.loads(body) == {"status": "ready", "release": active, "database": "ok", "schema": "ok", "redis": "ok"}


def test_live_service_answers_and_refuses_strangers(host: Host, active: str) -> None:
    assert get(host, "/health", "live") == f'200 {{"status":"ok","release":"{active}"}}'
    assert get(host, "/live?board=1", "live").startswith("403 ")


def test_pages_name_static_files_that_nginx_finds(host: Host) -> None:
    page = get(host, "/sign-in")
    name = page.split('href="/static/app.')[1].split('"')[0]
    style = host.file(f"/opt/taskmanager/static/app.{name}")
    assert style.is_file
    assert style.mode == 0o644
    assert host.file(f"{style.path}.gz").is_file


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_web_servers_group_may_connect(host: Host, service: str) -> None:
    socket = host.file(f"/run/taskmanager/{service}.sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "www-data", 0o660)
    assert get(host, "/health", service, "nobody").strip() == "000"


@pytest.mark.parametrize("service", SERVICES)
def test_service_is_unprivileged_and_sandboxed(host: Host, active: str, service: str) -> None:
    unit = f"taskmanager-{service}@{active}.service"
    report = host.run(f"systemd-analyze security --no-pager --threshold={int(MAX_EXPOSURE * 10)} {unit}")
    assert report.rc == 0, report.stdout
    assert host.process.get(pid=main_pid(host, active, service)).user == "taskmanager"
    assert host.check_output(f"grep CapEff: /proc/{main_pid(host, active, service)}/status").split()[1] == "0" * 16


@pytest.mark.parametrize("service", SERVICES)
def test_service_cannot_write_its_release(host: Host, active: str, service: str) -> None:
    folder = f"/opt/taskmanager/releases/{active}"
    as_root = host.run(f"nsenter --mount --target {main_pid(host, active, service)} touch {folder}/site/planted.py")
    assert "Read-only file system" in as_root.stderr
    outside = host.run(f"runuser -u taskmanager -- touch {folder}/site/planted.py")
    assert "Permission denied" in outside.stderr
    assert host.check_output(f"find {folder} ! -type l \\( ! -user root -o -perm /022 \\)") == ""


def test_secrets_are_roots_alone(host: Host) -> None:
    folder = host.file("/etc/taskmanager/credentials")
    assert (folder.user, folder.mode) == ("root", 0o700)
    for name in ("database_password", "redis_password", "secret_key"):
        secret = host.file(f"/etc/taskmanager/credentials/{name}")
        assert (secret.user, secret.group, secret.mode) == ("root", "root", 0o600)


def test_secrets_are_in_no_argument_environment_log_or_other_file(host: Host) -> None:
    patterns = " ".join(f"-e {secret}" for secret in SECRETS)
    shown = host.check_output("cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'; true")
    assert "TASKMANAGER_RELEASE=" in shown
    assert [secret for secret in SECRETS if secret in shown] == []
    assert host.run(f"journalctl --no-pager | grep -F {patterns}").rc == 1
    found = host.run(f"grep -rlF {patterns} /etc/taskmanager /etc/systemd/system /usr/local /opt/taskmanager/active /run/systemd")
    assert {path.rsplit("/", 1)[0] for path in found.stdout.split()} == {"/etc/taskmanager/credentials"}


@pytest.mark.parametrize("service", SERVICES)
def test_killed_service_comes_back_by_itself(host: Host, active: str, service: str) -> None:
    before = main_pid(host, active, service)
    host.check_output(f"kill -KILL {before}")
    assert host.run(f"timeout 20 sh -c 'while [ -d /proc/{before} ]; do sleep 0.1; done'").rc == 0
    assert get(host, "/health", service).startswith("200 "), host.check_output("journalctl -n 30 -u 'taskmanager-*'")
    assert main_pid(host, active, service) != before


@pytest.mark.parametrize("service", SERVICES)
def test_killed_worker_is_replaced(host: Host, active: str, service: str) -> None:
    main = main_pid(host, active, service)
    worker = host.check_output(f"pgrep -P {main} | head -n 1")
    host.check_output(f"kill -KILL {worker}")
    assert host.run(f"timeout 20 sh -c 'while [ -d /proc/{worker} ]; do sleep 0.1; done'").rc == 0
    assert get(host, "/health", service).startswith("200 ")
    assert main_pid(host, active, service) == main


@pytest.mark.parametrize("service", SERVICES)
def test_stopped_service_is_started_by_the_next_request(host: Host, active: str, service: str) -> None:
    host.check_output(f"systemctl stop taskmanager-{service}@{active}")
    assert get(host, "/health", service).startswith("200 ")


@pytest.mark.parametrize("service", SERVICES)
def test_service_starts_at_boot(host: Host, active: str, service: str) -> None:
    assert host.service(f"taskmanager-{service}.socket").is_enabled
    assert host.service(f"taskmanager-{service}@{active}").is_enabled


@pytest.mark.parametrize("service", SERVICES)
def test_metrics_are_shown_on_the_socket_and_not_to_browsers(host: Host, service: str) -> None:
    ask = f"curl -s -w ' %{{http_code}}' --unix-socket /run/taskmanager/{service}.sock http://tasks.test/metrics"
    shown = host.check_output(f"runuser -u www-data -- {ask}")
    assert shown.endswith(" 200")
    assert "taskmanager_" in shown
    assert host.check_output(f"{ask} -H 'X-Real-IP: 192.0.2.1'").endswith(" 404")


def test_boards_go_out_and_come_back_by_the_command_line(host: Host) -> None:
    host.check_output("taskmanager export > /root/boards.json")
    made = host.check_output("taskmanager import --email admin@tasks.test < /root/boards.json").split()
    assert made
    again = host.check_output(f"taskmanager export --board {made[0]}")
    assert again in host.check_output("cat /root/boards.json").splitlines()


def test_first_account_keeps_its_password(host: Host) -> None:
    select = "SELECT name, password_hash FROM users WHERE email = 'admin@tasks.test'"
    query = f'runuser -u postgres -- psql -qAt taskmanager -c "{select}"'
    before = host.check_output(query)
    assert before.startswith("Admin|$argon2id$")
    command = "taskmanager create-user --email admin@tasks.test --name Other"
    assert host.check_output(f"echo another-password-4711 | {command}") == "unchanged"
    assert host.check_output(query) == before


@pytest.mark.parametrize(
    ("credential", "setting"), [("database_password", "database_password"), ("redis_password", "redis_password")]
)
def test_wrong_password_stops_the_start_with_the_settings_name(host: Host, active: str, credential: str, setting: str) -> None:
    file = f"/etc/taskmanager/credentials/{credential}"
    host.check_output(f"cp -p {file} /root/kept && printf wrong-password-4711 > {file}")
    unit = f"taskmanager-web@{active}"
    try:
        started = host.run(f"systemctl restart {unit}")
        said = host.check_output(f"journalctl -q -o cat -n 20 -u {unit}")
        by_hand = host.run("taskmanager check")
    finally:
        host.check_output(
            f"mv /root/kept {file}; systemctl stop {unit}; systemctl reset-failed {unit} taskmanager-web.socket || true"
        )
        host.check_output(f"systemctl start {unit}")
    assert started.rc != 0
    assert f"the credential {credential} is refused" in said
    assert "wrong-password-4711" not in said
    assert by_hand.rc == 1
    assert f"the credential {credential} is refused" in by_hand.stderr
    assert get(host, "/health").startswith("200 ")
