"""Kamailio from Debian in its roles: the edge in front of the server, a presence server to compare with, XDM server."""

import pathlib
import subprocess

from .net import LOCALHOST, free_block
from .process import Failed, Process
from .sip import UdpPeer, ask
from .xdms import Shelf

SCHEMA = pathlib.Path("/usr/share/kamailio/db_sqlite")
HERE = pathlib.Path(__file__).resolve().parent.parent
EDGE_HOST = "127.0.0.2"  # an address of its own, so that the server can trust the edge and nobody else


def _start(name, config, defines, address, log_dir):
    """Kamailio with `defines`, once it answers OPTIONS at `address`."""
    run_dir = pathlib.Path(log_dir) / f"{name}.run"
    run_dir.mkdir()
    argv = ["kamailio", "-DD", "-f", HERE / config, "-m", "64", "-M", "8", "-Y", run_dir, "-P", run_dir / "pid"]
    for define in defines:
        argv += ["-A", define]
    process = Process(name, argv, log_dir)
    peer = UdpPeer(address, address[0])
    try:
        ask(peer, "OPTIONS", f"sip:ping@{address[0]}:{address[1]}")
    except BaseException:
        process.stop()
        raise
    finally:
        peer.close()
    return process


class Edge:
    """Registrar and stand-in for P-CSCF and S-CSCF: UDP, TCP and WebSocket at `address`."""

    def __init__(self, server, log_dir):
        self.address = (EDGE_HOST, free_block(1, EDGE_HOST))
        here, there = "%s:%d" % self.address, "%s:%d" % server
        defines = [f"EDGEHOST={EDGE_HOST}", f"EDGEADDR={here}", f'ASURI="sip:{there}"',
                   f'ISCROUTE="<sip:{there};lr>, <sip:odi@{here};lr>"', "WITH_WS"]
        self.process = _start("edge", "edge.cfg", defines, self.address, log_dir)

    def stop(self):
        self.process.stop()


class Reference:
    """Kamailio's presence server at `udp`."""

    def __init__(self, log_dir):
        self.udp = (LOCALHOST, free_block(1))
        self.process = _start("reference", "reference.cfg", ["SIPADDR=%s:%d" % self.udp], self.udp, log_dir)

    def check_healthy(self):
        """Failed if the process is gone."""
        if not self.process.alive():
            raise Failed("Kamailio is gone")

    def stop(self):
        self.process.stop()


class XdmServer(Shelf):
    """Kamailio's xcap_server; `notifier` is the SIP URI of its xcap-diff."""

    @staticmethod
    def missing():
        """Why it cannot be started, or None."""
        found = SCHEMA.is_dir() and pathlib.Path("/usr/bin/sqlite3").exists()
        return None if found else "kamailio-sqlite-modules or sqlite3 is not installed"

    def __init__(self, log_dir):
        sip, web = ((LOCALHOST, free_block(1)) for _ in range(2))
        super().__init__("http://%s:%d/xcap-root" % web)
        self.notifier = "sip:xdms@%s:%d" % sip
        database = pathlib.Path(log_dir) / "xdms.sqlite"
        # The journal mode stays with the file: set by every process at its start, it would find it locked by another
        script = "PRAGMA journal_mode=WAL;" + "".join(
            (SCHEMA / f"{part}-create.sql").read_text() for part in ("standard", "presence"))
        subprocess.run(["sqlite3", database], input=script, text=True, check=True, capture_output=True)
        url = f"sqlite:///{database}"
        defines = ["SIPADDR=%s:%d" % sip, "XCAPADDR=%s:%d" % web, f'DATABASE="{url}"', f'CONNECTION="x=>{url}"',
                   f'NOTIFIER="{self.notifier}"', f'ROOT="{self.root}"']
        self.process = _start("xdms", "xdms.cfg", defines, sip, log_dir)

    def stop(self):
        self.process.stop()
