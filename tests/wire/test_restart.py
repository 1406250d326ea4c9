"""The real server killed in the middle of its work, and started again on what it had stored: all that it acknowledged
is there, nothing happens twice, and watchers are shown the newest state, never an older one after a newer."""

import re
import signal
import time
import unittest
import urllib.request

from harness.case import Options, WireTest
from harness.crowd import Crowd
from harness.kamailio import EDGE_HOST
from harness.net import free_block
from harness.server import Server

PUBLICATIONS = 2000
SUBSCRIPTIONS = 5000
BUSY_S = 4
SETTLE_S = 60
KILLS = 20  # with --all; else one


def gauge(server, name):
    """The sum over all labels."""
    with urllib.request.urlopen(server.metrics, timeout=20) as answer:
        text = answer.read().decode()
    return round(sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)))


class Restart(WireTest):
    """One store and one port for all servers of a class, one crowd for each test."""

    settings = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            raise unittest.SkipTest("Kamailio's memory mode keeps nothing")
        cls.port = free_block(1)

    def setUp(self):
        self.start()
        self.crowd = Crowd(self.server.udp, EDGE_HOST, PUBLICATIONS, SUBSCRIPTIONS)
        self.addCleanup(self.crowd.close)
        self.addCleanup(lambda: self.server.stop())

    def start(self):
        bind = f"sip.transport[udp].bind=udp:127.0.0.1:{self.port}"
        settings = (bind, "management.metrics=127.0.0.1:0", "restart.notify_rate=100000", "log.event=warn",
                    "overload.target_delay_ms=10000")  # a busy machine is another test's matter
        self.server = Server(Options.binary_dir, self.folder, (*settings, *self.settings))

    def kill_and_start(self):
        self.server.check_healthy()
        self.assertEqual(self.server.process.stop(signal.SIGKILL), -signal.SIGKILL)
        self.start()

    def end_and_start(self):
        self.server.stop()
        self.start()

    def check_all(self):
        """What was acknowledged is there, once, and every watcher has the newest state."""
        crowd = self.crowd
        crowd.settle(SETTLE_S)
        self.assertEqual(gauge(self.server, "presentia_publications"), sum(1 for p in crowd.publications if p.etag))
        alive = sum(1 for s in crowd.subscriptions if s.alive)
        # One that has ended is held until its last NOTIFY is on its way.
        crowd.wait_until(lambda: gauge(self.server, "presentia_subscriptions") == alive, SETTLE_S)
        crowd.refresh_all()
        crowd.settle(SETTLE_S)
        self.assertEqual(crowd.errors, [])


class Killed(Restart):
    def test_nothing_that_was_acknowledged_is_lost_and_nothing_happens_twice(self):
        self.crowd.fill()
        for _ in range(KILLS if Options.all else 1):
            self.crowd.busy(BUSY_S, self.kill_and_start)
            self.check_all()
        self.crowd.unsubscribe(self.crowd.subscriptions[::2])
        self.crowd.settle(SETTLE_S)
        self.assertEqual(self.crowd.errors, [])
        self.assertEqual(self.crowd.refused, {})


class DrainedKeep(Restart):
    def test_dialogs_go_on(self):
        self.crowd.fill()
        self.crowd.busy(BUSY_S, self.end_and_start)
        self.check_all()
        self.assertEqual({s.reason for s in self.crowd.subscriptions} - {None, "timeout"}, set())


class DrainedHandover(Restart):
    settings = ("drain.mode=handover", "drain.notify_rate=100000", "drain.timeout_s=60")

    def test_watchers_are_sent_elsewhere(self):
        self.crowd.fill()
        self.server.process.send_signal(signal.SIGTERM)
        self.crowd.wait_until(lambda: not any(s.alive for s in self.crowd.subscriptions), SETTLE_S)
        self.assertEqual({s.reason for s in self.crowd.subscriptions}, {"deactivated"})
        self.assertEqual(self.server.process.wait(SETTLE_S), 0)
        self.server.process.stop()
        self.settings = ()  # at the end of the test nobody answers a handover
        self.start()
        self.assertEqual(gauge(self.server, "presentia_subscriptions"), 0)
        self.crowd.subscribe_all()
        self.check_all()
