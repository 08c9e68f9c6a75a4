"""What role nginx says to wrong inputs, before anything changes; one host is enough for this."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

testinfra_hosts = ["ansible://debian13"]

Play = Callable[..., subprocess.CompletedProcess[str]]

REFUSED = [
    'no domain: nginx_domain of debian13 is ""; set it to the name people open the site with',
    "no app host: nginx_gateways or nginx_gateway_clients of debian13 is empty",
    'a rate without a unit: nginx_rate_address of debian13 is "10"; write a rate with its unit',
    'a class without a unit: nginx_limits of debian13 has for api_read {"rate": "100"}; write rate as a rate with its unit',
    "an unknown class: nginx_limits of debian13 names api_reads; the classes are sign_in,",
    'an unknown key: nginx_limits of debian13 has for api_read {"key": "country"}',
    "no certificate: nginx_certificate_file of debian13 is",
    "garbage: nginx_certificate_file of debian13",
    "an expired one: nginx_certificate_file of debian13",
    "another chain: nginx_certificate_file of debian13",
    "goes on with a certificate that did not sign the one before it",
    "another key: nginx_certificate_key_file of debian13",
    "files beside another source: nginx_certificate_source of debian13 is acme",
    "another name: nginx_certificate_file of debian13",
    "which is no file on the controller",
    "is no certificate in PEM form",
    "is not valid tomorrow",
    "is not the key of",
    "is for other.test and not for tasks.test",
]


def test_wrong_inputs_are_refused_with_a_sentence(play: Play) -> None:
    answer = play(playbook=Path(__file__).with_name("refusals.yml"))
    text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", answer.stdout + answer.stderr).replace("''", "'").replace('\\"', '"').split())
    assert answer.returncode == 0, text
    assert [message for message in REFUSED if message not in text] == [], answer.stdout
    assert "good inputs: " not in text
    assert "changed=0" in text
