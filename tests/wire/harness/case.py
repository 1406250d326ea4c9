"""The base of all wire tests: a folder for logs, the server, and the checks that hold after each test."""

import functools
import os
import pathlib
import unittest

from . import net, process
from .kamailio import Edge, Reference
from .server import Server


class Options:
    """What `run` was told; it says so by environment variables, so that single tests run under `unittest` as well."""

    binary_dir = os.environ.get("PS_BIN_DIR", "")
    against_kamailio = os.environ.get("PS_WIRE_AGAINST") == "kamailio"
    all = os.environ.get("PS_WIRE_ALL") == "1"
    logs = pathlib.Path(os.environ.get("PS_WIRE_LOGS", "/tmp/presentia-wire"))


def only_with_all(test):
    """Decorates a test that takes long: it runs with --all."""
    @functools.wraps(test)
    def run(self):
        if not Options.all:
            self.skipTest("takes long: --all")
        test(self)
    return run


class WireTest(unittest.TestCase):
    """Everything that a class starts is ended after its last test, by the cleanups that start it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Options.logs / f"{cls.__module__}.{cls.__name__}"
        cls.folder.mkdir(parents=True, exist_ok=True)
        cls.server = None

    @classmethod
    def start_server(cls, settings=(), tls=None):
        """The server under test, one for the class."""
        if Options.against_kamailio:
            cls.server = Reference(cls.folder)
        else:
            cls.server = Server(Options.binary_dir, cls.folder, settings, tls)
        cls.addClassCleanup(cls.server.stop)
        return cls.server

    @classmethod
    def start_edge(cls):
        """An edge in front of the server."""
        edge = Edge(cls.server.udp, cls.folder)
        cls.addClassCleanup(edge.stop)
        return edge

    def started(self, thing):
        """`thing`, which is stopped after the test."""
        self.addCleanup(thing.stop)
        return thing

    def tearDown(self):
        if self.server:
            self.server.check_healthy()
        self.assertEqual(net.reachable_from_elsewhere(process.running()), [], "sockets that are not on loopback")
