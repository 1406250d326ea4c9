"""Who may see what, decided by documents on an XDM server: what a PUT there does to watchers that are watching.

```
  watchers, publishers ◄── SIP ──► presentia ── XCAP ──► presentia-xdms, Kamailio ◄── PUT, DELETE ── test
                                             ◄── xcap-diff ──
```

The times from a PUT to its NOTIFY are printed; a sanitizer build on a busy machine is no place to assert them.
"""

import threading
import time
import unittest

from harness.kamailio import XdmServer
from harness.rules import BOB, CAROL, DAVE, POLL_S, RulesTest, figure, in_sphere, pidf
from harness.sip import unique
from harness.xdms import EVERYTHING, SERVICES, document_of, member_of, metric, ones, resource_list, rule, ruleset


class FlowTest(RulesTest):
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


class XcapDiff(FlowTest):
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
        self.assertEqual(len(before), 1, "once for all: xcap-diff begins with a report of what is held")
        put = self.server_of_documents.put(lists, resource_list("staff", CAROL))
        last = max((watch.wait_rejected(put) for watch in watches), key=lambda seen: seen.at)
        figure("xcap-diff: PUT of a list that 200 name until the last NOTIFY", put, last)
        self.assertEqual(len(self.server_of_documents.answered("GET", lists)), 2)


class Collections(FlowTest):
    """One subscription for the documents of all users."""

    def test_a_put_acts_on_live_watchers_and_of_each_user_one_request_is_enough(self):
        """XDP-01, PRU-27"""
        self.server_of_documents = self.xdms()
        of_users = " ".join(f"{usage}/users/" for usage in
                            ("pres-rules", "org.openmobilealliance.pres-rules", "pidf-manipulation"))
        self.start(self.server_of_documents.root, "xdm.poll_s=0", f"xdm.diff.collections={of_users}",
                   notifier=self.server_of_documents.notifier)
        self.flow("collections", self.wait_followed)
        self.assertEqual(metric(self.server, r'presentia_xcap_diff_subscriptions\{state="active"\}'), 1)
        other = f"sip:{unique('other')}@example.org"
        self.put_rules(rule(ones(CAROL), "allow", EVERYTHING), user=other)
        carol = self.watch(CAROL, other)
        self.wait_followed()
        put = self.put_rules(rule(ones(BOB), "allow", EVERYTHING), user=other)
        figure("collections: PUT of the rules of one followed later until the NOTIFY", put, carol.wait_rejected(put))
        self.assertEqual(len(self.server_of_documents.answered("GET", document_of(other))), 2)


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
        self.wait_followed()
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


class Polling(FlowTest):
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


class KamailioXdms(FlowTest):
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


if __name__ == "__main__":
    unittest.main()
