"""Who may see what, decided by documents on an XDM server: what a PUT there does to watchers that are watching.

```
  watchers, publishers ◄── SIP ──► presentia ── XCAP ──► presentia-xdms, a misbehaving server
  curl ── PUT ──► presentia-xdms ── xcap-diff ──► presentia
```

The times from a PUT to its NOTIFY are printed; a sanitizer build on a busy machine is no place to assert them.
"""

import pathlib
import subprocess
import tempfile
import threading
import time
import unittest

from harness.case import Options, WireTest
from harness.kamailio import EDGE_HOST, XdmServer
from harness.net import free_block
from harness.party import Party
from harness.process import DEADLINE_S
from harness.server import Server
from harness.sip import unique
from harness.xdms import (EVERYTHING, SERVICES, TYPES, Misbehaving, Xdms, document_of, member_of, metric, ones, reply,
                          resource_list, rule, ruleset)

BOB, CAROL, DAVE = (f"sip:{name}@example.org" for name in ("bob", "carol", "dave"))
ANSWER_MS = 600  # isc.answer_within_ms where a server is slow
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

    def flow(self, how, followed=lambda: None):
        """Fetched with the first SUBSCRIBE; less is shown, more is shown, nothing is; and the document is deleted."""
        documents = self.server_of_documents
        self.put_rules(rule(ones(BOB, CAROL), "allow", EVERYTHING))
        self.party.publish(self.alice, pidf(self.alice, "in the garden"))
        bob, carol = self.watch(BOB), self.watch(CAROL)
        self.assertIn("in the garden", bob.wait_shown("<tuple").text)
        carol.wait_shown("in the garden")
        followed()

        put = self.put_rules(rule(ones(BOB), "allow", SERVICES), rule(ones(CAROL), "allow", EVERYTHING))
        less = bob.wait_for(lambda seen: "garden" not in seen.text, put)
        figure(f"{how}: PUT of rules that show less until the NOTIFY", put, less)
        self.assertIn("<basic>open</basic>", less.text)
        self.assertEqual(len(carol.notifies), 1, "a watcher whose view is the same is told nothing")

        put = self.put_rules(rule(ones(BOB), "block"), rule(ones(CAROL), "allow", EVERYTHING))
        end = bob.wait_rejected(put)
        figure(f"{how}: PUT of a blocking rule until the NOTIFY", put, end)
        self.assertEqual(end.text, "")
        self.assertEqual(self.party.subscribe(BOB, self.alice).answer.status, 403)

        put = self.put_rules(rule(ones(CAROL), "allow", SERVICES))
        carol.wait_for(lambda seen: "garden" not in seen.text, put)
        deleted = documents.delete(self.rules)  # and rules.no_document says that everybody may see everything
        figure(f"{how}: DELETE of the rules until the NOTIFY", deleted, carol.wait_shown("in the garden", deleted))
        self.watch(BOB).wait_shown("in the garden")


