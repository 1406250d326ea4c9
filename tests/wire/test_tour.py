"""The commands of the five-minute tour and of the chapter about rules in README.md, as a newcomer types them, in a copy
of what they need.

A block is fenced as ```sh and follows a line `<!-- tour: NAME -->` or `<!-- rules: NAME -->`. Only ports and the socket
are others, and nothing is built.
"""

import pathlib
import re
import shutil
import unittest

from harness.case import Options, WireTest
from harness.clients import Baresip, Twinkle
from harness.clients.base import loopback_only
from harness.net import free_block
from harness.process import Process

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENT_PORTS = {"5070": 3, "5080": 6}  # first port of each client in conf/tour, and how many follow


def blocks(chapter):
    """The commands of a chapter by the name of their block."""
    readme = (ROOT / "README.md").read_text()
    return dict(re.findall(rf"^<!-- {chapter}: (\w+) -->\n+```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL))


class Tour(WireTest):
    """The newcomer's folder: conf and the built programs, at the paths that the README names."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            raise unittest.SkipTest("the tour is about Presentia")
        if missing := [reason for reason in (Baresip.missing(), Twinkle.missing()) if reason]:
            raise unittest.SkipTest("; ".join(missing))
        cls.replaced = {"/tmp/presentia-lab.sock": str(cls.folder / "lab.sock"), ":5060": f":{free_block(1)}",
                        ":9090": f":{free_block(1)}", ":8080": f":{free_block(1)}"}
        for port, size in CLIENT_PORTS.items():
            base = free_block(size)
            for i in range(size):
                cls.replaced[str(int(port) + i)] = str(base + i)
        shutil.copytree(ROOT / "conf", cls.folder / "conf")
        for file in (cls.folder / "conf").rglob("*"):
            if file.is_file() and file.suffix != ".xsd":
                file.write_text(cls.adapted(file.read_text()))
        (cls.folder / "tools").mkdir()
        (cls.folder / "tools" / "run").write_text(cls.adapted((ROOT / "tools" / "run").read_text()))
        (cls.folder / "tools" / "run").chmod(0o755)
        for build in ("release", "dev"):
            (cls.folder / "build" / build).mkdir(parents=True)
            (cls.folder / "build" / build / "bin").symlink_to(Options.binary_dir)

    @classmethod
    def adapted(cls, text):
        for fixed, own in cls.replaced.items():
            text = text.replace(fixed, own)
        return text

    def type(self, name, command, phone=False):
        """A new terminal in which the command has been typed; phones are kept on loopback."""
        environment = {"TMPDIR": str(self.folder), **(loopback_only(self.folder) if phone else {})}
        return self.started(Process(name, ["bash", "-c", self.adapted(command)], self.folder, environment,
                                    cwd=self.folder, terminal=True))

    def start_everything(self, commands):
        """Server, Bob's phone, Alice's phone: the first three steps of the tour."""
        server = self.type("run", f"exec {commands['run'].strip()} --bin build/release/bin")
        server.wait_for(r"^ready ")
        server.wait_for(r"documents +http://")

        bob = self.type("watch", commands["watch"], phone=True)
        bob.wait_for(r"sip:alice@example\.com is closed")
        alice = self.type("publish", commands["publish"], phone=True)
        alice.wait_for(r"baresip is ready")
        return server, bob, alice

    def end_everything(self, server, bob, alice, *others):
        alice.keys("q")
        alice.wait()
        bob.send("quit")
        bob.wait()
        for interrupted in (*others, server):
            interrupted.keys("\x03")
            interrupted.wait()
        self.assertEqual(server.stop(), 0, server.output)

    def test_the_tour_of_the_readme(self):
        commands = blocks("tour")
        self.assertEqual(set(commands), {"run", "watch", "publish", "follow", "set"})
        server, bob, alice = self.start_everything(commands)
        mark = bob.mark()
        alice.keys("[")
        bob.wait_for(r"sip:alice@example\.com is open", mark)
        mark = bob.mark()
        alice.keys("]")
        bob.wait_for(r"sip:alice@example\.com is closed", mark)

        follow = self.type("follow", commands["follow"])
        follow.wait_for(r"^watching ")
        changed = self.type("set", commands["set"])
        self.assertEqual(changed.wait(), 0, changed.output)
        seconds = re.search(r"min_expires_s=(\d+)", commands["set"])[1]
        follow.wait_for(rf"presence\.publication\.min_expires_s.*\b{seconds}\b")
        mark = alice.mark()
        alice.keys("[")
        alice.wait_for(r"^SIP/2.0 423 ", mark)
        alice.wait_for(rf"^Min-Expires: {seconds}\s", mark)
        self.end_everything(server, bob, alice, follow)

    def test_the_chapter_about_rules(self):
        tour, commands = blocks("tour"), blocks("rules")
        self.assertEqual(set(commands), {"trace", "block", "explain", "documents", "allow", "less"})
        server, bob, alice = self.start_everything(tour)
        trace = self.type("trace", commands["trace"])
        trace.wait_for(r"^tracing")
        everything = r'entity="sip:alice@example\.com">.*<dm:person .*</presence>'
        alice.keys("[")
        bob.wait_for(r"sip:alice@example\.com is open")
        trace.wait_for(everything)

        mark, seen = bob.mark(), trace.mark()
        self.run_well("block", commands["block"])
        bob.wait_for(r"sip:alice@example\.com is rejeceted", mark)
        trace.wait_for(r"terminated;reason=rejected", seen)

        self.run_well("explain", commands["explain"])
        listed = self.run_well("documents", commands["documents"])
        self.assertRegex(listed, r"pres-rules/users/sip:alice@example\.com/index +good ")
        self.run_well("allow", commands["allow"])
        bob.send("quit")
        bob.wait()
        seen = trace.mark()
        bob = self.type("watch-again", tour["watch"], phone=True)
        bob.wait_for(r"sip:alice@example\.com is open")
        trace.wait_for(everything, seen)

        seen = trace.mark()
        self.run_well("less", commands["less"])
        trace.wait_for(r'entity="sip:alice@example\.com"><tuple [^>]*><status><basic>open</basic></status>'
                       r"<contact>sip:alice@example\.com</contact></tuple></presence>", seen)
        self.end_everything(server, bob, alice, trace)

    def run_well(self, name, command):
        """A command in a terminal that ends with success; what it printed."""
        ran = self.type(name, command)
        self.assertEqual(ran.wait(), 0, ran.output)
        return ran.output
