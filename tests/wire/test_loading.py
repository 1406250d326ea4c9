"""The real server is told to end while it loads its store: it ends well and in time, and nothing of the store is lost."""

import re
import signal
import socket
import subprocess
import unittest
import urllib.request

from harness.case import Options, WireTest
from harness.process import DEADLINE_S
from harness.server import Server, launch

PUBLICATIONS, SUBSCRIPTIONS = 5000, 25000  # enough to be loading still when the signal comes
RECORDS = 2 * PUBLICATIONS + 3 * SUBSCRIPTIONS  # how often published, publication; subscription, dialog, what was sent
DRAIN_S = 10


class Loading(WireTest):
    """
    systemd             presentia            store
       |                   |  <--- records ---  |
       |  <-- STATUS=loading                    |
       |  SIGTERM -->      |                    |
       |                   x  status 0          |
       |  start -->        |  <--- all ---------|
    """

    def setUp(self):
        if Options.against_kamailio:
            raise unittest.SkipTest("Kamailio's memory mode keeps nothing")
        subprocess.run([f"{Options.binary_dir}/presentia-fill", self.folder / "state", "--publications",
                        str(PUBLICATIONS), "--subscriptions", str(SUBSCRIPTIONS)], check=True, timeout=4 * DEADLINE_S)
        place = self.folder / "notify"
        self.supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.supervisor.close)
        self.supervisor.bind(str(place))
        self.supervisor.settimeout(2 * DEADLINE_S)
        self.settings = [f"drain.timeout_s={DRAIN_S}", "management.metrics=127.0.0.1:0", "restart.notify_rate=1"]
        self.environment = {"NOTIFY_SOCKET": str(place)}

    def wait_for_status(self, text):
        while not self.supervisor.recv(4096).decode().startswith(f"STATUS={text}"):
            pass

    def test_the_end_is_good_and_all_is_there_afterwards(self):
        process = self.started(launch(Options.binary_dir, self.folder, self.settings, env=self.environment))
        self.wait_for_status("loading")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(DRAIN_S), 0, process.output[-3000:])
        self.assertNotIn("\nready ", process.output, "it was loaded before the signal came")
        self.assertNotRegex(process.output, "Sanitizer|runtime error:")

        self.server = Server(Options.binary_dir, self.folder, self.settings)
        self.addCleanup(self.server.stop)
        loaded = re.search(r"event=store.loaded records=(\d+)", self.server.process.output)
        self.assertEqual(int(loaded[1]), RECORDS)
        with urllib.request.urlopen(self.server.metrics, timeout=DEADLINE_S) as answer:
            self.assertIn(f'presentia_publications {PUBLICATIONS}\n', answer.read().decode())
