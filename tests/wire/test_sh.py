"""The server and an HSS: what presentiactl asks through the Sh client, and an HSS that comes, goes or is deaf."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

from harness.case import Options, WireTest, only_with_all
from harness.hss import Deaf, Hss, peer_settings
from harness.kamailio import EDGE_HOST
from harness.net import free_block
from harness.process import DEADLINE_S
from harness.server import Server, launch
from harness.sip import UdpPeer, ask, unique
from harness.tls import Authority

ALICE = "sip:alice@example.com"
NOBODY = "sip:nobody@example.com"
PROFILE = '<profile xmlns="urn:example:profile"><max>{}</max></profile>'
PIDF = """<?xml version="1.0"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{}">
  <tuple id="a"><status><basic>open</basic></status></tuple>
</presence>"""
OPEN, CLOSED = r"event=peer\.changed.*state=open", r"event=peer\.changed.*state=closed"
STOPS_WITHIN_S = 19  # the Diameter library waits 16 s for a peer that does not answer


class ShTest(WireTest):
    def setUp(self):
        if Options.against_kamailio:
            self.skipTest("this is about Presentia")
        self.own = pathlib.Path(tempfile.mkdtemp(dir=self.folder))  # short, for the path of a socket
        self.metrics = f"127.0.0.1:{free_block(1)}"

    def start(self, *settings):
        server = Server(Options.binary_dir, self.own,
                        [f"management.metrics={self.metrics}", f"store.path={self.own}/state", *settings])
        self.addCleanup(server.process.stop)
        return server

    def hss(self, port=0):
        return self.started(Hss(Options.binary_dir, self.own, port))

    def ctl(self, *words, stdin=""):
        return subprocess.run([f"{Options.binary_dir}/presentiactl", *words], input=stdin, capture_output=True,
                              text=True, timeout=2 * DEADLINE_S, check=False,
                              env={**os.environ, "PRESENTIA_MANAGEMENT": f"unix:{self.own}/management.sock"})

    def good(self, *words, **more):
        ran = self.ctl(*words, **more)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return ran.stdout

    def refused(self, *words, **more):
        ran = self.ctl(*words, **more)
        self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
        return ran.stderr

    def peers(self):
        return {peer["name"]: peer for peer in json.loads(self.good("sh", "peers", "--json"))["peers"]}

    def ready(self):
        with urllib.request.urlopen(f"http://{self.metrics}/readyz", timeout=DEADLINE_S) as answer:
            return answer.read().decode()

    def assert_serves_sip(self, server):
        peer = UdpPeer(server.udp, EDGE_HOST)
        self.addCleanup(peer.close)
        who = f"sip:{unique('sh')}@example.org"
        answer = ask(peer, "PUBLISH", who, headers=["Event: presence"], body=PIDF.format(who).encode(),
                     content_type="application/pidf+xml", expires=600)
        self.assertEqual(answer.status, 200)

    def assert_ends_well(self, server, within=DEADLINE_S):
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(within), 0, server.process.output[-3000:])
        self.assertNotRegex(server.process.output, r"Sanitizer|runtime error:")
        return time.monotonic() - began


class Asking(ShTest):
    """
    operator        presentia            HSS
       |  sh read ---> |  -- UDR -------> |
       |  <--- typed   |  <-- UDA ------- |
       |  profile ---> |  -- UDR, PUR --> |
    """

    def setUp(self):
        super().setUp()
        self.home = self.hss()
        self.presence = self.start(*peer_settings(self.home.port))
        self.presence.process.wait_for(OPEN)

    def test_the_peer_is_listed_and_the_server_is_not_degraded(self):
        peer = self.peers()["hss"]
        self.assertEqual((peer["phase"], peer["identity"], peer["realm"], peer["connects"]),
                         ("open", "hss.localdomain", "localdomain", "1"))
        self.assertIn("127.0.0.1", peer["address"])
        self.assertEqual(self.ready(), "ok\n")
        self.assertEqual(json.loads(self.good("status", "--json"))["degraded"], [])
        self.assert_ends_well(self.presence)

    def test_what_the_hss_says_is_shown_and_so_is_what_it_refuses(self):
        record = json.loads(self.good("sh", "read", ALICE, "--json"))
        self.assertEqual([each["uri"] for each in record["public_identities"]], [ALICE, "tel:+15550001"])
        self.assertEqual((record["ims_user_state"], record["scscf_name"]),
                         ("registered", "sip:scscf.example.com:5060"))
        by_number = json.loads(self.good("sh", "read", "15550001", "--reference", "ims-user-state", "--json"))
        self.assertEqual(by_number["ims_user_state"], "registered")
        self.assertIn("assumed-idle", self.good("sh", "read", ALICE, "--reference", "user-state", "--domain", "cs"))
        self.assertIn("the HSS knows no such user (5001)", self.refused("sh", "read", NOBODY))
        self.home.tell("fail3gpp 5101")
        self.assertIn("does not allow this operation on the data to this server (5101)",
                      self.refused("sh", "read", ALICE, "--reference", "scscf-name"))
        self.assertIn("this cannot be asked", self.refused("sh", "read", ALICE, "--reference", "user-state"))

    def test_a_profile_is_written_on_top_of_what_others_wrote_and_deleted(self):
        data = ("--service-indication", "presence")
        self.assertIn("max>5</", self.good("profile", "get", ALICE))
        self.assertEqual(self.good("profile", "set", ALICE, stdin=PROFILE.format(6)), "stored, number 8\n")
        self.assertIn("max>6</", self.good("profile", "get", ALICE, *data))
        self.assertIn("ok", self.home.tell("repository " + ALICE + " presence " + PROFILE.format(7)))
        self.assertIn("has changed meanwhile (5105)",
                      self.refused("profile", "set", ALICE, "--expect-number", "8", stdin=PROFILE.format(8)))
        file = self.own / "profile.xml"
        file.write_text(PROFILE.format(9))
        self.assertEqual(self.good("profile", "set", ALICE, "--file", str(file)), "stored, number 10\n")
        self.assertIn("service data", self.refused("profile", "set", ALICE, stdin="<broken"))
        self.assertEqual(self.good("profile", "delete", ALICE), "deleted\n")
        self.assertIn("the HSS has no such data", self.refused("profile", "get", ALICE))
        self.assertEqual(self.good("profile", "delete", ALICE), "deleted\n")
        self.assertEqual(self.good("profile", "set", ALICE, stdin=PROFILE.format(1)), "stored, number 0\n")
        self.assertIn("the HSS knows no such user", self.refused("profile", "set", NOBODY, stdin=PROFILE.format(1)))
        log = self.presence.process.output
        self.assertRegex(log, r"event=profile\.set who=\S+ identity=sip:alice@example\.com service=presence result=done")
        self.assertRegex(log, r"event=profile\.set .*result=unknown_user")

    def test_an_hss_that_is_gone_is_said_and_used_again_when_it_is_back(self):
        port = self.home.port
        self.home.process.stop(signal.SIGKILL)
        self.presence.process.wait_for(CLOSED)
        self.assertIn("no peer of Sh is connected and in use", self.refused("sh", "read", ALICE))
        self.assertEqual(self.peers()["hss"]["phase"], "closed")
        self.assertEqual(self.ready(), "ok\ndegraded: no peer of Sh is in use: hss closed\n")
        self.assertIn("no peer of Sh is in use", self.good("status"))
        self.assert_serves_sip(self.presence)
        mark = self.presence.process.mark()
        self.hss(port)
        self.presence.process.wait_for(OPEN, after=mark)
        self.assertIn("registered", self.good("sh", "read", ALICE))
        self.assertEqual(self.peers()["hss"]["connects"], "2")
        self.assertEqual(self.ready(), "ok\n")

    def test_a_mute_hss_is_a_typed_error_and_then_left_alone(self):
        self.home.tell("mute on")
        self.assertIn("the HSS did not answer in time", self.refused("sh", "read", ALICE))
        self.assert_serves_sip(self.presence)


class Troubles(ShTest):
    def test_without_peers_sh_is_off_and_the_first_peer_turns_it_on(self):
        server = self.start()
        self.assertIn("Sh is off", self.good("sh", "peers"))
        self.assertIn("Sh is off", self.refused("sh", "read", ALICE))
        self.assertEqual(self.ready(), "ok\n")
        self.good("set", *peer_settings(self.hss().port))
        server.process.wait_for(OPEN)
        self.assertIn("registered", self.good("sh", "read", ALICE))
        self.assert_ends_well(server)

    def test_a_deaf_hss_keeps_nobody_from_starting_serving_and_stopping(self):
        deaf = self.started(Deaf())
        server = self.start(*peer_settings(deaf.port))
        self.assertTrue(deaf.connected.wait(DEADLINE_S))
        self.assert_serves_sip(server)
        self.assertIn("no peer of Sh", self.refused("sh", "read", ALICE))
        self.assertIn(self.peers()["hss"]["phase"], ("connecting", "closed"))
        self.assertLess(self.assert_ends_well(server), STOPS_WITHIN_S)

    @only_with_all
    def test_an_hss_that_freezes_holds_up_the_end_no_longer_than_said(self):
        home = self.hss()
        server = self.start(*peer_settings(home.port))
        server.process.wait_for(OPEN)
        home.process.send_signal(signal.SIGSTOP)
        self.addCleanup(home.process.send_signal, signal.SIGCONT)
        self.assert_serves_sip(server)
        self.assertLess(self.assert_ends_well(server), STOPS_WITHIN_S)

    def test_what_keeps_sh_from_starting_keeps_the_server_from_starting(self):
        home = self.hss()
        process = launch(Options.binary_dir, self.own,
                         [*peer_settings(home.port), "sh.address=127.0.0.1", f"sh.port={home.port}"])
        self.addCleanup(process.stop)
        self.assertEqual(process.wait(), 2, process.output)
        self.assertRegex(process.output, rf"presentia: .*not listen at 127\.0\.0\.1 port {home.port}: the Diameter library")
        self.assertIn("Address already in use", process.output)

    def test_a_host_that_is_none_is_refused_with_its_attribute(self):
        process = launch(Options.binary_dir, self.own, ["sh.identity=not a name"])
        self.addCleanup(process.stop)
        self.assertEqual(process.wait(), 2, process.output)
        self.assertIn("sh.identity", process.output)


class Tls(ShTest):
    """An HSS that speaks TLS only: its certificate must be for its identity, from an authority that we have."""

    def hss_with(self, certificate, authority):
        """An HSS with that certificate."""
        return self.started(Hss(Options.binary_dir, self.own, tls=(*certificate, authority)))

    def settings(self, port, certificate, authority):
        return [*peer_settings(port), "sh.peer[hss].tls=true", f"sh.certificate={certificate[0]}",
                f"sh.private_key={certificate[1]}", f"sh.ca={authority}"]

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.own, "ours")
        self.certificate = self.authority.certificate("presentia.localdomain")

    def test_questions_are_answered_over_tls(self):
        home = self.hss_with(self.authority.certificate("hss.localdomain"), self.authority.path)
        server = self.start(*self.settings(home.port, self.certificate, self.authority.path))
        server.process.wait_for(OPEN)
        self.assertIn("registered", self.good("sh", "read", ALICE))
        self.assert_ends_well(server)

    def test_a_certificate_for_somebody_else_is_not_taken(self):
        other = self.authority.certificate("other.localdomain")
        home = self.started(Hss(Options.binary_dir, self.own, tls=(*other, self.authority.path),
                                identity="other.localdomain"))
        server = self.start(*self.settings(home.port, self.certificate, self.authority.path))
        server.process.wait_for(r"certificate hostname does not match 'hss\.localdomain'")
        self.assertIn("no peer of Sh", self.refused("sh", "read", ALICE))
        self.assert_ends_well(server)

    def test_a_certificate_of_an_unknown_authority_is_not_taken(self):
        stranger = Authority(self.own, "theirs")
        home = self.hss_with(stranger.certificate("hss.localdomain"), stranger.path)
        server = self.start(*self.settings(home.port, self.certificate, self.authority.path))
        server.process.wait_for(r"event=library\.says.*[Cc]ertificate")
        self.assertIn("no peer of Sh", self.refused("sh", "read", ALICE))
        self.assert_ends_well(server)

    def test_a_peer_without_tls_is_not_spoken_to_where_tls_is_asked_for(self):
        home = self.hss()
        server = self.start(*self.settings(home.port, self.certificate, self.authority.path))
        server.process.wait_for(r"event=library\.says.*TLS")
        self.assertIn("no peer of Sh", self.refused("sh", "read", ALICE))
        self.assertEqual(home.tell("requests"), "ok")

    def test_files_that_do_not_go_together_keep_the_server_from_starting(self):
        for settings, text in ((["sh.peer[hss].tls=true", *peer_settings(3868)], "sh.certificate"),
                               (self.settings(3868, self.authority.certificate("wrong.localdomain"),
                                              self.authority.path), "certificate, key and authorities of Sh")):
            process = launch(Options.binary_dir, self.own, settings)
            self.addCleanup(process.stop)
            self.assertEqual(process.wait(), 2, process.output)
            self.assertIn(text, process.output)


if __name__ == "__main__":
    unittest.main()
