"""Looking into a running server and acting on it with presentiactl: the chapter "Look inside" of the README."""

import base64
import json
import pathlib
import re
import shlex
import struct
import subprocess
import xml.etree.ElementTree

from harness import sip
from harness.case import Options, WireTest
from harness.process import DEADLINE_S, Process

ROOT = pathlib.Path(__file__).resolve().parents[2]
EDGE = "127.0.0.2"  # trusted by the server: asserted identities count
BOB = "sip:bob@example.org"
PIDF = "{urn:ietf:params:xml:ns:pidf}"
BODY = (b"<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:alice@example.org'><tuple id='t1'><status>"
        b"<basic>open</basic></status><contact>sip:%s@example.org</contact></tuple></presence>")


def chapter():
    """The commands of the README's chapter, one a line, without comments."""
    readme = (ROOT / "README.md").read_text()
    block = re.search(r"^<!-- inside -->\n+```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)[1]
    return [line.partition("#")[0].strip() for line in block.splitlines() if line.strip()]


def datagrams(capture):
    """The UDP datagrams of a pcap of raw IP packets: (source, destination, payload, bytes that were not captured)."""
    magic, major, minor, _, _, _, link = struct.unpack_from("=IHHiIII", capture)
    assert (magic, major, minor, link) == (0xA1B2C3D4, 2, 4, 101)
    at, found = 24, []
    while at < len(capture):
        _, _, held, original = struct.unpack_from("=IIII", capture, at)
        packet = capture[at + 16:at + 16 + held]
        at += 16 + held
        version_length, _, total, _, _, _, protocol, _, source, target = struct.unpack_from(">BBHHHBBH4s4s", packet)
        assert version_length == 0x45 and protocol == 17 and total == original
        sums = sum(struct.unpack(">10H", packet[:20]))
        assert (sums & 0xFFFF) + (sums >> 16) == 0xFFFF
        source_port, target_port, length, _ = struct.unpack_from(">HHHH", packet, 20)
        assert length == total - 20
        found.append(((".".join(map(str, source)), source_port), (".".join(map(str, target)), target_port),
                      packet[28:], original - held))
    return found


class Inspect(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            cls.skipTest(cls, "presentiactl is Presentia's")
        cls.start_server()

    def setUp(self):
        self.pua = sip.UdpPeer(self.server.udp, EDGE)
        self.watcher = sip.UdpPeer(self.server.udp, EDGE)
        self.alice = f"sip:{sip.unique('alice')}@example.org"
        self.answered = set()
        for peer in (self.pua, self.watcher):
            self.addCleanup(peer.close)

    def argv(self, *words):
        return [pathlib.Path(Options.binary_dir) / "presentiactl", "--server",
                f"unix:{self.folder / 'management.sock'}", *words]

    def ctl(self, *words, status=0):
        done = subprocess.run(self.argv(*words), capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def ask(self, *words):
        return json.loads(self.ctl("--json", *words))

    def publish(self, name=b"phone", **more):
        answer = sip.ask(self.pua, "PUBLISH", self.alice, body=BODY % name, content_type="application/pidf+xml",
                         expires=600, headers=["Event: presence"], **more)
        self.assertEqual(answer.status, 200)
        return answer.get("SIP-ETag")

    def subscribe(self):
        answer = sip.ask(self.watcher, "SUBSCRIBE", self.alice, user=BOB, expires=600, headers=["Event: presence"])
        self.assertEqual(answer.status, 200)
        return self.notified()

    def notified(self):
        """The next NOTIFY, which is answered."""
        while message := self.watcher.receive():
            if message.start.startswith("NOTIFY "):
                copied = [f"{name}: {value}" for name, value in message.headers
                          if name.lower() in ("via", "from", "to", "call-id", "cseq")]
                self.watcher.send("\r\n".join(["SIP/2.0 200 OK", *copied, "Content-Length: 0", "", ""]).encode())
                if (key := (message.get("Call-ID"), message.get("CSeq"))) not in self.answered:  # else sent again
                    self.answered.add(key)
                    return message
        self.fail("no NOTIFY came")

    def follow(self, ready, *words):
        """A command that goes on, from the moment on when it misses nothing."""
        process = self.started(Process(words[0], self.argv(*words), self.folder))
        process.wait_for(ready)
        return process

    def held(self, what):
        return self.ask("presentities", "list", self.alice, f"--{what}").get(what, [])

    def test_show_and_list_name_all_that_there_is(self):
        phone, laptop = self.publish(b"phone"), self.publish(b"laptop")
        call_id = self.subscribe().get("Call-ID")
        shown = self.ask("show", self.alice.replace("example", "EXAMPLE") + ":5060")
        self.assertEqual([one["etag"] for one in shown["publications"]], [phone, laptop])
        self.assertEqual(shown["publications"][0]["size"], str(len(BODY % b"phone")))
        self.assertEqual(shown["publications"][0]["content_type"], "application/pidf+xml")
        bob = shown["subscriptions"][0]
        self.assertEqual((bob["watcher"], bob["state"], bob["call_id"]), (BOB, "active", call_id))
        self.assertEqual(bob["last_notify"]["cseq"], 1)
        document = self.document(shown)
        tuples = {one.get("id"): one.findtext(f"{PIDF}contact") for one in document.iter(f"{PIDF}tuple")}
        origins = {one["id"]: one["etags"] for one in shown["documents"][0]["elements"]}
        self.assertEqual({tuples[name]: etags for name, etags in origins.items()},
                         {"sip:phone@example.org": [phone], "sip:laptop@example.org": [laptop]})
        listed = self.ask("presentities", "list", self.alice.replace("alice", "*"), "--watcher", "sip:bob@*")
        self.assertEqual([one["id"] for one in listed["subscriptions"]], [bob["id"]])
        self.assertEqual(listed["publications"], [])
        self.assertIn("there is nothing of sip:nobody@example.org", self.ctl("show", "sip:nobody@example.org", status=1))

    @staticmethod
    def document(shown):
        return xml.etree.ElementTree.fromstring(base64.b64decode(shown["documents"][0]["body"]))

    def test_orders_reach_watcher_and_publisher(self):
        phone, laptop = self.publish(b"phone"), self.publish(b"laptop")
        first = self.subscribe()
        self.ctl("renotify", self.alice)
        again = self.notified()
        self.assertEqual(again.body, first.body)
        self.assertGreater(again.get("CSeq").split()[0], first.get("CSeq").split()[0])
        self.ctl("drop", self.alice, phone)
        dropped = xml.etree.ElementTree.fromstring(self.notified().body)
        self.assertEqual([one.text for one in dropped.iter(f"{PIDF}contact")], ["sip:laptop@example.org"])
        refused = sip.ask(self.pua, "PUBLISH", self.alice, expires=600, headers=["Event: presence", f"SIP-If-Match: {phone}"])
        self.assertEqual(refused.status, 412)
        self.assertEqual([one["etag"] for one in self.held("publications")], [laptop])
        bob = self.held("subscriptions")[0]["id"]
        self.ctl("terminate", self.alice, bob, "--reason", "probation", "--retry-after", "30")
        self.assertEqual(self.notified().get("Subscription-State"), "terminated;reason=probation;retry-after=30")
        self.assertIn("has no subscription", self.ctl("terminate", self.alice, bob, status=1))
        log = self.server.process.wait_for(r"event=presentity\.terminate .*")[0]
        self.assertRegex(log, rf"who=unix:\S+ presentity={self.alice} ")

    def test_tail_tells_what_happens(self):
        tail = self.follow(r"^following$", "tail", self.alice)
        etag = self.publish()
        call_id = self.subscribe().get("Call-ID")
        tail.wait_for(rf"publication\.created {self.alice} package=presence etag={etag} ")
        tail.wait_for(rf"subscription\.created {self.alice} .*watcher=sip:bob@example\.org .*{call_id}")
        tail.wait_for(r"notify\.sent .* cseq=1 ")
        tail.wait_for(r"notify\.finished .* status=200 ")
        sip.ask(self.pua, "PUBLISH", self.alice, headers=["Event: presence", "SIP-If-Match: nobodys"])
        tail.wait_for(rf"request\.refused {self.alice} .*method=PUBLISH status=412 ")

    def test_a_trace_is_a_capture_that_others_can_read(self):
        file = self.folder / "alice.pcap"
        file.unlink(missing_ok=True)
        trace = self.follow(r"^tracing$", "trace", self.alice, "--pcap", str(file), "--bodies", "--messages", "2")
        sip.ask(self.pua, "OPTIONS", "sip:zoe@example.org")  # nobody's business
        self.publish()
        self.assertEqual(trace.wait(), 0, trace.output)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        request, answer = datagrams(file.read_bytes())
        self.assertEqual((request[0], request[1], request[3]), (self.pua.local, self.server.udp, 0))
        self.assertTrue(request[2].startswith(f"PUBLISH {self.alice} SIP/2.0\r\n".encode()))
        self.assertTrue(request[2].endswith(BODY % b"phone"))
        self.assertEqual((answer[0], answer[1]), (self.server.udp, self.pua.local))
        self.assertTrue(answer[2].startswith(b"SIP/2.0 200 OK\r\n"))
        self.server.process.wait_for(rf"event=presentity\.trace who=unix:\S+ identity={self.alice} bodies=yes")

    def test_a_trace_without_bodies_leaves_them_out_and_says_so(self):
        file = self.folder / "bodiless.pcap"
        trace = self.follow(r"^tracing$", "trace", self.alice, "--pcap", str(file), "--messages", "2")
        self.publish()
        self.assertEqual(trace.wait(), 0, trace.output)
        request = datagrams(file.read_bytes())[0]
        self.assertTrue(request[2].endswith(b"\r\n\r\n"))
        self.assertEqual(request[3], len(BODY % b"phone"))

    def test_the_commands_of_the_readme_do_what_it_says(self):
        etag = self.publish()
        self.subscribe()
        bob = self.held("subscriptions")[0]["id"]
        commands = [shlex.split(line) for line in chapter()]
        self.assertEqual([command[1] for command in commands],
                         ["presentities", "show", "explain", "tail", "trace", "renotify", "drop", "terminate",
                          "documents", "invalidate"])
        own = {"sip:alice@example.com": self.alice, "ETAG": etag, "ID": bob,
               "/tmp/alice.pcap": str(self.folder / "readme.pcap")}
        for command in commands:
            words = [own.get(word, word) for word in command[1:]]
            if words[0] == "tail":
                self.follow(r"^following$", *words)
            elif words[0] == "trace":
                self.follow(r"^tracing$", *words)
            else:
                self.ctl(*words)
                if words[0] in ("renotify", "drop", "terminate"):
                    self.notified()
