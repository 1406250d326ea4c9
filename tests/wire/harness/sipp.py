"""SIPp runs: one scenario, one call or a bounded number of them, judged by SIPp's own checks."""

import itertools
import pathlib
import re

from .kamailio import EDGE_HOST
from .net import LOCALHOST, free_block
from .process import DEADLINE_S, Failed, Process

SCENARIOS = pathlib.Path(__file__).resolve().parent.parent / "sipp"


_serial = itertools.count(1)


def _written(address):
    return ("[%s]:%d" if ":" in address[0] else "%s:%d") % address


class Sipp:
    """A run of sipp/NAME.xml against `server` (host, port), sent from the trusted address of the edge.

    The messages are in `process.output`. Where a tunnel carries them, `via` names its transport and `at` where it is.
    The `keys` are the [words] of the scenario; more than one call come at a `rate` per second, with `fields` of a file.
    `login` is name, password and digest URI for [authentication].
    """

    def __init__(self, scenario, server, log_dir, transport="udp", host=EDGE_HOST, via=None, at=None, calls=1, rate=10,
                 fields=None, login=None, **keys):
        port, control = free_block(1, host), free_block(1)
        argv = ["sipp", _written(server), "-sf", SCENARIOS / f"{scenario}.xml", "-m", calls, "-r", rate, "-nostdin",
                "-default_behaviors", "abortunexp", "-t", {"udp": "u1", "tcp": "t1"}[transport],
                "-i", host, "-p", port, "-ci", LOCALHOST, "-cp", control,
                "-timeout", f"{2 * DEADLINE_S + calls // rate}s", "-timeout_error",
                "-trace_msg", "-message_file", "/dev/stdout", "-trace_err", "-error_file", "/dev/stdout",
                "-key", "via", (via or transport).upper(), "-key", "scheme", via or transport,
                "-key", "at", _written(at or (host, port))]
        if fields:
            argv += ["-inf", fields]
        if login:
            name, password, uri = login
            argv += ["-au", name, "-ap", password, "-auth_uri", uri]
        for key, value in keys.items():
            argv += ["-key", key, value]
        self.process = Process(f"sipp-{next(_serial)}-{scenario}", argv, log_dir)

    def check(self):
        """Failed unless the call went as the scenario says."""
        status = self.process.wait(3 * DEADLINE_S)
        self.process.stop()
        if status != 0:
            raise Failed(f"{self.process.name} exit status {status}:\n{self.process.output[-6000:]}")
        return self

    @property
    def etag(self):
        """The last entity-tag it was given."""
        return re.findall(r"^SIP-ETag: *(\S+)", self.process.output, re.MULTILINE)[-1]
