"""More than the server can carry: what is let in is right, what is refused is refused as it should be, and afterwards
all is as before. A wait of 1 ms is overload here, so that a small flood on any machine is one."""

import collections
import itertools
import socket
import time
import unittest

from harness.case import Options, WireTest
from harness.kamailio import EDGE_HOST
from harness.process import DEADLINE_S
from harness.sip import Message, UdpPeer, ask, request, unique

PIDF = "application/pidf+xml"
FLOOD = 6000  # requests, all at once
LEAST_S, MOST_S = 2, 7  # Retry-After


def document(user):
    return (f'<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{user}"><tuple id="t">'
            "<status><basic>open</basic></status></tuple></presence>").encode()


class Overload(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if Options.against_kamailio:
            raise unittest.SkipTest("Kamailio sheds nothing")
        cls.start_server(["overload.target_delay_ms=1", f"runtime.retry_after_s={LEAST_S}", "runtime.shards=1",
                          f"overload.max_retry_after_s={MOST_S}", "runtime.inbox_capacity=2000", "log.event=warn",
                          "log.sip=warn", "store.engine=memory", f"store.path={cls.folder}"])

    def setUp(self):
        self.peer = UdpPeer(self.server.udp, EDGE_HOST)
        self.peer._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.addCleanup(self.peer.close)

    def publish(self, user, expires=600, headers=(), body=True):
        return request("PUBLISH", user, "udp", self.peer.local, expires=expires, headers=("Event: presence", *headers),
                       body=document(user) if body else b"", content_type=PIDF if body else None)

    def flood(self, requests):
        """The answers by Call-ID of each request, sent as fast as they go and again until there is an answer."""
        open_ = {Message(data).get("Call-ID"): data for data in requests}
        answers, deadline = {}, time.monotonic() + 4 * DEADLINE_S
        while open_ and time.monotonic() < deadline:
            for data in list(open_.values()):
                self.peer.send(data)
                self.take(answers, open_, 0)
            while self.take(answers, open_, 0.3):
                pass
        self.assertFalse(open_, "requests without an answer")
        return answers

    def take(self, answers, open_, timeout):
        """Reads one message, if there is one; an answer ends its request, a NOTIFY gets its 200."""
        self.peer._socket.settimeout(timeout)
        try:
            message = Message(self.peer._socket.recv(65535))
        except (BlockingIOError, TimeoutError):
            return False
        if message.status is None:
            self.peer.send(self.ok(message))
        elif message.status >= 200:
            call_id = message.get("Call-ID")
            answers.setdefault(call_id, message)
            open_.pop(call_id, None)
        return True

    @staticmethod
    def ok(message):
        kept = [f"{name}: {value}" for name, value in message.headers
                if name.lower() in ("via", "from", "to", "call-id", "cseq")]
        return ("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0"]) + "\r\n\r\n").encode()

    def test_a_flood_is_answered_200_or_503_and_removals_are_done(self):
        held = {}
        for _ in range(20):
            user = f"sip:{unique('held')}@example.org"
            answer = ask(self.peer, "PUBLISH", user, headers=("Event: presence",), expires=600, body=document(user),
                         content_type=PIDF)
            self.assertEqual(answer.status, 200)
            held[user] = answer.get("SIP-ETag")

        users = [f"sip:{unique('flood')}@example.org" for _ in range(FLOOD // 2)]
        flood = itertools.chain.from_iterable(
            (self.publish(user), request("SUBSCRIBE", user, "udp", self.peer.local, user="sip:w@example.org",
                                         expires=600, headers=("Event: presence",)))
            for user in users)
        removals = [self.publish(user, 0, (f"SIP-If-Match: {etag}",), False) for user, etag in held.items()]
        messages = list(flood)
        step = len(messages) // len(removals)
        for place, removal in enumerate(removals):
            messages.insert(place * (step + 1) + step // 2, removal)
        answers = self.flood(messages)

        counts = collections.Counter(answer.status for answer in answers.values())
        self.assertLessEqual(set(counts), {200, 503})
        self.assertGreater(counts[503], 0, "nothing was refused")
        self.assertGreater(counts[200], len(removals), "nothing was let in")
        for answer in answers.values():
            if answer.status == 503:
                self.assertIn(int(answer.get("Retry-After")), range(LEAST_S, MOST_S + 1))
                self.assertIn("399", answer.get("Warning"))
        for removal in removals:
            self.assertEqual(answers[Message(removal).get("Call-ID")].status, 200, "a removal was refused")
        self.assert_service_comes_back()

    def test_a_refused_request_that_is_repeated_gets_the_same_answer(self):
        flood = {}
        for _ in range(FLOOD):
            data = request("SUBSCRIBE", f"sip:{unique('again')}@example.org", "udp", self.peer.local,
                           user="sip:again@example.org", expires=600, headers=("Event: presence",))
            flood[Message(data).get("Call-ID")] = data
        answers = self.flood(flood.values())
        refused = [call_id for call_id, answer in answers.items() if answer.status == 503]
        self.assertTrue(refused, "nothing was refused")
        self.assert_service_comes_back()
        again = self.flood(flood[call_id] for call_id in refused[:50])
        for call_id, answer in again.items():
            first = answers[call_id]
            self.assertEqual((answer.start, answer.headers), (first.start, first.headers))

    def assert_service_comes_back(self):
        """Every class is served again once the level has fallen."""
        deadline = time.monotonic() + 4 * DEADLINE_S
        streak = 0
        while streak < 5 and time.monotonic() < deadline:
            user = f"sip:{unique('after')}@example.org"
            status = ask(self.peer, "SUBSCRIBE", user, user="sip:after@example.org", expires=0,
                         headers=("Event: presence",)).status
            self.assertIn(status, (200, 503))
            streak = streak + 1 if status == 200 else 0
        self.assertEqual(streak, 5, "no service after the flood")
