"""Messages of RFCs, torture tests and broken documents, as they are, at the real binary.

After each one the server must live and answer a good request; nothing of it may wake a sanitizer.
"""

import pathlib
import unittest

from harness.case import Options, WireTest
from harness.kamailio import EDGE_HOST
from harness.sip import TcpPeer, UdpPeer, ask, unique

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "wire"
SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "conf" / "schemas"
ANSWER_S = 2  # how long an answer that must come may take; most of these messages get none that we could receive

# What RFC 4475 says about the ones that leave no choice, sent over TCP, where the answer finds us whatever Via says.
SPECIFIC = {
    "rfc4475-badinv01.dat": 400,    # 3.1.2.1: extra separators between header field parameters
    "rfc4475-bext01.dat": 420,      # 3.3.4: Require names an unknown option
    "rfc4475-badvers.dat": 505,     # 3.1.2.16: SIP/7.0
    "rfc4475-insuf.dat": 400,       # 3.3.1: required header fields are missing
    "rfc4475-mismatch01.dat": 400,  # 3.1.2.17: the method in CSeq is another one
    "rfc4475-multi01.dat": 400,     # 3.3.8: several values where one is allowed
    "rfc4475-quotbal.dat": 400,     # 3.1.2.6: a quote is never closed
    "rfc4475-scalar02.dat": 400,    # 3.1.2.4: numbers out of range
    "rfc4475-unkscm.dat": 416,      # 3.3.2: a Request-URI of an unknown scheme
}
GOOD = b"""<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:good@example.org">
<tuple id="good"><status><basic>open</basic></status></tuple></presence>"""
PIDF = "application/pidf+xml"
# Readable and meaningful enough for what real clients send; refused by the schemas only, or by nothing at all.
TOLERATED = {"pidf-bad-basic.xml", "pidf-bad-priority.xml", "pidf-bad-timestamp.xml", "pidf-dup-tuple-id.xml",
             "pidf-empty-status.xml", "pidf-empty.xml", "pidf-must-understand.xml", "pidf-no-entity.xml",
             "pidf-no-tuple-id.xml"}
SCHEMA_VALID = {"pidf-empty.xml", "pidf-must-understand.xml"}


def files(folder):
    found = sorted((DATA / folder).iterdir())
    assert found, f"nothing in {DATA / folder}"
    return found


class Fixtures(WireTest):
    settings = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            raise unittest.SkipTest("these are about Presentia")
        cls.start_server(cls.settings)
        cls.probe = UdpPeer(cls.server.udp, EDGE_HOST)
        cls.addClassCleanup(cls.probe.close)

    def publish(self, body, content_type):
        """The answer to an initial PUBLISH."""
        return ask(self.probe, "PUBLISH", f"sip:{unique('p')}@example.org", expires=600, headers=["Event: presence"],
                   body=body, content_type=content_type)

    def check_serves(self):
        self.server.check_healthy()
        self.assertEqual(ask(self.probe, "OPTIONS", "sip:good@example.org").status, 200)
        self.assertEqual(self.publish(GOOD, PIDF).status, 200)


class Messages(Fixtures):
    def send_over_udp(self, folder):
        peer = UdpPeer(self.server.udp)
        self.addCleanup(peer.close)
        for file in files(folder):
            self.server.check_healthy()
            with self.subTest(file=file.name):
                peer.send(file.read_bytes())
                self.check_serves()

    def send_over_tcp(self, folder):
        for file in files(folder):
            self.server.check_healthy()
            with self.subTest(file=file.name):
                peer = TcpPeer(self.server.tcp)
                self.addCleanup(peer.close)
                peer.send(file.read_bytes())
                if file.name in SPECIFIC:
                    answer = peer.receive(ANSWER_S)
                    self.assertIsNotNone(answer, "no answer")
                    self.assertEqual(answer.status, SPECIFIC[file.name], answer.start)
                peer.close()
                self.check_serves()

    def test_the_torture_messages_over_udp(self):
        self.send_over_udp("torture")

    def test_the_torture_messages_over_tcp(self):
        self.send_over_tcp("torture")

    def test_messages_of_other_flows_over_udp(self):
        self.send_over_udp("sip-flows")

    def test_messages_of_other_flows_over_tcp(self):
        self.send_over_tcp("sip-flows")


class Documents(Fixtures):
    def refuse(self, folder, content_type, status):
        for file in files(folder):
            with self.subTest(file=file.name, content_type=content_type):
                answer = self.publish(file.read_bytes(), content_type)
                self.assertEqual(answer.status, status, answer.start)
                if status == 415:
                    self.assertIn(PIDF, answer.get("Accept") or "", "a 415 says what is accepted [RFC3903 6 step 5]")
                self.check_serves()

    def test_malformed_documents_are_refused_with_400(self):
        self.refuse("malformed", PIDF, 400)

    def test_documents_of_other_kinds_that_claim_to_be_pidf_are_refused_with_400(self):
        self.refuse("other", PIDF, 400)

    def test_documents_of_other_kinds_are_refused_with_415(self):
        self.refuse("other", "application/xml", 415)

    def test_broken_presence_documents_are_refused_with_400_unless_clients_send_such(self):
        for file in files("negative"):
            with self.subTest(file=file.name):
                answer = self.publish(file.read_bytes(), PIDF)
                self.assertIn(answer.status, (200, 400) if file.name in TOLERATED else (400,), answer.start)
                self.check_serves()


class StrictDocuments(Fixtures):
    settings = (f"presence.schema_dir={SCHEMAS}", "presence.validation=strict")

    def test_only_schema_valid_presence_documents_are_accepted(self):
        for file in files("negative"):
            with self.subTest(file=file.name):
                answer = self.publish(file.read_bytes(), PIDF)
                self.assertEqual(answer.status, 200 if file.name in SCHEMA_VALID else 400, answer.start)
                self.check_serves()
