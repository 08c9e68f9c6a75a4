"""Writes the table of inputs in every role's README from its argument_specs: python tests/role_readme.py"""

import re
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[1]
TABLE = re.compile(r"(<!-- inputs -->\n).*?(<!-- /inputs -->)", re.DOTALL)


def text_of(description: str | list[str]) -> str:
    """Return a description as one line."""
    lines = [description] if isinstance(description, str) else description
    return " ".join(" ".join(lines).split()).replace("|", "\\|")


def default_of(option: dict[str, Any]) -> str:
    """Return how the default of an input reads in the table."""
    if option.get("required"):
        return "required"
    return f"`{option['default']}`" if "default" in option else ""


def table_of(options: dict[str, Any]) -> str:
    """Return the Markdown table of a role's inputs."""
    rows = ["| input | type | default | what it is |", "|---|---|---|---|"]
    for name, option in options.items():
        kind = f"{option['type']} of {option['elements']}" if "elements" in option else option["type"]
        rows.append(f"| `{name}` | {kind} | {default_of(option)} | {text_of(option['description'])} |")
        for key, inner in option.get("options", {}).items():
            rows.append(f"| &nbsp;&nbsp;`{key}` | {inner['type']} | {default_of(inner)} | {text_of(inner['description'])} |")
    return "\n".join(rows) + "\n"


def readme_with_table(role: Path) -> str:
    """Return the README of a role with its table as the argument_specs have it."""
    specs = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())
    table = table_of(specs["argument_specs"]["main"]["options"])
    return TABLE.sub(lambda match: match[1] + table + match[2], (role / "README.md").read_text())


def main() -> None:
    """Rewrite the README of every role."""
    for role in sorted((PROJECT / "roles").iterdir()):
        (role / "README.md").write_text(readme_with_table(role))


if __name__ == "__main__":
    main()
