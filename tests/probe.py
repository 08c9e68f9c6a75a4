"""Tells which ports let a packet in. It runs alone on any host: python3 probe.py '[["ADDRESS", "tcp|udp|vrrp", PORT], ...]'.

An answer that nobody listens is an open port too: the packet reached the host. For udp and vrrp it is the only answer there is.
"""

import errno
import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

SOCKETS = {
    "tcp": (socket.SOCK_STREAM, 0),
    "udp": (socket.SOCK_DGRAM, 0),
    "vrrp": (socket.SOCK_RAW, 112),
}
# Nobody listens, or nobody speaks the protocol: said by the host itself.
ANSWERS = {errno.ECONNREFUSED, errno.ENOPROTOOPT}
# The own rules let it not out.
FORBIDDEN = {errno.EPERM, errno.EACCES}


def knock(target: tuple[str, str, int]) -> bool:
    """Return whether a packet to the port gets an answer within two seconds."""
    address, protocol, port = target
    with socket.socket(socket.AF_INET, *SOCKETS[protocol]) as knocker:
        knocker.settimeout(2)
        try:
            knocker.connect((address, port))
            if protocol != "tcp":
                # Long enough to be quoted whole in the answer that nobody listens.
                knocker.send(bytes(20))
                knocker.recv(1)
        except TimeoutError:
            return False
        except OSError as error:
            if error.errno not in ANSWERS | FORBIDDEN:
                raise
            return error.errno in ANSWERS
    return True


if __name__ == "__main__":
    with ThreadPoolExecutor(256) as pool:
        print(json.dumps(list(pool.map(knock, json.loads(sys.argv[1])))))
