"""Ports on loopback, and the check that nothing of ours can be reached from elsewhere."""

import os
import random
import re
import socket
import subprocess

LOCALHOST = "127.0.0.1"


def _free(address, port):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def free_block(size, address=LOCALHOST):
    """The first of `size` consecutive ports that are free on UDP and TCP, below the kernel's ephemeral range."""
    for _ in range(200):
        base = random.randrange(20000, 32000 - size)
        if all(_free(address, port) for port in range(base, base + size)):
            return base
    raise OSError(f"no {size} free ports in a row on {address}")


def _session(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def reachable_from_elsewhere(sessions):
    """Lines of `ss` about listening or unconnected sockets, not on loopback, of processes in these sessions."""
    listing = subprocess.run(["ss", "-Hlntup"], capture_output=True, text=True, check=True).stdout
    exposed = []
    for line in listing.splitlines():
        local = line.split()[4]
        if local.startswith(("127.", "[::1]", "[::ffff:127.")):
            continue
        if any(_session(int(pid)) in sessions for pid in re.findall(r"pid=(\d+)", line)):
            exposed.append(line)
    return exposed
