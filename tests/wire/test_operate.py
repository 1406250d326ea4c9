"""Start, health, drain in both modes, backup and restore: as the chapter "Operate it" of README.md says, and what systemd
and the watchers see of it.

A block of the chapter is fenced as ```sh and follows a line `<!-- operate: NAME -->`. Only paths and ports are others.
"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from harness.case import Options, WireTest
from harness.kamailio import EDGE_HOST
from harness.net import free_block
from harness.process import DEADLINE_S, Process
from harness.server import Server
from harness.sip import UdpPeer, Watcher, ask, unique

ROOT = pathlib.Path(__file__).resolve().parents[2]
PIDF = """<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{}">
  <tuple id="a"><status><basic>open</basic></status></tuple>
</presence>"""


def blocks():
    """The commands of the chapter by the name of their block."""
    readme = (ROOT / "README.md").read_text()
    return dict(re.findall(r"^<!-- operate: (\w+) -->\n+```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL))


class OperateTest(WireTest):
    def setUp(self):
        if Options.against_kamailio:
            self.skipTest("this is about Presentia")
        self.own = pathlib.Path(tempfile.mkdtemp(dir=self.folder))  # short, for the path of a socket
        (self.own / "lib").mkdir()
        self.metrics = f"127.0.0.1:{free_block(1)}"
        self.presentity = f"sip:{unique('operate')}@example.org"

    def start(self, *settings, env=None):
        """A server with its metrics; ended after the test if it has not been."""
        server = Server(Options.binary_dir, self.own,
                        [f"management.metrics={self.metrics}", f"store.path={self.own}/lib/state", *settings], env=env)
        self.addCleanup(server.process.stop)
        return server

    def run_block(self, name):
        """What the commands of a block print; they must succeed."""
        text = blocks()[name]
        for fixed, own in {"127.0.0.1:9090": self.metrics, "/var/lib/presentia": f"{self.own}/lib"}.items():
            text = text.replace(fixed, own)
        environment = {**os.environ, "PATH": f"{Options.binary_dir}:{os.environ['PATH']}",
                       "PRESENTIA_MANAGEMENT": f"unix:{self.own}/management.sock"}
        ran = subprocess.run(["bash", "-e", "-c", text], env=environment, capture_output=True, text=True,
                             timeout=2 * DEADLINE_S, check=False)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return ran.stdout

    def peer(self, server):
        peer = UdpPeer(server.udp, EDGE_HOST)
        self.addCleanup(peer.close)
        return peer

    def watcher(self, server):
        watcher = Watcher(server.udp, self.presentity, EDGE_HOST)
        self.addCleanup(watcher.close)
        self.assertEqual(watcher.subscribe().status, 200)
        watcher.wait_for_notify("active")
        return watcher

    def subscribe(self, server, **more):
        return ask(self.peer(server), "SUBSCRIBE", self.presentity, user="sip:new@example.org",
                   headers=["Event: presence"], **more)

    def publish(self, server, **more):
        return ask(self.peer(server), "PUBLISH", self.presentity, headers=["Event: presence", *more.pop("headers", [])],
                   **more)

    def first_publication(self, server):
        """The entity-tag of a new publication."""
        answer = self.publish(server, body=PIDF.format(self.presentity).encode(), content_type="application/pidf+xml",
                              expires=600)
        self.assertEqual(answer.status, 200)
        return answer.get("SIP-ETag")

    def silent(self, server):
        """A subscription whose watcher does not answer its NOTIFY: an open transaction."""
        peer = self.peer(server)
        self.assertEqual(ask(peer, "SUBSCRIBE", self.presentity, user="sip:deaf@example.org",
                             headers=["Event: presence"], expires=600).status, 200)

    def assert_ended_well(self, server):
        self.assertEqual(server.process.wait(), 0, server.process.output[-3000:])
        self.assertNotRegex(server.process.output, r"Sanitizer|runtime error:")


class Drain(OperateTest):
    """
    watcher            presentia             operator
       |  SUBSCRIBE -->    |                     |
       |  <-- NOTIFY       |    <-- SIGTERM / drain
       |                   |  (new SUBSCRIBE: 503)
       |  <-- NOTIFY terminated;reason=deactivated     handover only
       |                   x  status 0
    """

    def test_keep_leaves_the_dialogs_and_refuses_what_is_new(self):
        server = self.start("drain.mode=keep", "drain.timeout_s=600", "sip.t1_ms=4000")
        watcher = self.watcher(server)
        etag = self.first_publication(server)
        self.silent(server)  # holds the drain open
        server.process.send_signal(signal.SIGTERM)
        server.process.wait_for("event=drain.begun mode=keep")
        refused = self.subscribe(server, expires=600)
        self.assertEqual(refused.status, 503)
        self.assertIn(int(refused.get("Retry-After")), range(5, 31))  # runtime.retry_after_s to overload.max_retry_after_s
        self.assertIn("drains", refused.get("Warning"))
        self.assertEqual(self.subscribe(server, expires=0).status, 503)
        self.assertEqual(watcher.refresh().status, 200)
        self.assertEqual(self.publish(server, headers=[f"SIP-If-Match: {etag}"], expires=600).status, 200)
        server.process.send_signal(signal.SIGTERM)  # at once
        self.assert_ended_well(server)
        self.assertFalse([n for n in watcher.notifies if "terminated" in n.get("Subscription-State")])

    def test_keep_ends_by_itself_and_within_its_time(self):
        for settings in (["drain.timeout_s=600"], ["drain.timeout_s=2", "sip.t1_ms=4000"],
                         ["drain.timeout_s=600", "sip.t1_ms=50"]):
            server = self.start(*settings)
            self.watcher(server)
            if len(settings) > 1:
                self.silent(server)
            server.process.send_signal(signal.SIGTERM)
            self.assert_ended_well(server)

    def test_a_handover_tells_each_watcher_to_subscribe_elsewhere(self):
        server = self.start("drain.mode=handover", "drain.notify_rate=20")
        watchers = [self.watcher(server) for _ in range(20)]
        server.process.send_signal(signal.SIGTERM)
        server.process.wait_for("event=drain.begun mode=handover")
        self.assertEqual(self.subscribe(server, expires=600).status, 503)
        self.assert_ended_well(server)
        for watcher in watchers:
            last = watcher.wait_for_notify("terminated")
            self.assertIn("reason=deactivated", last.get("Subscription-State"))
            self.assertEqual(last, watcher.notifies[-1])

    def test_systemd_is_told_how_the_server_is(self):
        place = self.own / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(place))
            told.settimeout(DEADLINE_S)
            server = self.start(env={"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": "1000000"})
            messages = []

            def wait_for(message):
                while not any(seen.startswith(message) for seen in messages):
                    messages.append(told.recv(4096).decode())

            wait_for("READY=1")
            wait_for("STATUS=serving")
            wait_for("WATCHDOG=1")
            server.process.send_signal(signal.SIGTERM)
            wait_for("STATUS=draining (keep)")
            wait_for("STOPPING=1")
            self.assert_ended_well(server)


def health(status):
    """A message of grpc.health.v1 on the wire: not compressed, its length, and status as field 1."""
    return f"\0\0\0\0\2\x08{chr(status)}"


SERVING, NOT_SERVING = health(1), health(2)


class Health(OperateTest):
    """
    load balancer      presentia
       |  Watch -->        |
       |  <-- SERVING      |
       |                   |  <-- SIGTERM
       |  <-- NOT_SERVING  |  (drains)
    """

    def call(self, method, server, service=""):
        """A client of grpc.health.v1 that asks once or, with Watch, goes on; it prints the messages as they come."""
        message = b"\x0a" + bytes([len(service)]) + service.encode() if service else b""
        body = self.own / f"{method}.body"
        body.write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
        return self.started(Process(method, [
            "curl", "--silent", "--no-buffer", "--http2-prior-knowledge", "--unix-socket",
            server.management.removeprefix("unix:"), "--header", "Content-Type: application/grpc", "--header",
            "TE: trailers", "--data-binary", f"@{body}", f"http://localhost/grpc.health.v1.Health/{method}"], self.own))

    def test_grpc_health_says_serving_and_while_it_drains_not_serving(self):
        server = self.start("drain.timeout_s=600", "sip.t1_ms=4000")
        watch = self.call("Watch", server)
        watch.wait_for(SERVING)
        for service in ("", "presentia.management.Management", "presentia.management.Presentities"):
            self.call("Check", server, service).wait_for(SERVING)
        self.silent(server)  # holds the drain open
        server.process.send_signal(signal.SIGTERM)
        watch.wait_for(NOT_SERVING, after=watch.output.rindex(SERVING))
        self.call("Check", server).wait_for(NOT_SERVING)
        server.process.send_signal(signal.SIGTERM)  # at once
        self.assert_ended_well(server)


class Chapter(OperateTest):
    def test_the_commands_of_the_chapter(self):
        self.assertEqual(set(blocks()), {"ready", "metrics", "backup", "drain", "restore"})
        server = self.start()
        self.assertIn("ok", self.run_block("ready"))
        watcher = self.watcher(server)
        etag = self.first_publication(server)
        self.assertIn('presentia_subscriptions{state="active"} 1', self.run_block("metrics"))
        self.run_block("backup")
        self.assertEqual(self.publish(server, headers=[f"SIP-If-Match: {etag}"], expires=0).status, 200)
        self.assertIn("draining (handover): 1 subscriptions held", self.run_block("drain"))
        watcher.wait_for_notify("reason=deactivated")
        self.assert_ended_well(server)
        self.run_block("restore")  # what was there at the time of the backup
        restored = self.start()
        self.assertEqual(self.publish(restored, headers=[f"SIP-If-Match: {etag}"], expires=600).status, 200)


if __name__ == "__main__":
    unittest.main()
