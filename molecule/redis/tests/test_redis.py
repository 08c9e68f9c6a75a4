"""What clients of role redis can and cannot do, seen from the controller, and what the server survives."""

import hashlib
import socket
import ssl
from collections.abc import Callable

import pytest
from testinfra.host import Host

Talk = Callable[..., list[str]]

# One of the cluster stands for all three.
testinfra_hosts = ["ansible://one", "ansible://debian12", "ansible://valkey"]

SHOP = "Uphill-Gardens-41"
ADDRESSES = {"one": "10.89.122.11", "debian12": "10.89.122.21", "valkey": "10.89.122.22"}
WATCH = """Quiet'Rivers-"77\""""


def test_user_works_over_verified_tls(talk: Talk) -> None:
    answers = talk("shop", SHOP, ("SET", "session:1", "anna"), ("GET", "session:1"), ("PUBLISH", "board:1", "moved"))
    assert answers == ["OK", "OK", "anna", "0"]


def test_password_may_hold_quotes(talk: Talk) -> None:
    assert talk("watch", WATCH, ("PING",)) == ["OK", "PONG"]


@pytest.mark.parametrize(("user", "password"), [("shop", "Uphill-Gardens-42"), ("default", ""), ("default", SHOP), ("eve", SHOP)])
def test_wrong_user_or_password_is_refused(talk: Talk, user: str, password: str) -> None:
    [answer] = talk(user, password)
    assert answer.startswith("-WRONGPASS")


def test_client_finds_the_master_at_the_sentinel(talk: Talk, name: str) -> None:
    answers = talk("shop", SHOP, ("SENTINEL", "MASTERS"), ("PING",), at=name, port=26379)
    assert "taskmanager" in answers[1].split()
    assert answers[2] == "PONG"


@pytest.mark.parametrize("command", [("FAILOVER", "taskmanager"), ("SET", "taskmanager", "quorum", "1"), ("RESET", "*")])
def test_client_cannot_command_the_sentinel(talk: Talk, name: str, command: tuple[str, ...]) -> None:
    assert talk("shop", SHOP, ("SENTINEL", *command), at=name, port=26379)[1].startswith("-NOPERM")


@pytest.mark.parametrize("user", ["operator", "sentinel", "replica"])
def test_users_of_the_members_cannot_touch_a_key(talk: Talk, user: str) -> None:
    password = hashlib.sha256(f"molecule-between-the-members {user}".encode()).hexdigest()
    signed_in, pong, got, put = talk(user, password, ("PING",), ("GET", "session:1"), ("SET", "session:1", "eve"))
    assert (signed_in, pong) == ("OK", "PONG")
    assert got.startswith("-NOPERM")
    assert put.startswith("-NOPERM")


@pytest.mark.parametrize("port", [6379, 26379])
def test_nothing_is_answered_before_the_password(talk: Talk, name: str, port: int) -> None:
    assert talk("", "", ("PING",), ("INFO",), at=name, port=port) == ["-NOAUTH Authentication required."] * 2


@pytest.mark.parametrize(
    "command",
    [
        ("CONFIG", "GET", "*"),
        ("SHUTDOWN", "NOSAVE"),
        ("FLUSHALL",),
        ("KEYS", "*"),
        ("ACL", "LIST"),
        ("MODULE", "LIST"),
        ("SAVE",),
    ],
    ids=lambda command: command[0],
)
def test_app_user_cannot_administer_the_server(talk: Talk, command: tuple[str, ...]) -> None:
    assert talk("shop", SHOP, command)[-1].startswith("-NOPERM")


def test_user_with_rules_is_held_to_them(talk: Talk) -> None:
    answers = talk("watch", WATCH, ("GET", "metrics:up"), ("GET", "session:1"), ("SET", "metrics:up", "1"))
    assert answers[1] == "nil"
    assert answers[2].startswith("-NOPERM")
    assert answers[3].startswith("-NOPERM")


@pytest.mark.parametrize("port", [6379, 26379])
def test_plain_connection_gets_no_answer(host: Host, port: int) -> None:
    with socket.create_connection((host.check_output("hostname -I").split()[0], port), timeout=5) as plain:
        plain.sendall(b"PING\r\n")
        try:
            answer = plain.recv(100)
        except ConnectionResetError:
            answer = b""
    assert b"PONG" not in answer
    assert b"NOAUTH" not in answer


