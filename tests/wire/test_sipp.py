"""Publishers and watchers made of SIPp against the real binary, over every transport."""

import hashlib
import unittest

from harness.case import Options, WireTest
from harness.kamailio import EDGE_HOST
from harness.net import free_block
from harness.sip import unique
from harness.sipp import Sipp
from harness.tls import Tunnel, self_signed

MIN_EXPIRES_S = 120  # what publish-too-brief.xml expects


class SippTest(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            raise unittest.SkipTest("Kamailio differs from the standard in too much of this")
        cls.certificate, key = self_signed(cls.folder)
        cls.start_server([f"presence.publication.min_expires_s={MIN_EXPIRES_S}"], (cls.certificate, key))

    def setUp(self):
        self.presentity = unique("sipp")

    def sipp(self, scenario, transport="udp", **keys):
        """Starts a scenario about this test's presentity."""
        more = {"presentity": self.presentity, **keys}
        if transport == "tls":
            at = (EDGE_HOST, free_block(1, EDGE_HOST))
            tunnel = Tunnel(self.server.tls, self.certificate, at)
            self.addCleanup(tunnel.close)
            run = Sipp(scenario, tunnel.address, self.folder, "tcp", via="tls", at=at, **more)
        elif transport == "udp6":
            run = Sipp(scenario, self.server.udp6, self.folder, "udp", host="::1", **more)
        else:
            run = Sipp(scenario, getattr(self.server, transport), self.folder, transport, **more)
        self.addCleanup(run.process.stop)
        return run

    def watch_a_life(self, transport):
        """
        watcher          presentia          publisher
           |  SUBSCRIBE -->  |                  |
           |  <-- 200        |                  |
           |  <-- NOTIFY closed                 |
           |                 |  <-- PUBLISH open|
           |  <-- NOTIFY open|  200, tag -->    |
           |                 |  <-- PUBLISH closed, If-Match
           |  <-- NOTIFY closed                 |
           |                 |  <-- PUBLISH (refresh): no NOTIFY
           |                 |  <-- PUBLISH open|
           |  <-- NOTIFY open|                  |
           |                 |  <-- PUBLISH Expires: 0
           |  <-- NOTIFY closed                 |
           |  SUBSCRIBE (refresh, then 0): 200 and NOTIFY each
        """
        watcher = self.sipp("watch", transport)
        watcher.process.wait_for(r"basic>closed")
        mark = watcher.process.mark()
        publication = self.sipp("publish", transport).check()
        watcher.process.wait_for(r"basic>open", mark)
        mark = watcher.process.mark()
        tags = [publication.etag]
        for scenario, basic in (("modify", "closed"), ("refresh", None), ("modify", "open")):
            keys = {"basic": basic} if basic else {}
            tags.append(self.sipp(scenario, transport, etag=tags[-1], **keys).check().etag)
            if basic:
                watcher.process.wait_for(rf"basic>{basic}", mark)
                mark = watcher.process.mark()
        self.sipp("remove", transport, etag=tags[-1]).check()
        watcher.check()
        self.assertEqual(len(set(tags)), len(tags), "an entity-tag was used twice [RFC3903 6 step 6]")


class Transports(SippTest):
    def test_a_watcher_sees_the_life_of_a_publication_over_udp(self):
        self.watch_a_life("udp")

    def test_a_watcher_sees_the_life_of_a_publication_over_udp_on_ipv6(self):
        self.watch_a_life("udp6")

    def test_a_watcher_sees_the_life_of_a_publication_over_tcp(self):
        self.watch_a_life("tcp")

    def test_a_watcher_sees_the_life_of_a_publication_over_tls(self):
        self.watch_a_life("tls")


class Requests(SippTest):
    def test_a_fetch_gets_the_state_once(self):
        publication = self.sipp("publish").check()
        self.sipp("fetch").check()
        self.sipp("remove", etag=publication.etag).check()

    def test_the_presentity_sees_its_watchers_come_and_go(self):
        publication = self.sipp("publish").check()
        winfo = self.sipp("winfo")
        winfo.process.wait_for(r"<watcherinfo")
        mark = winfo.process.mark()
        watcher = self.sipp("come-and-go")
        winfo.process.wait_for(r"sip:watcher@example.org", mark)
        watcher.check()
        winfo.check()
        self.sipp("remove", etag=publication.etag).check()

    def test_an_entity_tag_that_was_never_given_out_is_refused_with_412(self):
        self.sipp("publish-stale", etag="nobody-gave-this").check()

    def test_an_entity_tag_of_another_presentity_is_refused_with_412(self):
        tag = self.sipp("publish").check().etag
        self.presentity = unique("other")
        self.sipp("publish-stale", etag=tag).check()

    def test_an_entity_tag_that_was_replaced_is_refused_with_412(self):
        old = self.sipp("publish").check().etag
        self.sipp("refresh", etag=old).check()
        self.sipp("publish-stale", etag=old).check()

    def test_a_lifetime_below_the_minimum_is_refused_with_423_and_the_minimum(self):
        self.sipp("publish-too-brief").check()

    def test_a_publication_of_an_unknown_package_is_refused_with_489_and_the_known_ones(self):
        self.sipp("publish-bad-event").check()

    def test_a_subscription_to_an_unknown_package_is_refused_with_489_and_the_known_ones(self):
        self.sipp("subscribe-bad-event").check()

    def test_nobody_publishes_for_another(self):
        self.sipp("publish-as-other").check()

    def test_an_identity_asserted_from_outside_the_trust_domain_does_not_count(self):
        run = Sipp("publish-as-other", self.server.udp, self.folder, host="127.0.0.1", presentity="mallory")
        self.addCleanup(run.process.stop)
        run.check()


class Logins(WireTest):
    """SIPp as a digest client of others, with the MD5 of RFC 2617."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            raise unittest.SkipTest("these are about digest authentication in Presentia")
        cls.users = cls.folder / "users"
        cls.allow("login-one", "secret")
        cls.start_server(["sip.digest.when=without-identity", "sip.digest.realm=example.org", "sip.digest.algorithms=MD5",
                          f"sip.digest.users_file={cls.users}"])

    @classmethod
    def allow(cls, name, password):
        """One more line, as htdigest writes it."""
        secret = hashlib.md5(f"{name}:example.org:{password}".encode()).hexdigest()
        with cls.users.open("a", encoding="utf-8") as file:
            file.write(f"{name}:example.org:{secret}\n")

    def publish(self, scenario, name, password):
        run = Sipp(scenario, self.server.udp, self.folder, host="127.0.0.1", presentity=name,
                   login=(name, password, f"{name}@example.org"))  # SIPp writes sip: before it
        self.addCleanup(run.process.stop)
        return run.check()

    def test_who_is_outside_the_trust_domain_logs_in_and_publishes(self):
        self.publish("publish-login", "login-one", "secret")

    def test_a_wrong_password_is_challenged_again(self):
        self.publish("publish-login-wrong", "login-one", "guessed")
