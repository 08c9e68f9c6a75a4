#!/usr/bin/env python3
"""write MARK LINES PAUSE: writes numbered lines into the journal, the mark being their request id, with a pause after each."""

import socket
import sys
import time

mark, lines, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for number in range(lines):
    text = f"MESSAGE={mark} line {number}\nSYSLOG_IDENTIFIER=numbers\nREQUEST_ID={mark}\n"
    journal.sendto(text.encode(), "/run/systemd/journal/socket")
    time.sleep(pause)
