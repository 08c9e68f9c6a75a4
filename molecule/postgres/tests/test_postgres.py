"""What clients of role postgres can and cannot do, seen from another host."""

import subprocess
from collections.abc import Callable

import pytest
from testinfra.host import Host

Ask = Callable[..., tuple[int, str]]
Superuser = Callable[[str], str]

testinfra_hosts = ["ansible://db1", "ansible://solo"]

ANNA = "Uphill-Gardens-41"
BERT = """Quiet'Rivers-"77\""""


def test_owner_works_in_the_database_over_verified_tls(from_peer: Ask) -> None:
    sql = "SELECT current_user, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert from_peer("anna", ANNA, sql) == (0, "anna|TLSv1.3")


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


def test_tls_1_1_is_refused_by_the_server(host: Host) -> None:
    # openssl, because libpq's own policy would refuse it before the server is asked.
    address = host.check_output("hostname -i").split()[0]
    target = ["-starttls", "postgres", "-connect", f"{address}:5432"]
    command = ["openssl", "s_client", *target, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    answer = subprocess.run(command, input="", capture_output=True, text=True, timeout=30, check=False)
    assert answer.returncode == 1
    assert "alert protocol version" in answer.stderr


def test_certificate_is_the_hosts_own(from_peer: Ask) -> None:
    code, output = from_peer("anna", ANNA, host="somebody-else")
    assert code == 2
    assert 'does not match host name "somebody-else"' in output


@pytest.mark.parametrize(
    ("user", "database"),
    [("anna", "stock"), ("anna", "postgres"), ("postgres", "orders"), ("replicator", "orders"), ("monitor", "orders")],
)
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


def test_account_of_the_host_signs_in_as_its_role_only(host: Host) -> None:
    ask = "runuser -u www-data -- psql -wXAtqc 'SELECT count(*) > 0 FROM pg_stat_activity' -U {} orders"
    assert host.check_output(ask.format("monitor")) == "t"
    assert host.run(ask.format("postgres")).rc == 2


def test_passwords_are_kept_as_scram_and_out_of_the_log(host: Host, superuser: Superuser) -> None:
    assert superuser("SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolpassword IS NOT NULL") == "t"
    assert "anna" in superuser("SELECT string_agg(rolname, ' ') FROM pg_authid WHERE rolpassword IS NOT NULL")
    assert host.run("journalctl -u patroni -u etcd | grep -F -e Uphill -e Rivers -e Followers -e Way-Back -e Orchard").rc == 1


def test_pages_have_checksums_and_sort_the_same_everywhere(superuser: Superuser) -> None:
    assert superuser("SHOW data_checksums") == "on"
    assert (
        superuser("SELECT datcollate || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'orders'") == "C.UTF-8UTF8"
    )


def test_settings_and_extensions_follow_the_inputs(superuser: Superuser, host: Host) -> None:
    assert superuser("SHOW max_connections") == "40"
    assert superuser("SHOW log_line_prefix") == "%m it's %p"
    assert host.check_output("runuser -u postgres -- psql -XAtqc '\\dx pg_trgm' orders").startswith("pg_trgm|")


@pytest.mark.parametrize("file", ["config.yml", "pg_hba.conf", "pg_ident.conf", "postgresql.conf"])
def test_configuration_is_roots_and_read_by_the_server_only(host: Host, file: str) -> None:
    path = host.file(f"/etc/patroni/{file}")
    assert (path.user, path.group, path.mode) == ("root", "postgres", 0o640)


def test_server_listens_where_it_is_told_only(host: Host) -> None:
    address = host.check_output("hostname -i").split()[0]
    sockets = host.check_output("ss -Hltn 'sport = 5432 or sport = 8008'").splitlines()
    assert {line.split()[3] for line in sockets} == {"127.0.0.1:5432", f"{address}:5432", f"{address}:8008"}


@pytest.mark.parametrize("with_certificate", [True, False])
def test_rest_api_changes_nothing_without_certificate_and_password(host: Host, with_certificate: bool) -> None:
    address = host.check_output("hostname -i").split()[0]
    tls = "--cacert /etc/ssl/taskmanager/ca.crt"
    if with_certificate:
        tls += " --cert /etc/ssl/taskmanager/host.crt --key /etc/ssl/taskmanager/host.key"
    code = "curl -s -o /dev/null -w '%{http_code}' "
    assert host.check_output(f"{code} {tls} https://{address}:8008/health") == "200"
    assert host.check_output(f"{code} {tls} -X PATCH -d '{{\"ttl\": 21}}' https://{address}:8008/config") in {"401", "403"}
    assert host.run(f"curl -s http://{address}:8008/health").rc != 0


def test_server_starts_at_boot(host: Host) -> None:
    assert host.service("patroni").is_enabled
    assert host.service("etcd").is_enabled
