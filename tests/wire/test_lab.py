"""The lab core: Presentia behind a real S-CSCF with a real HSS, as `tools/lab` makes it.

```
  phones ◄──► P-CSCF ◄──► S-CSCF ◄── ISC over UDP, TCP ──► presentia ◄── XCAP ──► presentia-xdms
                             └────── Cx ──────► presentia-hss ◄── Sh ──┘
```
"""

import glob
import json
import pathlib
import re
import unittest

from harness import net
from harness.case import Options, WireTest
from harness.clients.base import loopback_only
from harness.clients.baresip import Baresip
from harness.process import DEADLINE_S, Process
from harness.sipp import Sipp

LAB = pathlib.Path(__file__).resolve().parents[2] / "tools" / "lab"
WITHIN_S = 10  # a sanitizer build on a busy machine; the lab itself wants 1
IMS_MODULE = "/usr/lib/*/kamailio/modules/ims_isc.so"


@unittest.skipIf(Options.against_kamailio, "the lab is about Presentia")
@unittest.skipUnless(glob.glob(IMS_MODULE), "kamailio-ims-modules is not installed")
class LabCore(WireTest):
    def lab(self, name, *words):
        """(exit status, output) of one command to the lab of this test."""
        process = self.started(Process(f"{self.id().rsplit('.', 1)[1]}-{name}",
                                       [LAB, "--folder", self.run_folder, *words], self.folder))
        return process.wait(20 * DEADLINE_S), process.output

    def setUp(self):
        self.run_folder = self.folder / self.id().rsplit("_", 1)[1]  # short: there is a socket in it

    def up(self, transport):
        status, output = self.lab("up", "up", f"--{transport}", "--bin", Options.binary_dir)
        self.assertEqual(status, 0, output)
        self.addCleanup(self.lab, "down-again", "down")
        return [json.loads(file.read_text())[0] for file in self.run_folder.glob("*.pid")]

    def demo(self, transport):
        """All steps twice in one lab; no socket can be reached from elsewhere, and nothing is left afterwards."""
        pids = self.up(transport)
        self.assertEqual(len(pids), 5)
        for run in ("demo", "demo-again"):
            status, output = self.lab(run, "demo", "--within", str(WITHIN_S))
            self.assertEqual(status, 0, output)
            self.assertNotIn("✗", output)
        self.assertEqual(net.reachable_from_elsewhere(pids), [])
        status, output = self.lab("status", "status")
        self.assertEqual(status, 0, output)
        status, output = self.lab("down", "down")
        self.assertEqual(status, 0, output)
        self.assertEqual([pid for pid in pids if pathlib.Path(f"/proc/{pid}/exe").exists()], [])
        for log in self.run_folder.glob("*.log"):
            self.assertIsNone(re.search(r"Sanitizer|runtime error:", log.read_text(errors="replace")), log)

    def p_cscf(self):
        plan = json.loads((self.run_folder / "lab.json").read_text())
        return f"{plan['net']}.2", plan["first_port"]

    def test_a_phone_that_is_not_of_the_lab_registers_and_publishes_sipp(self):
        self.up("udp")
        run = Sipp("core", self.p_cscf(), self.folder, host="127.0.1.12")
        self.addCleanup(run.process.stop)
        run.check()

    @unittest.skipIf(Baresip.missing(), Baresip.missing())
    def test_a_real_phone_registers_and_publishes_baresip(self):
        self.up("udp")
        home = self.folder / "baresip.home"
        home.mkdir()
        tour = LAB.parents[1] / "conf" / "tour" / "alice" / "config"
        (home / "config").write_text(tour.read_text().replace("5070", str(net.free_block(2))))
        (home / "accounts").write_text("<sip:alice@example.com>;auth_user=alice@example.com;auth_pass=alice-secret;"
                                       'regint=600;pubint=600;outbound="sip:%s:%d;transport=udp"\n' % self.p_cscf())
        (home / "contacts").write_text("")
        phone = self.started(Process("baresip", ["baresip", "-s", "-f", home], self.folder, loopback_only(self.folder)))
        phone.wait_for("registered successfully")
        phone.wait_for("^SIP-ETag: ")
        self.assertIn("state=1 ", self.lab("hss", "hss", "show", "sip:alice@example.com")[1])

    def test_all_steps_with_isc_over_udp(self):
        self.demo("udp")

    def test_all_steps_with_isc_over_tcp(self):
        self.demo("tcp")

    def test_what_cannot_start_leaves_nothing(self):
        status, output = self.lab("up", "up", "--bin", self.run_folder)
        self.assertEqual(status, 1)
        self.assertIn("no presentia-hss in", output)
        status, output = self.lab("down", "down")
        self.assertEqual(status, 1)
        self.assertIn("no lab core runs here", output)

    def test_there_is_one_lab_in_a_folder_and_a_part_that_is_gone_is_noticed(self):
        self.up("udp")
        status, output = self.lab("up-again", "up", "--bin", Options.binary_dir)
        self.assertEqual(status, 1)
        self.assertIn("there is a lab core already", output)
        status, output = self.lab("hss", "hss", "quit")
        status, output = self.lab("status", "status")
        self.assertEqual(status, 1)
        self.assertIn("not running: hss", output)
        self.assertEqual(self.lab("demo", "demo")[0], 1)
        self.assertEqual(self.lab("down", "down")[0], 0)