@pytest.mark.parametrize("port", [6379, 26379])
def test_tls_1_1_is_refused(talk: Talk, context: ssl.SSLContext, name: str, port: int) -> None:
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        talk("shop", SHOP, at=name, port=port)


def test_certificate_is_the_hosts_own(talk: Talk) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="somebody-else"):
        talk("shop", SHOP, server_name="somebody-else")


def test_server_and_sentinel_listen_where_they_are_told_only(host: Host, name: str) -> None:
    sockets = host.check_output("ss -Hltn").splitlines()
    found = {line.split()[3] for line in sockets if not line.split()[3].endswith(":22")}
    assert found == {f"{address}:{port}" for address in ("127.0.0.1", ADDRESSES[name]) for port in (6379, 26379)}


@pytest.mark.parametrize("file", ["users.acl", "sentinel-users.acl", "taskmanager.conf", "taskmanager-sentinel.conf"])
def test_configuration_is_read_by_the_server_only(host: Host, product: str, file: str) -> None:
    path = host.file(f"/etc/{product}/{file}")
    assert (path.group, path.mode) == (product, 0o640)
    assert path.user == ("root" if file.endswith(".acl") else product)


def test_what_the_host_knows_is_for_root_only(host: Host) -> None:
    path = host.file("/etc/taskmanager/redis.json")
    assert (path.user, path.group, path.mode) == ("root", "root", 0o600)


def test_password_is_kept_as_its_sum(host: Host, product: str) -> None:
    assert hashlib.sha256(SHOP.encode()).hexdigest() in host.file(f"/etc/{product}/users.acl").content_string
    assert host.run("grep -rF %s /etc /var/log", SHOP).rc == 1


def test_memory_is_bounded_and_sessions_go_last(talk: Talk) -> None:
    memory = talk("shop", SHOP, ("INFO", "memory"))[-1]
    assert "maxmemory:67108864\r\n" in memory
    assert "maxmemory_policy:volatile-ttl\r\n" in memory


def test_kernel_lets_the_server_fork_now_and_after_a_reboot(host: Host) -> None:
    assert host.sysctl("vm.overcommit_memory") == 1
    assert host.check_output("cat /etc/sysctl.d/60-taskmanager-redis.conf").replace(" ", "") == "vm.overcommit_memory=1"


@pytest.mark.parametrize("kind", ["server", "sentinel"])
def test_sandbox_of_the_package_is_kept_and_it_starts_at_boot(host: Host, product: str, kind: str) -> None:
    properties = "-p ProtectSystem -p NoNewPrivileges -p MemoryDenyWriteExecute -p User -p Restart"
    shown = host.check_output(f"systemctl show {product}-{kind} {properties}")
    wanted = {"ProtectSystem=strict", "NoNewPrivileges=yes", "MemoryDenyWriteExecute=yes", f"User={product}", "Restart=always"}
    assert set(shown.split()) == wanted
    assert host.service(f"{product}-{kind}").is_enabled


@pytest.mark.parametrize("accident", ["systemctl restart", "systemctl kill --kill-who=main --signal=KILL"])
def test_data_of_a_host_alone_survives(
    host: Host, name: str, product: str, talk: Talk, wait: Callable[[], None], accident: str
) -> None:
    if name == "one":
        pytest.skip("the cluster has its own tests of accidents")
    transaction = [("MULTI",), ("SET", "session:pair", accident), ("EXEC",)]
    before = talk("shop", SHOP, ("SET", "session:kept", accident), *transaction, ("INFO", "server"))[-1]
    host.check_output(f"{accident} {product}-server")
    wait()
    after, *kept = talk("shop", SHOP, ("INFO", "server"), ("GETDEL", "session:kept"), ("GETDEL", "session:pair"))[1:]
    assert kept == [accident, accident]
    assert run_id(after) != run_id(before)


def run_id(info: str) -> str:
    """Return what is different after every start of the server."""
    return next(line for line in info.splitlines() if line.startswith("run_id:"))
