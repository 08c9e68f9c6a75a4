"""The ways to break the PostgreSQL cluster of molecule/postgres; each returns what mends it."""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

from tests.ledger import TRIO, WAL, Trio, small_disk

NETWORK = "taskmanager-test-postgres"
ADDRESSES = {"db1": "10.89.121.11", "db2": "10.89.121.12", "db3": "10.89.121.13"}
# How long a fault lasts that is not expected to stop anything.
PATIENCE_S = 5
Mend = Callable[[], object]


def podman(*words: str) -> None:
    """Do something to a host as a whole."""
    subprocess.run(["podman", "--runtime", "runc", *words], check=True, capture_output=True, timeout=120)


def drop(host: str, **matches: str) -> Mend:
    """Drop packets of a host by hook, which closes no connection; return what ends that."""
    rules = "; ".join(
        f"add chain inet cut {hook} {{ type filter hook {hook} priority -300; }}; add rule inet cut {hook} {match} drop"
        for hook, match in matches.items()
    )
    podman("exec", f"{NETWORK}-{host}", "nft", f"add table inet cut; {rules}")
    return lambda: podman("exec", f"{NETWORK}-{host}", "nft", "delete table inet cut")


class Breaker:
    """The ways to break the cluster; each returns what mends it."""

    def __init__(self, trio: Trio, ttl_s: float) -> None:
        """Take the cluster, and how long its leader may be silent."""
        self.trio, self.ttl_s = trio, ttl_s
        self.acknowledged_by_the_old = 0

    def switchover(self, leader: str) -> Mend:
        """Hand over as the playbook does."""
        self.trio.hosts[leader].check_output("taskmanager-database switchover")
        return lambda: None

    def kill_server(self, leader: str) -> Mend:
        """Kill PostgreSQL on the leader."""
        self.trio.hosts[leader].check_output("kill -9 $(head -n 1 /var/lib/postgresql/17/main/postmaster.pid)")
        return lambda: None

    def kill_patroni(self, leader: str) -> Mend:
        """Kill Patroni on the leader; systemd starts it again."""
        self.trio.hosts[leader].check_output("systemctl kill --kill-who=main --signal=KILL patroni")
        time.sleep(PATIENCE_S)
        return lambda: None

    def cut_power(self, leader: str) -> Mend:
        """Take the leader's power."""
        podman("kill", f"{NETWORK}-{leader}")
        return lambda: podman("start", f"{NETWORK}-{leader}")

    def cut_off(self, leader: str) -> Mend:
        """Cut the cable; somebody on the host itself goes on trying to write there."""
        mend = drop(leader, input="iifname != lo", output="oifname != lo")
        stop = threading.Event()
        writer = threading.Thread(target=self.write_at_the_old, args=(leader, stop))
        writer.start()

        def end() -> None:
            stop.set()
            mend()
            writer.join()

        return end

    def write_at_the_old(self, leader: str, stop: threading.Event) -> None:
        """Try to write on the leader that was cut off, and count what it acknowledges."""
        statement = "INSERT INTO bench SELECT least(min(number), 0) - 1 FROM bench"
        insert = f"timeout 5 runuser -u postgres -- psql -XAtqc '{statement}' orders"
        command = ["podman", "--runtime", "runc", "exec", f"{NETWORK}-{leader}", "sh", "-c", insert]
        while not stop.wait(0.2):
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            self.acknowledged_by_the_old += answer.returncode == 0 and not answer.stderr

    def cut_from_etcd(self, leader: str) -> Mend:
        """Cut the leader's way to etcd alone, for longer than its lease."""
        mend = drop(leader, input="iifname != lo tcp dport { 2379, 2380 }", output="oifname != lo tcp dport { 2379, 2380 }")
        time.sleep(self.ttl_s + PATIENCE_S)
        return mend

    def lose_replica(self, leader: str) -> Mend:
        """Take the power of one replica."""
        replica = next(name for name in TRIO if name != leader)
        podman("kill", f"{NETWORK}-{replica}")
        time.sleep(PATIENCE_S)
        return lambda: podman("start", f"{NETWORK}-{replica}")

    def fill_replica(self, leader: str) -> Mend:
        """Fill the disk of one replica."""
        replica = next(name for name in TRIO if name != leader)
        stack = ExitStack()
        stack.enter_context(small_disk(self.trio.hosts[replica]))
        self.trio.hosts[replica].run(f"dd if=/dev/zero of={WAL}/filler bs=1M")
        self.trio.hosts[leader].check_output("runuser -u postgres -- psql -XAtqc 'SELECT pg_switch_wal()'")
        time.sleep(PATIENCE_S)
        return stack.close

    def lose_etcd_leader(self, leader: str) -> Mend:
        """Kill the member of etcd that leads there."""
        said = self.trio.hosts[leader].check_output("taskmanager-etcdctl endpoint status -w json")
        rows = [(row["Endpoint"], row["Status"]) for row in json.loads(said)]
        leads = next(endpoint for endpoint, state in rows if state["leader"] == state["header"]["member_id"])
        host = self.trio.hosts[next(name for name, address in ADDRESSES.items() if address in leads)]
        host.check_output("systemctl kill --signal=KILL etcd; systemctl stop etcd")
        time.sleep(PATIENCE_S)
        return lambda: host.check_output("systemctl start etcd")
