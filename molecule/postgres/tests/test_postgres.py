"""What clients of role postgres can and cannot do, seen from another host, and what the server survives."""

import subprocess
from collections.abc import Callable

import pytest
from testinfra.host import Host

Ask = Callable[..., tuple[int, str]]
Superuser = Callable[[str], str]

ANNA = "Uphill-Gardens-41"
BERT = """Quiet'Rivers-"77\""""


def test_owner_works_in_the_database_over_verified_tls(from_peer: Ask) -> None:
    sql = "CREATE TEMP TABLE t AS SELECT 7 AS n; SELECT n, version FROM t, pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert from_peer("anna", ANNA, sql) == (0, "7|TLSv1.3")


def test_password_may_hold_quotes(from_peer: Ask) -> None:
    assert from_peer("bert", BERT) == (0, "1")


def test_wrong_password_is_refused(from_peer: Ask) -> None:
    code, output = from_peer("anna", "Uphill-Gardens-42")
    assert code == 2
    assert "password authentication failed" in output


def test_plain_connection_is_refused(from_peer: Ask) -> None:
    code, output = from_peer("anna", ANNA, sslmode="disable")
    assert code == 2
    assert "no pg_hba.conf entry" in output
    assert "no encryption" in output


def test_tls_1_1_is_refused_by_the_server(name: str) -> None:
    # openssl, because libpq's own policy would refuse it before the server is asked.
    target = ["-starttls", "postgres", "-connect", f"10.89.121.{name[-2:]}:5432"]
    command = ["openssl", "s_client", *target, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    answer = subprocess.run(command, input="", capture_output=True, text=True, timeout=30, check=False)
    assert answer.returncode == 1
    assert "alert protocol version" in answer.stderr


def test_certificate_is_the_hosts_own(from_peer: Ask) -> None:
    code, output = from_peer("anna", ANNA, host="somebody-else")
    assert code == 2
    assert 'does not match host name "somebody-else"' in output


@pytest.mark.parametrize(("user", "database"), [("anna", "stock"), ("anna", "postgres"), ("postgres", "orders")])
def test_nobody_enters_a_database_of_others(from_peer: Ask, user: str, database: str) -> None:
    code, output = from_peer(user, ANNA, dbname=database)
    assert code == 2
    assert "no pg_hba.conf entry" in output


def test_databases_are_closed_to_other_roles_whatever_the_connection_rules_say(superuser: Superuser) -> None:
    assert superuser("SELECT has_database_privilege('bert', 'orders', 'CONNECT, TEMP, CREATE')") == "f"


def test_unlisted_address_is_refused_whatever_the_password(from_controller: Ask) -> None:
    code, output = from_controller("anna", ANNA)
    assert code == 2
    assert 'no pg_hba.conf entry for host "10.89.121.1"' in output


def test_passwords_are_kept_as_scram_and_out_of_the_log(host: Host, superuser: Superuser) -> None:
    assert (
        superuser("SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolname IN ('anna', 'bert')") == "t"
    )
    assert host.run("grep -rF -e %s -e %s /var/log/postgresql", "Uphill", "Rivers").rc == 1


def test_pages_have_checksums_and_sort_the_same_everywhere(superuser: Superuser) -> None:
    assert superuser("SHOW data_checksums") == "on"
    assert (
        superuser("SELECT datcollate || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'orders'") == "C.UTF-8UTF8"
    )


def test_settings_follow_the_inputs(superuser: Superuser) -> None:
    assert superuser("SHOW max_connections") == "40"
    assert superuser("SHOW log_line_prefix") == "%m it's %p"


@pytest.mark.parametrize("file", ["pg_hba.conf", "conf.d/taskmanager.conf"])
def test_configuration_is_roots_and_read_by_the_server_only(host: Host, version: str, file: str) -> None:
    path = host.file(f"/etc/postgresql/{version}/main/{file}")
    assert (path.user, path.group, path.mode) == ("root", "postgres", 0o640)


def test_server_listens_where_it_is_told_only(host: Host, name: str) -> None:
    sockets = host.check_output("ss -Hltn 'sport = 5432'").splitlines()
    assert {line.split()[3] for line in sockets} == {"127.0.0.1:5432", f"10.89.121.{name[-2:]}:5432"}


def test_server_starts_at_boot(host: Host, unit: str) -> None:
    assert host.service(unit).is_enabled


@pytest.mark.parametrize("accident", ["systemctl restart", "systemctl kill --kill-who=main --signal=KILL"])
def test_committed_data_survives(host: Host, unit: str, from_peer: Ask, superuser: Superuser, accident: str) -> None:
    before = superuser("SELECT pg_postmaster_start_time()")
    assert from_peer("anna", ANNA, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 5 AS n")[0] == 0
    host.check_output(f"{accident} {unit}")
    host.check_output(
        f"timeout 20 sh -c 'until [ \"$(systemctl show -p SubState --value {unit})\" = running ]; do sleep 0.1; done'"
    )
    assert superuser("SELECT pg_postmaster_start_time()") != before
    assert from_peer("anna", ANNA, "SELECT n FROM kept; DROP TABLE kept") == (0, "5")