class XcapDiff(RulesTest):
    def setUp(self):
        super().setUp()
        self.server_of_documents = self.xdms()
        self.start(self.server_of_documents.root, "xdm.poll_s=0", notifier=self.server_of_documents.notifier)

    def test_a_put_acts_on_live_watchers_at_once(self):
        """PRU-27, XCP-01, XCP-03, XDP-01: what is fetched first, then each change."""
        self.flow("xcap-diff", self.wait_followed)

    def test_who_leaves_a_list_is_ended_and_who_enters_it_is_shown(self):
        """PRU-27: a rule that names a list, and the list changes."""
        lists = document_of(self.alice, "resource-lists")
        anchor = f"{self.server_of_documents.root}/{lists}/~~/resource-lists/list%5B@name=%22friends%22%5D"
        self.server_of_documents.put(lists, resource_list("friends", BOB))
        self.put_rules(rule(member_of(anchor), "allow", EVERYTHING), rule(ones(CAROL), "confirm"))
        self.party.publish(self.alice, pidf(self.alice, "in the garden"))
        bob = self.watch(BOB)
        carol = self.party.subscribe(CAROL, self.alice)
        carol.wait_for(lambda seen: seen.state.startswith("pending"))
        self.wait_followed()
        put = self.server_of_documents.put(lists, resource_list("friends", CAROL))
        figure("xcap-diff: PUT of a list without the watcher until the NOTIFY", put, bob.wait_rejected(put))
        self.assertTrue(carol.wait_shown("in the garden", put).state.startswith("active"))

    def test_hard_state_reaches_the_watcher(self):
        """XCP-11, XCP-13: put, changed, deleted."""
        hard = document_of(self.alice, "pidf-manipulation")
        bob = self.watch(BOB)
        self.wait_followed()
        for note in ("by mail only", "not even by mail"):
            put = self.server_of_documents.put(hard, pidf(self.alice, note))
            figure("xcap-diff: PUT of hard state until the NOTIFY", put, bob.wait_shown(note, put))
        deleted = self.server_of_documents.delete(hard)
        bob.wait_for(lambda seen: "by mail" not in seen.text, deleted)

    def test_a_sphere_that_is_published_chooses_the_rule(self):
        """PRU-05: at work Bob may watch, elsewhere he may not."""
        self.put_rules(rule(ones(BOB) + '<cr:sphere value="work"/>', "allow", EVERYTHING),
                       rule(ones(CAROL), "allow", EVERYTHING))
        etag = self.party.publish(self.alice, pidf(self.alice, "here", in_sphere("work")))
        bob, carol = self.watch(BOB), self.watch(CAROL)
        bob.wait_shown("here")
        moved = time.monotonic()
        self.party.publish(self.alice, pidf(self.alice, "there", in_sphere("home")), etag)
        self.assertEqual(bob.wait_rejected(moved).text, "")
        carol.wait_shown("there", moved)
        self.assertFalse([seen for seen in bob.notifies if "there" in seen.text])

    def test_one_list_that_two_hundred_name_is_fetched_once_and_its_change_ends_all(self):
        """XCP-09: one copy for all who need it."""
        lists = document_of("sip:company@example.org", "resource-lists")
        anchor = f"{self.server_of_documents.root}/{lists}/~~/resource-lists/list%5B@name=%22staff%22%5D"
        self.server_of_documents.put(lists, resource_list("staff", BOB, CAROL))
        people = [f"sip:{unique('staff')}@example.org" for _ in range(200)]
        for user in people:
            self.put_rules(rule(member_of(anchor), "allow", EVERYTHING), user=user)
        watches = [self.watch(BOB, user) for user in people]
        self.wait_followed()
        before = self.server_of_documents.answered("GET", lists)
        self.assertIn(len(before), (1, 2), "once for all, and once more as xcap-diff begins to report on it")
        put = self.server_of_documents.put(lists, resource_list("staff", CAROL))
        last = max((watch.wait_rejected(put) for watch in watches), key=lambda seen: seen.at)
        figure("xcap-diff: PUT of a list that 200 name until the last NOTIFY", put, last)
        self.assertLessEqual(len(self.server_of_documents.answered("GET", lists)), 3)


class Patches(RulesTest):
    """What changed comes in the report itself, and nothing is fetched."""

    def patched(self, mode):
        self.server_of_documents = self.xdms()
        self.start(self.server_of_documents.root, "xdm.poll_s=0", f"xdm.diff.processing={mode}",
                   "xdm.diff.max_patches=100", notifier=self.server_of_documents.notifier)
        lists = document_of(self.alice, "resource-lists")
        anchor = f"{self.server_of_documents.root}/{lists}/~~/resource-lists/list%5B@name=%22friends%22%5D"
        self.server_of_documents.put(lists, resource_list("friends", BOB, CAROL))
        self.put_rules(rule(member_of(anchor), "allow", EVERYTHING))
        bob, carol = self.watch(BOB), self.watch(CAROL)
        self.wait_followed()  # and then each is looked at once more
        self.wait_metric("presentia_xdm_fetches_total", 2 * metric(self.server, r"presentia_xdm_documents\{"))
        before = self.server_of_documents.answered("GET", lists)
        put = self.server_of_documents.put(lists, resource_list("friends", CAROL))
        figure(f"{mode}: PUT of a list without the watcher until the NOTIFY", put, bob.wait_rejected(put))
        put = self.server_of_documents.put(lists, resource_list("friends", DAVE))
        carol.wait_rejected(put)
        self.assertEqual(self.server_of_documents.answered("GET", lists), before)
        self.assertEqual(metric(self.server, r'presentia_xdm_reports_total\{kind="patched"\}'), 2)

    def test_a_list_that_is_patched_acts_as_one_that_is_fetched(self):
        """XDI-02, XDP-02"""
        self.patched("xcap-patching")

    def test_a_list_with_an_aggregated_patch_acts_as_one_that_is_fetched(self):
        """XDI-02, XDP-02"""
        self.patched("aggregate")


