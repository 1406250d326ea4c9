"""XDM servers that fail: silent, slow, gone, or with documents that nobody can read. What watchers are told is safe and
comes in time, and concerns nobody else."""

import json
import pathlib
import subprocess
import tempfile
import threading
import time
import unittest

from harness.case import Options
from harness.net import free_block
from harness.process import DEADLINE_S
from harness.rules import BOB, CAROL, POLL_S, RulesTest, figure, pidf
from harness.sip import unique
from harness.xdms import (EVERYTHING, TYPES, Misbehaving, Xdms, document_of, metric, ones, reply, resource_list, rule,
                          ruleset)

ANSWER_MS = 600  # isc.answer_within_ms


class BadServers(RulesTest):
    """Each: pending in time, by rules.when_unavailable, and the metrics tell. Who watches already notices nothing."""

    SETTINGS = (f"isc.answer_within_ms={ANSWER_MS}", "xdm.retry_first_ms=50", "xdm.retry_max_ms=200")

    def assert_pending(self, presentity):
        """The watcher is accepted, waits, and is shown nothing."""
        watch = self.party.subscribe(BOB, presentity)
        self.assertEqual(watch.answer.status, 200, watch.answer.start)
        told = watch.wait_for(lambda seen: True)
        self.assertTrue(told.state.startswith("pending"), told.state)
        self.assertNotIn("garden", told.text)
        self.assertNotIn("open", told.text)
        print(f"note: {self.id().rsplit('.', 1)[1]}: pending after {(told.at - watch.sent) * 1000:.0f} ms", flush=True)
        return watch

    def presentiactl_metrics(self):
        return subprocess.run([f"{Options.binary_dir}/presentiactl", "--server", self.server.management, "metrics"],
                              capture_output=True, text=True, check=True, timeout=DEADLINE_S).stdout

    def assert_noticed(self):
        """By the metrics, also those of presentiactl."""
        self.wait_metric(r'presentia_xdm_documents\{status="unavailable"\}', 1)
        self.assertRegex(self.presentiactl_metrics(), r'presentia_xdm_documents\{status="unavailable"\} [1-9]')

    def wait_listed_as_bad(self, why):
        """Until presentiactl documents lists the rules of alice so; what it says of them."""
        command = [f"{Options.binary_dir}/presentiactl", "--server", self.server.management, "--json", "documents",
                   "--prefix", self.rules]
        deadline = time.monotonic() + DEADLINE_S
        while True:
            ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE_S)
            (listed,) = json.loads(ran.stdout)["documents"]
            if listed["state"] == "bad" and why in listed["why"]:
                return listed
            self.assertLess(time.monotonic(), deadline, f"{listed}, not {why}")
            threading.Event().wait(0.05)

    def test_a_server_that_fails_every_request(self):
        """XCP-05"""
        for status in (500, 503):
            self.own = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            self.start(self.xdms("--fail", str(status)).root, *self.SETTINGS)
            self.party.publish(self.alice, pidf(self.alice, "in the garden"))
            self.assert_pending(self.alice)
            self.assert_noticed()

    def test_a_server_that_takes_its_time_is_not_waited_for(self):
        """XCP-05: the watcher waits instead, and is shown what it may see once that is known."""
        documents = self.xdms("--slow", str(3 * ANSWER_MS))
        self.start(documents.root, *self.SETTINGS, "xdm.request_timeout_ms=20000", "xdm.first_byte_timeout_ms=15000")
        documents.put(self.rules, ruleset(rule(ones(BOB), "allow", EVERYTHING)))
        self.party.publish(self.alice, pidf(self.alice, "in the garden"))
        self.assert_pending(self.alice).wait_shown("in the garden")

    def test_nothing_listens_and_then_a_server_comes_up(self):
        """XCP-05"""
        place = f"127.0.0.1:{free_block(1)}"
        self.start(f"http://{place}/xcap", *self.SETTINGS)
        self.party.publish(self.alice, pidf(self.alice, "in the garden"))
        bob = self.assert_pending(self.alice)
        self.assert_noticed()
        self.server_of_documents = self.xdms("--http", place)
        self.put_rules(rule(ones(BOB), "allow", EVERYTHING))
        bob.wait_for(lambda seen: seen.state.startswith("active"))
        bob.wait_shown("in the garden")

    def test_one_bad_document_is_nobody_elses_business(self):
        """XCP-05, XCP-07, XCP-10: a 500, a page of another type, a body without an end, silence, and no XML."""
        documents = self.started(Misbehaving())
        allowed = ruleset(rule(ones(BOB), "allow", EVERYTHING))
        bad = {
            "status": lambda handler: reply(handler, 500, "sorry", "text/plain"),
            "type": lambda handler: reply(handler, 200, allowed, "text/html", '"1"'),
            "endless": documents.endless,
            "silent": documents.silent,
            "torn": lambda handler: reply(handler, 200, allowed[:-20], TYPES["pres-rules"], '"1"'),
        }
        users = {kind: f"sip:{unique(kind)}@example.org" for kind in bad}
        documents.answers = {document_of(users[kind]): answer for kind, answer in bad.items()}
        good = [f"sip:{unique('good')}@example.org" for _ in range(3)]
        for user in good:
            documents.answers[document_of(user)] = lambda handler: reply(handler, 200, allowed, TYPES["pres-rules"],
                                                                         '"1"')
        self.start(documents.root, *self.SETTINGS)
        for user in (*users.values(), *good):
            self.party.publish(user, pidf(user, "in the garden"))
        live = self.watch(BOB, good[0])
        for kind, user in users.items():
            with self.subTest(document=kind):
                self.assert_pending(user)
            with self.subTest(document=kind, others="known"):
                told = time.monotonic()
                self.party.publish(good[0], pidf(good[0], f"after {kind}"))
                live.wait_shown(f"after {kind}", told)
        with self.subTest(others="new"):
            for user in good[1:]:
                self.party.subscribe(BOB, user).wait_shown("in the garden")
        self.assert_noticed()
        self.assertGreater(metric(self.server, r"presentia_xdm_refused_total"), 0)

    def test_rules_that_become_unreadable_stay_in_force_as_they_were(self):
        """XCP-07, XCP-10: torn, with a DTD, of another kind, too large, a page; and then rules again."""
        documents = self.started(Misbehaving())
        allowed = ruleset(rule(ones(BOB), "allow", EVERYTHING))
        kind = TYPES["pres-rules"]

        def serve(text, content_type=kind):
            tag = f'"{unique("tag")}"'
            served = threading.Event()

            def answer(handler):
                reply(handler, 200, text, content_type, tag)
                served.set()

            documents.answers[self.rules] = answer
            return served

        serve(allowed)
        self.start(documents.root, *self.SETTINGS, f"xdm.poll_s={POLL_S}", "xdm.max_document_bytes=65536")
        self.party.publish(self.alice, pidf(self.alice, "in the garden"))
        bob = self.watch(BOB)
        bad = {
            "torn": (allowed[:-20],),
            "dtd": ('<!DOCTYPE a [<!ENTITY b "c">]>' + allowed.partition("?>")[2],),
            "another kind": (resource_list("friends", BOB),),
            "too large": (allowed + " " * 70000,),
            "a page": ("<html>maintenance</html>", "text/html"),
        }
        for what, answer in bad.items():
            with self.subTest(document=what):
                self.assertTrue(serve(*answer).wait(DEADLINE_S), "it is asked for again")
                self.party.subscribe(BOB, self.alice).wait_shown("in the garden")
                listed = self.wait_listed_as_bad("cannot be had now: " if what in ("too large", "a page") else "line ")
                self.assertEqual((listed["last_good"], listed["following"], listed["presentities"]),
                                 (True, "polling", "1"), listed)
        self.wait_metric(r'presentia_events_total\{.*event="document.bad"', 3)
        self.assertGreater(metric(self.server, r"presentia_xdm_refused_total"), 0)
        self.assertEqual(len(bob.notifies), 1, "nothing has changed for who watches")
        blocked = time.monotonic()
        serve(ruleset(rule(ones(BOB), "block")))
        bob.wait_rejected(blocked)

    def test_rules_that_changed_while_their_server_was_away_are_noticed(self):
        """XCP-05: the last good ones count meanwhile."""
        place, sip = f"127.0.0.1:{free_block(1)}", f"udp:127.0.0.1:{free_block(1)}"
        where = ("--http", place, "--sip", sip, "--folder", str(self.own / "documents"))
        self.server_of_documents = Xdms(Options.binary_dir, self.own, *where)
        self.addCleanup(self.server_of_documents.stop)
        self.start(self.server_of_documents.root, *self.SETTINGS, "xdm.poll_s=1", "xdm.diff.verify_s=1",
                   notifier=self.server_of_documents.notifier)
        self.put_rules(rule(ones(BOB, CAROL), "allow", EVERYTHING))
        etag = self.party.publish(self.alice, pidf(self.alice, "in the garden"))
        bob, carol = self.watch(BOB), self.watch(CAROL)
        self.wait_followed()
        self.server_of_documents.stop()
        self.wait_metric(r'presentia_xdm_documents\{status="stale"\}', 1)
        away = time.monotonic()
        self.party.publish(self.alice, pidf(self.alice, "still there"), etag)
        bob.wait_shown("still there", away)
        file = self.own / "documents" / f"{self.rules}.xml"
        self.assertTrue(file.exists(), file)
        file.write_text(ruleset(rule(ones(CAROL), "allow", EVERYTHING)))
        back = time.monotonic()
        self.server_of_documents = self.xdms(*where)
        figure("start of a server with other rules until the NOTIFY", back, bob.wait_rejected(back))
        self.assertFalse([seen for seen in carol.notifies if "terminated" in seen.state])


if __name__ == "__main__":
    unittest.main()
