"""The real server on a disk that is full for a while: a small file system of its own, in a mount namespace that ends with
the server. Writes are refused, reads are served, and service comes back without a restart."""

import errno
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from harness.case import Options, WireTest
from harness.kamailio import EDGE_HOST
from harness.process import DEADLINE_S
from harness.server import Server
from harness.sip import UdpPeer, Watcher, ask, unique

DISK = "8m"
RETRY_AFTER_S = 1
MOST_WRITES = 2000  # more than fits into what the store has allocated already
BLOCK = b"\0" * 65536
NOTE = "x" * 8192  # so that few writes are enough


def document(presentity, name):
    return (f'<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{presentity}">'
            f"<tuple id='{name}'><status><basic>open</basic></status><contact>sip:{name}@example.org</contact>"
            f"<note>{NOTE}</note></tuple></presence>").encode()


class FullDisk(WireTest):
    """
    PUA                 presentia           disk
     |  PUBLISH            |                  |
     |  200                |                  |  is filled
     |  PUBLISH, removal   |                  |
     |  500, Retry-After   |                  |
     |  fetch              |                  |
     |  200, NOTIFY        |                  |  is emptied
     |  PUBLISH            |                  |
     |  200                |                  |
    """

    def setUp(self):
        if Options.against_kamailio:
            self.skipTest("Kamailio's memory mode keeps nothing")
        disk = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        own_namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
        within = [*own_namespace, "sh", "-c", f'mount -t tmpfs -o size={DISK} none "$0" && exec "$@"', str(disk)]
        tried = subprocess.run([*within, "true"], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        if tried.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {tried.stderr.strip()}")
        self.server = Server(Options.binary_dir, self.folder,
                             [f"store.path={disk}/state", "management.metrics=127.0.0.1:0",
                              f"runtime.retry_after_s={RETRY_AFTER_S}"], within=within)
        self.addCleanup(self.server.stop)
        self.filler = pathlib.Path(f"/proc/{self.server.process.pid}/root{disk}/filler")  # as the server sees it
        self.peer = UdpPeer(self.server.udp, EDGE_HOST)
        self.addCleanup(self.peer.close)
        self.alice = f"sip:{unique('alice')}@example.org"

    def fill(self):
        with self.assertRaises(OSError) as full, open(self.filler, "wb", buffering=0) as file:
            while True:
                file.write(BLOCK)
        self.assertEqual(full.exception.errno, errno.ENOSPC)

    def publish(self, name=None, if_match=None, expires=600):
        body = document(self.alice, name) if name else b""
        return ask(self.peer, "PUBLISH", self.alice, body=body, expires=expires,
                   content_type="application/pidf+xml" if name else None,
                   headers=["Event: presence", *([f"SIP-If-Match: {if_match}"] if if_match else [])])

    def publish_until_refused(self, etag):
        """The last entity-tag that was given."""
        for _ in range(MOST_WRITES):
            answer = self.publish("changed", if_match=etag)
            if answer.status != 200:
                self.assert_temporary(answer)
                return etag
            etag = answer.get("SIP-ETag")
        self.fail("a full disk takes everything")

    def publish_until_taken(self, name):
        """The shard looks at its store now and then, and finds out first what became of the write that failed."""
        deadline = time.monotonic() + DEADLINE_S
        while (answer := self.publish(name)).status != 200:
            self.assert_temporary(answer)
            self.assertLess(time.monotonic(), deadline, "service does not come back")
            self.peer.receive(RETRY_AFTER_S)  # nothing comes: it waits as it was told

    def fetched(self):
        """What a fetch shows."""
        watcher = Watcher(self.server.udp, self.alice, EDGE_HOST, expires=0)
        self.addCleanup(watcher.close)
        self.assertEqual(watcher.subscribe().status, 200)
        return watcher.wait_for_notify("terminated").body

    def ready(self):
        """Status and text of /readyz."""
        try:
            with urllib.request.urlopen(self.server.metrics.replace("/metrics", "/readyz"), timeout=DEADLINE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def assert_temporary(self, answer):
        self.assertEqual(answer.status, 500)
        self.assertEqual(answer.get("Retry-After"), str(RETRY_AFTER_S))

    def test_writes_are_refused_reads_are_served_and_service_comes_back(self):
        kept = self.publish("kept").get("SIP-ETag")
        watcher = Watcher(self.server.udp, self.alice, EDGE_HOST)
        self.addCleanup(watcher.close)
        self.assertEqual(watcher.subscribe().status, 200)
        changed = self.publish("changed").get("SIP-ETag")
        self.fill()
        changed = self.publish_until_refused(changed)
        self.server.process.wait_for("event=store.read_only")
        self.assert_temporary(self.publish("new"))
        self.assert_temporary(self.publish(if_match=kept, expires=0))
        self.assert_temporary(watcher.refresh())
        shown = self.fetched()
        self.assertIn(b"sip:kept@", shown)
        self.assertNotIn(b"sip:new@", shown)
        status, text = self.ready()
        self.assertEqual((status, text.strip()), (503, "the store can only be read"))

        self.filler.unlink()
        self.server.process.wait_for("event=store.writable")
        self.publish_until_taken("last")
        self.assertIn(b"sip:last@", self.fetched())
        self.assertEqual(self.publish(if_match=kept).status, 200)
        self.assertIn(self.publish(if_match=changed).status, (200, 412))  # 412: the change without an outcome is stored
        self.assertEqual(watcher.refresh().status, 200)
        self.assertEqual(self.ready()[0], 200)

    def test_a_backup_is_refused_and_the_server_ends_well_while_the_disk_is_full(self):
        changed = self.publish("changed").get("SIP-ETag")
        self.fill()
        self.publish_until_refused(changed)
        argv = [Options.binary_dir + "/presentiactl", "--server", self.server.management, "backup", self.folder / "backup"]
        refused = subprocess.run(argv, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("the store can only be read", refused.stdout + refused.stderr)  # and then it is stopped
