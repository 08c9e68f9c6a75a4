"""The table of flows says the same in the documentation, and what it means is computed rightly."""

from tests.flow_table import PAGE, load_flows, page_of
from tests.flows import Site

SITE = Site(
    addresses={"web": "10.0.0.1", "store": "10.0.0.2", "guest": "10.0.0.9"},
    zones={"desk": ["10.0.0.0/29"], "web": ["10.0.0.1"], "store": ["10.0.0.2"]},
    flows=[
        {"name": "ssh", "from": "desk", "to": "store", "protocol": "tcp", "ports": [22]},
        {"name": "sql", "from": "web", "to": "store", "protocol": "tcp", "ports": [5432]},
        {"name": "site", "from": "anywhere", "to": "web", "protocol": "tcp", "ports": [443]},
    ],
    ruled=frozenset({"web", "store"}),
    bound=frozenset({"web"}),
)


def test_page_of_flows_is_that_of_the_table() -> None:
    assert PAGE.read_text() == page_of(load_flows()), "run: .venv/bin/python tests/flow_table.py"


def test_only_what_is_drawn_is_open() -> None:
    open_knocks = {knock for knock in SITE.knocks() if SITE.is_open(knock)}
    assert open_knocks == {
        ("web", "store", "tcp", 5432),
        ("store", "web", "tcp", 443),
        ("guest", "web", "tcp", 443),
        # Nobody rules there, so all is open but to the host that may not ask just anybody.
        ("store", "guest", "tcp", 22),
        ("store", "guest", "tcp", 443),
        ("store", "guest", "tcp", 5432),
    }


def test_network_of_a_zone_counts_for_those_who_knock() -> None:
    free = Site(SITE.addresses, SITE.zones, SITE.flows, SITE.ruled)
    assert free.is_open(("web", "store", "tcp", 22))
    assert not free.is_open(("guest", "store", "tcp", 22))


def test_every_flow_says_what_it_is_for_and_nothing_unknown() -> None:
    known = {"name", "from", "to", "protocol", "ports", "limited", "purpose"}
    assert [
        flow["name"] for flow in load_flows() if not {"name", "from", "to", "protocol", "purpose"} <= set(flow) <= known
    ] == []
