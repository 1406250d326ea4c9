"""The base of the tests of rules: a server that asks an XDM server, and publishers and watchers at it."""

import pathlib
import tempfile
import threading
import time

from .case import Options, WireTest
from .kamailio import EDGE_HOST
from .party import Party
from .process import DEADLINE_S
from .server import Server
from .sip import unique
from .xdms import Xdms, document_of, metric, ruleset

BOB, CAROL, DAVE = (f"sip:{name}@example.org" for name in ("bob", "carol", "dave"))
POLL_S = 1


def pidf(user, note, person=""):
    return (f'<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{user}" '
            'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid">'
            f'<tuple id="t"><status><basic>open</basic></status><note>{note}</note></tuple>{person}</presence>')


def in_sphere(name):
    return f'<dm:person id="p"><r:sphere><r:{name}/></r:sphere></dm:person>'


def figure(what, start, seen):
    print(f"note: {what}: {(seen.at - start) * 1000:.1f} ms", flush=True)


class RulesTest(WireTest):
    def setUp(self):
        if Options.against_kamailio:
            self.skipTest("this is about Presentia")
        self.own = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.alice = f"sip:{unique('alice')}@example.org"
        self.rules = document_of(self.alice)

    def xdms(self, *options):
        return self.started(Xdms(Options.binary_dir, self.own, *options))

    def start(self, root, *settings, notifier=None):
        """A server that asks this XCAP root, and a party at it."""
        sets = [f"xdm.root[lab].uri={root}", "store.engine=memory", "management.metrics=127.0.0.1:0",
                "log.event=warn", *settings]
        if notifier:
            sets += [f"xdm.diff.notifier={notifier}", "xdm.diff.subscriber=sip:presence@example.org"]
        self.server = self.started(Server(Options.binary_dir, self.own, sets))
        self.party = self.started(Party(self.server.udp, EDGE_HOST))

    def watch(self, user, presentity=None, **more):
        """A subscription that is active."""
        watch = self.party.subscribe(user, presentity or self.alice, **more)
        self.assertEqual(watch.answer.status, 200, watch.answer.start)
        watch.wait_for(lambda seen: seen.state.startswith("active"))
        return watch

    def wait_metric(self, pattern, least):
        """Until the metrics say at least so much."""
        deadline = time.monotonic() + DEADLINE_S
        while (value := metric(self.server, pattern)) < least:
            self.assertLess(time.monotonic(), deadline, f"{pattern} is {value}, not {least}")
            threading.Event().wait(0.05)

    def wait_followed(self):
        """Until xcap-diff reports on every document that is needed."""
        self.wait_metric("presentia_xcap_diff_covered_documents", metric(self.server, r"presentia_xdm_documents\{"))

    def put_rules(self, *rules, user=None):
        return self.server_of_documents.put(document_of(user) if user else self.rules, ruleset(*rules))
