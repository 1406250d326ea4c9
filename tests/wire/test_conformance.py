"""The conformance suite: Presentia passes it, Kamailio's table is the one that is published, and servers that are dead,
silent or mad get the right verdict instead of a hang."""

import csv
import os
import pathlib
import re
import select
import signal
import socket
import threading
import unittest

from harness.case import Options, WireTest, only_with_all
from harness.process import Process

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITE = ROOT / "tests" / "conformance"
WHOLE_S = 400  # the suite, with a sanitizer build on two busy cores
SHORT_S = 120
UNSTEADY = 8  # scenarios whose verdict changes from run to run: what has expired in Kamailio lives until its next sweep, the
# periods of rules do not always mean the same, and changes of rules and of state overtake each other


class Conformance(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            raise unittest.SkipTest("these are about the suite")
        cls.program = pathlib.Path(Options.binary_dir) / "presentia-conformance"

    def suite(self, name, *arguments, timeout=SHORT_S):
        """Exit status and output of a run."""
        environment = {"PRESENTIA": str(pathlib.Path(Options.binary_dir) / "presentia")}
        run = self.started(Process(name, [self.program, *arguments], self.folder, environment, cwd=ROOT))
        return run.wait(timeout), run.output

    def verdicts(self, name):
        with (self.folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            return {row["id"]: row["verdict"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


class Servers(Conformance):
    def test_presentia_passes_every_scenario(self):
        status, output = self.suite("presentia", "--target", SUITE / "targets" / "presentia.yaml", "--quiet",
                                    "--tsv", self.folder / "presentia.tsv", "--html", self.folder / "presentia.html",
                                    "--junit", self.folder / "presentia.xml", timeout=WHOLE_S)
        self.assertEqual(status, 0, output[-8000:])
        verdicts = self.verdicts("presentia")
        self.assertEqual([one for one, verdict in verdicts.items() if verdict not in ("pass", "n/a")], [])
        published = self.published("presentia")
        self.assertEqual({one: verdict for one, verdict in verdicts.items() if published.get(one) != verdict}, {},
                         "tests/conformance/RESULTS.md is not of these scenarios: run tests/conformance/write-results")

    @only_with_all
    def test_kamailio_is_measured_by_the_same_scenarios(self):
        status, output = self.suite("kamailio", "--target", SUITE / "targets" / "kamailio.yaml", "--quiet",
                                    "--tsv", self.folder / "kamailio.tsv", timeout=WHOLE_S)
        self.assertIn(status, (0, 1), output[-8000:])
        verdicts = self.verdicts("kamailio")
        self.assertEqual(verdicts.keys(), self.published("kamailio").keys(),
                         "tests/conformance/RESULTS.md is not of these scenarios: run tests/conformance/write-results")
        self.assertNotIn("broken scenario", verdicts.values())
        published = self.published("kamailio")
        changed = {one: verdict for one, verdict in verdicts.items() if published[one] != verdict}
        self.assertLessEqual(len(changed), UNSTEADY, f"RESULTS.md says otherwise of: {changed}")

    def published(self, name):
        with (SUITE / "results" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            return {row["id"]: row["verdict"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


class Interrupted(Conformance):
    def test_the_server_that_it_started_ends_too(self):
        target = (SUITE / "targets" / "presentia.yaml").read_text()
        (self.folder / "target.yaml").write_text(target.replace("start: exec ", f"start: echo $$ >{self.folder}/pid; exec "))
        environment = {"PRESENTIA": str(pathlib.Path(Options.binary_dir) / "presentia")}
        run = self.started(Process("interrupted", [self.program, "--target", self.folder / "target.yaml",
                                                   "--only", "SIP-24"], self.folder, environment, cwd=ROOT))
        run.wait_for(r"^Playing 1 scenarios against Presentia \(seed")
        server = os.pidfd_open(int((self.folder / "pid").read_text()))
        self.addCleanup(os.close, server)
        os.kill(run.pid, signal.SIGINT)
        self.assertEqual(run.wait(), -signal.SIGINT)
        self.assertTrue(select.select([server], [], [], SHORT_S)[0], "the server lives on")


class Readme(Conformance):
    def test_the_scenario_of_the_chapter_is_played(self):
        chapter = re.search(r"^## Measure any presence server\n(.*?)^## ", (ROOT / "README.md").read_text(),
                            re.MULTILINE | re.DOTALL).group(1)
        name, text = re.search(r"^<!-- scenario: (\S+) -->\n+```yaml\n(.*?)^```$", chapter,
                               re.MULTILINE | re.DOTALL).groups()
        (self.folder / name).write_text(text)
        status, output = self.suite("readme", "--target", SUITE / "targets" / "presentia.yaml",
                                    "--scenario", self.folder / name)
        self.assertEqual(status, 0, output)
        self.assertRegex(output, rf"(?m)^pass +\S+ s +{re.escape(name.removesuffix('.yaml'))} ")


class Mad:
    """A UDP socket that answers each datagram with what `answer` makes of it, until stop()."""

    def __init__(self, answer):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while (packet := self._socket.recvfrom(65536))[0] != b"stop":
            for answer in self._answer(packet[0]):
                self._socket.sendto(answer, packet[1])

    def stop(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"stop", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


def answered(request, status=b"200 OK", more=b""):
    """A plain answer to a request."""
    lines = request.split(b"\r\n\r\n")[0].split(b"\r\n")
    copied = [line for line in lines if re.match(rb"(?i)(via|from|call-id|cseq):", line)]
    to = next(line for line in lines if line.startswith(b"To:"))
    return b"\r\n".join([b"SIP/2.0 " + status, *copied, to + b";tag=mad", b"Content-Length: 0", more, b""]).replace(
        b"\r\n\r\n\r\n", b"\r\n\r\n") + (b"" if more else b"\r\n")


ONLY = ("--only", "PUB-05", "PUB-12")


class BadServers(Conformance):
    def mad(self, answer):
        return self.started(Mad(answer)).address

    def test_nothing_listens(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{unused.getsockname()[1]}"
        status, output = self.suite("dead", "--target", address, *ONLY)
        self.assertEqual(status, 3, output)
        self.assertIn(f"nothing answers an OPTIONS at tcp:{address} udp:{address}; is the server running?", output)

    def test_a_server_that_never_answers_again(self):
        asked = []

        def only_options(packet):
            asked.append(packet)
            return [answered(packet)] if len(asked) == 1 else []

        status, output = self.suite("silent", "--target", self.mad(only_options), *ONLY)
        self.assertEqual(status, 3, output)
        self.assertRegex(output, r"(?m)^inconclusive.*PUB-12")
        self.assertIn("the server no longer answers", output)
        self.assertIn("The server stopped answering while these were played:", output)

    def test_a_server_that_answers_garbage(self):
        def garbage(packet):
            return [answered(packet) if packet.startswith(b"OPTIONS") else b"SIP/2.0 banana\r\n\r\n"]

        status, output = self.suite("garbage", "--target", self.mad(garbage), *ONLY)
        self.assertEqual(status, 1, output)
        self.assertIn("the server sent what is no SIP message", output)

    def test_a_server_that_floods(self):
        def flood(packet):
            options = packet.startswith(b"OPTIONS")
            return [answered(packet)] if options else [answered(packet, b"100 Trying")] * 5000

        status, output = self.suite("flood", "--target", self.mad(flood), *ONLY)
        self.assertEqual(status, 1, output)
        self.assertIn("the server floods: more than 3000 messages", output)

    def test_a_server_that_accepts_everything_fails_what_it_should_refuse(self):
        status, output = self.suite("yes", "--target", self.mad(lambda packet: [answered(packet)]), "--only", "PUB-02")
        self.assertEqual(status, 1, output)
        self.assertRegex(output, r"(?m)^FAIL ")


class Usage(Conformance):
    def refused(self, name, *arguments):
        status, output = self.suite(name, *arguments)
        self.assertEqual(status, 2, output)
        return output

    def written(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_unknown_ids_are_named(self):
        self.assertIn("no scenario, row or document is called XYZ-99",
                      self.refused("unknown", "--target", "127.0.0.1:5060", "--only", "XYZ-99"))

    def test_wrong_targets_are_explained(self):
        self.assertIn("--target is needed", self.refused("none", *ONLY))
        self.assertIn('"nowhere" is no HOST:PORT', self.refused("nowhere", "--target", "nowhere", *ONLY))
        self.assertIn("has no port of 1 to 65535", self.refused("port", "--target", "127.0.0.1:99999", *ONLY))
        target = self.written("target.yaml", "name: x\nreach: {udp: 127.0.0.1:5060}\ndomain: a\nprofile: ims\n")
        self.assertRegex(self.refused("key", "--target", target, *ONLY), r'target.yaml:4: a target has no "profile"; there')
        target = self.written("dead.yaml", "reach: {udp: 127.0.0.1:9}\ndomain: a\ncommands: {start: echo no luck; exit 1}\n")
        output = self.refused("start", "--target", target, *ONLY)
        self.assertIn("the start command ended", output)
        self.assertIn("no luck", output)

    def test_wrong_scenarios_are_explained_with_file_and_line(self):
        def wrong(text):
            path = self.written("PUB-05.wrong.yaml", text)
            return self.refused("scenario", "--target", "127.0.0.1:5060", "--scenario", path)

        head = "rows: [PUB-05]\ntitle: t\nsteps:\n"
        self.assertIn("PUB-05.wrong.yaml:4: send has no \"bye\"", wrong(head + "  - {send: PUBLISH, bye: alice}\n"))
        self.assertIn("PUB-05.wrong.yaml:4: the pattern /(/ cannot be read",
                      wrong(head + "  - {answer: 200, has: {To: \"/(/\"}}\n"))
        self.assertIn("matrix.tsv has no row XYZ-99", wrong("rows: [PUB-05, XYZ-99]\ntitle: t\nsteps: []\n"))
        self.assertIn("there is no sequence nothing", wrong(head + "  - {play: nothing}\n"))
        self.assertIn("who puts documents needs: [rules] or [hard-state]",
                      wrong(head + "  - {put: pres-rules/users/a/index, by: a, body: x}\n"))

    def test_list_names_rows_and_clauses(self):
        status, output = self.suite("list", "--list", "--only", "RFC3903")
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"(?m)^PUB-05\.unknown-tag +ietf +tier 1 MUST +RFC 3903 6 step 3")
