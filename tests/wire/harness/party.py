"""Publishers and watchers at one UDP address, with a record of every message that reached it and when."""

import threading
import time

from .process import DEADLINE_S, Failed
from .sip import UdpPeer, request, response_to

PIDF = "application/pidf+xml"


class Seen:
    """A message and the time it came."""

    def __init__(self, message):
        self.at, self.message = time.monotonic(), message
        self.call_id = message.get("Call-ID")
        self.state = message.get("Subscription-State") or ""
        self.text = message.body.decode("utf-8", "replace")


class Subscription:
    """What one watcher was told about one presentity; `answer` is the final answer to the SUBSCRIBE."""

    def __init__(self, party, call_id, answer, sent):
        self._party, self.call_id, self.answer, self.sent = party, call_id, answer, sent

    @property
    def notifies(self):
        """All NOTIFYs so far, retransmissions too."""
        return [seen for seen in self._party.seen() if seen.call_id == self.call_id and seen.message.status is None]

    def wait_for(self, wanted, after=0.0, timeout=DEADLINE_S):
        """The first NOTIFY past the time `after` for which `wanted(notify)` holds."""
        def find():
            return next((seen for seen in self.notifies if seen.at >= after and wanted(seen)), None)

        found = self._party.wait_until(find, timeout)
        if not found:
            told = [(round(seen.at - self.sent, 3), seen.state, seen.text) for seen in self.notifies[-4:]]
            raise Failed(f"that NOTIFY did not come within {timeout} s; the last were {told}")
        return found

    def wait_rejected(self, after=0.0, timeout=DEADLINE_S):
        """The NOTIFY that ends it because the presentity said so."""
        return self.wait_for(lambda seen: seen.state.startswith("terminated") and "reason=rejected" in seen.state,
                             after, timeout)

    def wait_shown(self, text, after=0.0, timeout=DEADLINE_S):
        """The NOTIFY whose document has this in it."""
        return self.wait_for(lambda seen: text in seen.text, after, timeout)


class Party:
    """`deaf` holds Call-IDs whose NOTIFYs are not answered."""

    def __init__(self, server, local):
        self._peer = UdpPeer(server, local)
        self._seen = []
        self._changed = threading.Condition()
        self._closing = False
        self.deaf = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def seen(self):
        """Every message, in the order in which they came."""
        with self._changed:
            return list(self._seen)

    def wait_until(self, condition, timeout=DEADLINE_S):
        """The value of the condition, looked at after each message; falsy at the deadline."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def subscribe(self, user, presentity, expires=600, deaf=False):
        """The subscription once it is answered."""
        data = request("SUBSCRIBE", presentity, "udp", self._peer.local, user=user, expires=expires,
                       headers=["Event: presence", f"Accept: {PIDF}"])
        call_id, sent, answer = self._ask(data, deaf)
        return Subscription(self, call_id, answer, sent)

    def publish(self, presentity, body, etag=None, expires=600):
        """The entity-tag."""
        headers = ["Event: presence", *([f"SIP-If-Match: {etag}"] if etag else [])]
        _, _, answer = self._ask(request("PUBLISH", presentity, "udp", self._peer.local, expires=expires,
                                         headers=headers, body=body.encode(), content_type=PIDF))
        if answer.status != 200:
            raise Failed(f"PUBLISH: {answer.start}")
        return answer.get("SIP-ETag")

    def _ask(self, data, deaf=False):
        call_id = next(line.split(": ", 1)[1] for line in data.decode().split("\r\n") if line.startswith("Call-ID"))
        if deaf:
            self.deaf.add(call_id)

        def answer():
            return next((seen.message for seen in self._seen if seen.call_id == call_id and
                         (seen.message.status or 0) >= 200), None)

        sent = time.monotonic()
        while time.monotonic() < sent + DEADLINE_S:
            self._peer.send(data)
            if found := self.wait_until(answer, 2):
                return call_id, sent, found
        raise Failed(f"no answer to {data.decode().splitlines()[0]}")

    def _serve(self):
        while not self._closing:
            message = self._peer.receive(0.2)
            if message is None:
                continue
            if message.status is None and message.get("Call-ID") not in self.deaf:
                self._peer.send(response_to(message))
            with self._changed:
                self._seen.append(Seen(message))
                self._changed.notify_all()

    def stop(self):
        self._closing = True
        self._thread.join()
        self._peer.close()
