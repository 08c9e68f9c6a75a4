"""What role acme says to wrong inputs, before anything changes; one host is enough for this."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

testinfra_hosts = ["ansible://lb1"]

Play = Callable[..., subprocess.CompletedProcess[str]]

REFUSED = [
    "no name: acme_names of lb1 is []; write at least one full DNS name",
    "an address: acme_names of lb1 is",
    "a wildcard: acme_names of lb1 is",
    'plain http: acme_directory_url of lb1 is "http://authority/dir"; write the authority\'s directory as https://NAME/PATH',
    'an odd address: acme_email of lb1 is "admin at tasks.test"; write an e-mail address',
]


def test_wrong_inputs_are_refused_with_a_sentence(play: Play) -> None:
    answer = play(playbook=Path(__file__).with_name("refusals.yml"))
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").replace('\\"', '"').split())
    assert answer.returncode == 0, text
    assert [message for message in REFUSED if message not in text] == [], answer.stdout
    assert "good inputs: " not in text
    assert "changed=0" in text