class Polling(RulesTest):
    def setUp(self):
        super().setUp()
        self.server_of_documents = self.xdms("--no-xcap-diff")

    def test_a_put_acts_on_live_watchers_within_the_period(self):
        """XCP-04, PRU-27: conditional requests and no notifier at all."""
        self.start(self.server_of_documents.root, f"xdm.poll_s={POLL_S}")
        self.flow(f"polling every {POLL_S} s")
        self.put_rules(rule(ones(BOB), "allow", EVERYTHING))
        self.wait_metric(r'presentia_xdm_fetches_total\{result="not_modified"\}', 1)

    def test_a_notifier_that_knows_no_xcap_diff_is_made_up_for_by_polling(self):
        """XDP-08: 489 to the SUBSCRIBE."""
        self.start(self.server_of_documents.root, f"xdm.poll_s={POLL_S}", notifier=self.server_of_documents.notifier)
        self.flow(f"after 489, polling every {POLL_S} s")


class KamailioXdms(RulesTest):
    """An XCAP server that nobody here wrote: 200 for a creation, first NOTIFY without a body, tags with quotes and
    without."""

    def setUp(self):
        super().setUp()
        if reason := XdmServer.missing():
            self.skipTest(reason)
        self.server_of_documents = self.started(XdmServer(self.own))

    def test_with_xcap_diff(self):
        """PRU-27, XDP-01"""
        self.start(self.server_of_documents.root, "xdm.poll_s=0", notifier=self.server_of_documents.notifier)
        self.flow("Kamailio, xcap-diff", self.wait_followed)

    def test_with_polling(self):
        """PRU-27, XCP-04"""
        self.start(self.server_of_documents.root, f"xdm.poll_s={POLL_S}")
        self.flow(f"Kamailio, polling every {POLL_S} s")


class Revocation(RulesTest):
    """A presentity publishes all the time; one watcher answers nothing, so that its NOTIFY is sent again and again."""

    T1_MS = 100

    def test_nothing_with_content_leaves_after_the_rejection(self):
        """PRU-27: not even as a retransmission."""
        self.server_of_documents = self.xdms()
        self.start(self.server_of_documents.root, f"sip.t1_ms={self.T1_MS}", f"sip.t2_ms={self.T1_MS}",
                   notifier=self.server_of_documents.notifier)
        self.put_rules(rule(ones(BOB, CAROL, DAVE), "allow", EVERYTHING))
        etag = self.party.publish(self.alice, pidf(self.alice, "serial 0"))
        bob, carol = self.watch(BOB), self.watch(CAROL)
        self.wait_followed()
        deaf = self.watch(DAVE, deaf=True)
        self.assertTrue(self.party.wait_until(lambda: len(deaf.notifies) > 2), "it is sent again")

        blocked = ruleset(rule(ones(BOB, DAVE), "block"), rule(ones(CAROL), "allow", EVERYTHING))
        putting = threading.Thread(target=self.server_of_documents.put, args=(self.rules, blocked))
        serial, put = 0, None
        while put is None or putting.is_alive() or time.monotonic() < put + 15 * self.T1_MS / 1000:
            serial += 1
            etag = self.party.publish(self.alice, pidf(self.alice, f"serial {serial}"), etag)
            if serial == 10:
                put = time.monotonic()
                putting.start()
        putting.join()
        ended = bob.wait_rejected(put)
        ended_deaf = deaf.wait_rejected(put)
        figure("while publishing: PUT of a blocking rule until the NOTIFY", put, ended)
        figure("while publishing: … and until that of the deaf watcher", put, ended_deaf)
        carol.wait_shown(f"serial {serial}")
        self.assertTrue(self.party.wait_until(lambda: sum("rejected" in n.state for n in deaf.notifies) > 5),
                        "the rejection is sent again")
        first = min(ended.at, ended_deaf.at)
        for watch in (bob, deaf):
            late = [(seen.at - first, seen.state, seen.text) for seen in watch.notifies if seen.at >= first and
                    (seen.text or "rejected" not in seen.state)]
            self.assertEqual(late, [], "left after the rejection")
            self.assertTrue(any("serial" in seen.text for seen in watch.notifies))


class BadServers(RulesTest):
    """Each: pending in time, by rules.when_unavailable, and the metrics tell. Who is watching already notices nothing."""

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
