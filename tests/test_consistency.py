"""What is written in two places says the same in both."""

import re
import tomllib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.role_readme import readme_with_table

PROJECT = Path(__file__).parents[1]
ROLES = sorted(path.parent.parent.name for path in PROJECT.glob("roles/*/tasks/main.yml"))


@cache
def load(path: str) -> Any:  # noqa: ANN401 - YAML holds anything
    """Return the YAML file at a path below the project."""
    return yaml.safe_load((PROJECT / path).read_text())


def version(text: str) -> tuple[int, ...]:
    """Return the numbers of a version for comparing."""
    return tuple(int(number) for number in re.findall(r"\d+", text))


@pytest.mark.parametrize("wanted", load("requirements.yml")["collections"], ids=lambda wanted: str(wanted["name"]))
def test_collections_of_the_lock_fit_requirements(wanted: dict[str, str]) -> None:
    namespace, name = wanted["name"].split(".")
    root = Path(str(distribution("ansible").locate_file("ansible_collections")))
    installed = yaml.safe_load((root / namespace / name / "MANIFEST.json").read_text())["collection_info"]["version"]
    lowest, below = wanted["version"].split(",")
    assert version(lowest) <= version(installed) < version(below)


def test_every_used_collection_is_required() -> None:
    used = set()
    for path in [*PROJECT.glob("roles/**/*.yml"), *PROJECT.glob("playbooks/**/*.yml")]:
        used |= set(re.findall(r"^\s*(?:- )?((?:ansible|community|containers)\.\w+)\.\w+:", path.read_text(), re.MULTILINE))
    assert used - {"ansible.builtin"} == {wanted["name"] for wanted in load("requirements.yml")["collections"]}


@pytest.mark.parametrize(("lab", "folder"), [("single", "single"), ("ha", "lab")])
def test_bin_lab_and_the_inventory_agree(lab: str, folder: str) -> None:
    line = re.search(rf"^ *{lab}\) (inventory=.*) ;;", (PROJECT / "bin" / "lab").read_text(), re.MULTILINE)
    assert line
    said = dict(word.split("=", 1) for word in line[1].split())
    settings = load(f"inventories/{folder}/group_vars/all/lab.yml")
    hosts = load(f"inventories/{folder}/hosts.yml")["all"]["hosts"]
    ports = [port for host in hosts.values() for port in host.get("lab_ports", [])]
    assert said["network"] == settings["lab_network"]
    assert said["subnet"] == settings["lab_subnet"]
    assert ports == [f"127.0.0.1:{said['port']}:443"]
    assert load(f"inventories/{folder}/group_vars/all/main.yml")["taskmanager_port"] == int(said["port"])


def test_every_pin_is_exact() -> None:
    for file in ("pyproject.toml", "app/pyproject.toml"):
        project = tomllib.loads((PROJECT / file).read_text())
        pins = project["project"]["dependencies"] + project.get("dependency-groups", {}).get("dev", [])
        assert [pin for pin in pins if "==" not in pin] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_default_is_specified_and_every_input_documented(role: str) -> None:
    options = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = load(f"roles/{role}/defaults/main.yml")
    assert set(defaults) <= set(options)
    readme = (PROJECT / "roles" / role / "README.md").read_text()
    assert [name for name in options if f"`{name}`" not in readme] == []
    for name, option in options.items():
        assert name.startswith(f"{role}_")
        assert option["description"]
        assert option["type"]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_scenario_on_debian_13_and_12(role: str) -> None:
    hosts = load(f"molecule/{role}/inventory.yml")["all"]["hosts"]
    assert {str(host.get("lab_release", "13")) for host in hosts.values()} == {"12", "13"}


def test_no_secret_is_tracked() -> None:
    ignored = (PROJECT / ".gitignore").read_text()
    assert "/inventories/*/group_vars/all/vault.yml" in ignored
    assert "/inventories/*/pki/" in ignored


@pytest.mark.parametrize("role", ROLES)
def test_the_table_in_a_roles_readme_is_that_of_its_specs(role: str) -> None:
    folder = PROJECT / "roles" / role
    assert readme_with_table(folder) == (folder / "README.md").read_text(), "run: .venv/bin/python tests/role_readme.py"
