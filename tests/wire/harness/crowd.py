"""Many users behind one proxy: publishers and watchers that keep one server busy, remember all that it acknowledged,
and note everything that it should not have said. They retransmit, as SIP over UDP does, so that a request whose answer
a crash swallowed is sent again."""

import collections
import heapq
import random
import re
import select
import socket
import time

from .process import Failed
from .sip import unique

T1_S = 0.5
T2_S = 4.0
GIVE_UP_S = 64 * T1_S
WINDOW = 64  # requests in flight
_RECEIVE_BUFFER = 8 << 20

_HEADER = {name: re.compile(rb"^%s:[ \t]*(.*?)\r$" % name.encode(), re.MULTILINE | re.IGNORECASE)
           for name in ("Via", "From", "To", "Call-ID", "CSeq", "Event", "Subscription-State", "SIP-ETag", "Expires",
                        "Retry-After")}
_TAG = re.compile(rb";tag=([^;>\s]+)")
_BRANCH = re.compile(rb";branch=([^;,\s]+)")
_SERIAL = re.compile(rb"<note[^>]*>serial-(\d+)</note>")


def _get(message, name):
    found = _HEADER[name].search(message)
    return found[1].decode() if found else None


class Publication:
    """What one user publishes. `etag` None: nothing."""

    def __init__(self, user):
        self.uri = f"sip:{user}@example.org"
        self.etag = None
        self.serial = 0
        self.shown = None  # the serial that is published
        self.busy = False


class Subscription:
    """One watcher's subscription to one presentity."""

    def __init__(self, watcher, publication):
        self.watcher = f"sip:{watcher}@example.org"
        self.publication = publication
        self.busy = False
        self.reset()

    def reset(self):
        self.call_id, self.from_tag = unique("call"), unique("w")
        self.to_tag = None
        self.cseq = 0
        self.alive = False
        self.notified = {}  # branch by CSeq of the NOTIFYs
        self.last_cseq = 0
        self.shown = None
        self.reason = None  # of its end


class _Transaction:
    def __init__(self, data, done, now):
        self.data, self.done = data, done
        self.pause = T1_S
        self.since = now


class Crowd:
    """`errors` has a line for everything that must not be. `refused` counts answers 500 and 503 by method."""

    def __init__(self, server, local, publications, subscriptions, seed=None):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((local, 0))
        self._socket.setblocking(False)
        self._server = server
        self._local = "%s:%d" % self._socket.getsockname()
        self._random = random.Random(seed)
        self._open = {}
        self._timers = []
        self._etags = set()
        self.errors = []
        self.refused = collections.Counter()
        self.done = collections.Counter()
        self.publications = [Publication(f"p{i}") for i in range(publications)]
        self.subscriptions = [Subscription(f"w{i}", self.publications[i % publications])
                              for i in range(subscriptions)]
        self._by_dialog = {}
        self._over = set()  # Call-IDs of dialogs that somebody has left for another, or that were refused

    def close(self):
        self._socket.close()

    # --- what users do ---------------------------------------------------------------------------------------------

    def fill(self):
        """Everybody publishes, everybody subscribes."""
        self.work([(self._publish, p) for p in self.publications])
        self.subscribe_all()

    def subscribe_all(self):
        self.work([(self._subscribe, s) for s in self.subscriptions if not s.alive])

    def refresh_all(self, expires=3600):
        self.work([(self._refresh, p) for p in self.publications if p.etag] +
                  [(self._resubscribe, s, expires) for s in self.subscriptions if s.alive])

    def unsubscribe(self, subscriptions):
        self.work([(self._resubscribe, s, 0) for s in subscriptions if s.alive])

    def work(self, jobs):
        """Does the jobs, a window at a time, until all are answered."""
        jobs = collections.deque(jobs)
        while jobs or self._open:
            while jobs and len(self._open) < WINDOW:
                job, *arguments = jobs.popleft()
                job(*arguments)
            self._turn(0.1)

    def busy(self, seconds, meanwhile=None):
        """A mix of everything for so long; `meanwhile` is called once, at a random moment in the middle of it."""
        start = time.monotonic()
        moment = start + seconds * self._random.uniform(0.2, 0.8)
        while time.monotonic() < start + seconds:
            while len(self._open) < WINDOW:
                self._anything()
            self._turn(0.05)
            if meanwhile and time.monotonic() >= moment:
                meanwhile()
                meanwhile = None
                start += time.monotonic() - max(moment, start)  # what it took does not count
        self.work([])

    def settle(self, timeout):
        """Waits until every live watcher has been shown the newest state."""
        deadline = time.monotonic() + timeout
        while any(s.shown != s.publication.shown for s in self.subscriptions if s.alive):
            if time.monotonic() > deadline:
                late = [f"{s.watcher} {s.shown} not {s.publication.shown}" for s in self.subscriptions
                        if s.alive and s.shown != s.publication.shown]
                raise Failed(f"{len(late)} watchers were not shown the newest state, as {late[:5]}")
            self._turn(0.1)

    def wait_until(self, condition, timeout):
        """Answers NOTIFYs until the condition holds."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise Failed("it did not come to that in time")
            self._turn(0.1)

    def _anything(self):
        if self._random.random() < 0.6:
            publication = self._random.choice(self.publications)
            if publication.busy:
                return
            if not publication.etag:
                self._publish(publication)
            else:
                self._random.choices([self._publish, self._refresh, self._remove], [6, 3, 1])[0](publication)
        else:
            subscription = self._random.choice(self.subscriptions)
            if subscription.busy:
                return
            if not subscription.alive:
                self._subscribe(subscription)
            else:
                self._resubscribe(subscription, self._random.choice([3600, 3600, 3600, 0]))

    def _publish(self, publication):
        publication.serial += 1
        serial = publication.serial
        body = (f'<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{publication.uri}">'
                f"<tuple id=\"t\"><status><basic>open</basic></status><note>serial-{serial}</note></tuple></presence>")
        self._send_publish(publication, 3600, body, serial)

    def _refresh(self, publication):
        self._send_publish(publication, 3600, "", publication.shown)

    def _remove(self, publication):
        self._send_publish(publication, 0, "", None)

    def _send_publish(self, publication, expires, body, shown):
        headers = [f"SIP-If-Match: {publication.etag}"] if publication.etag else []
        if body:
            headers.append("Content-Type: application/pidf+xml")
        publication.busy = True

        def answered(status, answer):
            publication.busy = False
            if self._refusal("PUBLISH", status, answer):
                return
            if status != 200:
                return self._wrong(f"{publication.uri}: PUBLISH {headers[:1]} got {status}")
            etag = _get(answer, "SIP-ETag")
            if etag in self._etags:
                self._wrong(f"entity-tag {etag} was given twice")
            self._etags.add(etag)
            publication.etag, publication.shown = (etag, shown) if expires else (None, None)

        self._request("PUBLISH", publication.uri, publication.uri, unique("call"), unique("f"), None, 1,
                      ["Event: presence", f"Expires: {expires}", *headers], body, answered)

    def _subscribe(self, subscription):
        self._over.add(subscription.call_id)
        subscription.reset()
        self._by_dialog[subscription.call_id] = subscription
        self._send_subscribe(subscription, 3600)

    def _resubscribe(self, subscription, expires):
        self._send_subscribe(subscription, expires)

    def _send_subscribe(self, subscription, expires):
        subscription.busy = True
        subscription.cseq += 1
        initial = subscription.to_tag is None

        def answered(status, answer):
            subscription.busy = False
            if status == 481 and not initial and subscription.reason:
                return  # it was ended while this was on its way
            if self._refusal("SUBSCRIBE", status, answer):
                # A copy that crossed the refusal of a server that was about to stop may have reached the next one.
                if initial:
                    self._over.add(subscription.call_id)
                return
            if status != 200:
                return self._wrong(f"{subscription.watcher}: SUBSCRIBE {'anew' if initial else expires} got {status}")
            tag = _TAG.search(_get(answer, "To").encode())[1].decode()
            if subscription.to_tag not in (None, tag):
                self._wrong(f"{subscription.watcher}: a second dialog for one SUBSCRIBE")
            subscription.to_tag = tag
            subscription.alive = expires > 0 and subscription.reason is None

        self._request("SUBSCRIBE", subscription.publication.uri, subscription.watcher, subscription.call_id,
                      subscription.from_tag, subscription.to_tag, subscription.cseq,
                      ["Event: presence", f"Expires: {expires}", f"Contact: <sip:crowd@{self._local}>",
                       f"Record-Route: <sip:{self._local};lr>"], "", answered)

    # --- transactions ----------------------------------------------------------------------------------------------

    def _request(self, method, uri, user, call_id, from_tag, to_tag, cseq, headers, body, done):
        branch = unique("z9hG4bK")
        to = f"<{uri}>" + (f";tag={to_tag}" if to_tag else "")
        lines = [f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/UDP {self._local};branch={branch}", "Max-Forwards: 70",
                 f"From: <{user}>;tag={from_tag}", f"To: {to}", f"Call-ID: {call_id}", f"CSeq: {cseq} {method}",
                 f"P-Asserted-Identity: <{user}>", *headers, f"Content-Length: {len(body)}", "", body]
        now = time.monotonic()
        self._open[branch] = _Transaction("\r\n".join(lines).encode(), done, now)
        self._send(self._open[branch].data)
        heapq.heappush(self._timers, (now + T1_S, branch))

    def _send(self, data):
        try:
            self._socket.sendto(data, self._server)
        except (BlockingIOError, ConnectionError):
            pass  # a retransmission follows

    def _turn(self, wait):
        self._receive()  # what has been answered is not sent again
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, branch = heapq.heappop(self._timers)
            if transaction := self._open.get(branch):
                self._again(branch, transaction, now)
        if self._timers:
            wait = min(wait, max(0, self._timers[0][0] - now))
        if select.select([self._socket], [], [], wait)[0]:
            self._receive()

    def _again(self, branch, transaction, now):
        if now - transaction.since > GIVE_UP_S:
            del self._open[branch]
            raise Failed(f"no answer within {GIVE_UP_S} s to\n{transaction.data.decode()}")
        transaction.pause = min(2 * transaction.pause, T2_S)
        self._send(transaction.data)
        heapq.heappush(self._timers, (now + transaction.pause, branch))

    def _receive(self):
        for _ in range(200):
            try:
                message = self._socket.recv(65535)
            except (BlockingIOError, ConnectionError):
                return
            if message.startswith(b"SIP/2.0 "):
                self._answer(message)
            else:
                self._notify(message)

    def _answer(self, message):
        status = int(message[8:11])
        branch = _BRANCH.search(_HEADER["Via"].search(message)[1])[1].decode()
        if status < 200 or branch not in self._open:
            return
        self.done[status] += 1
        self._open.pop(branch).done(status, message)

    def _notify(self, message):
        head = b"\r\n".join(_HEADER[name].search(message)[0].rstrip(b"\r")
                            for name in ("Via", "From", "To", "Call-ID", "CSeq"))
        call_id = _get(message, "Call-ID")
        # [RFC6665 4.1.3] a NOTIFY that matches no subscription
        status = b"481 Subscription Does Not Exist" if call_id in self._over else b"200 OK"
        self._send(b"SIP/2.0 " + status + b"\r\n" + head + b"\r\nContent-Length: 0\r\n\r\n")
        if call_id in self._over:
            return None
        subscription = self._by_dialog.get(call_id)
        tag = _TAG.search(_HEADER["From"].search(message)[1])[1].decode()
        if subscription is None or subscription.to_tag not in (None, tag):
            return self._wrong(f"a NOTIFY of an unknown dialog: {call_id} {tag}")
        cseq = int(_get(message, "CSeq").split()[0])
        branch = _BRANCH.search(_HEADER["Via"].search(message)[1])[1]
        if subscription.notified.setdefault(cseq, branch) != branch:
            return self._wrong(f"{subscription.watcher}: CSeq {cseq} was used twice")
        if cseq < subscription.last_cseq:
            return self._wrong(f"{subscription.watcher}: CSeq {cseq} after {subscription.last_cseq}")
        if cseq == subscription.last_cseq:
            return None  # a retransmission
        subscription.last_cseq = cseq
        return self._show(subscription, message)

    def _show(self, subscription, message):
        state = _get(message, "Subscription-State")
        if state.startswith("terminated"):
            subscription.alive = False
            found = re.search(r";reason=([a-z]+)", state)
            subscription.reason = found[1] if found else "none"
        found = _SERIAL.search(message)
        serial = int(found[1]) if found else None
        if serial is not None and subscription.shown is not None and serial < subscription.shown:
            self._wrong(f"{subscription.watcher}: older state {serial} after {subscription.shown}")
        subscription.shown = serial

    def _refusal(self, method, status, answer):
        if status not in (500, 503):
            return False
        self.refused[f"{method} {status}"] += 1
        if not (_get(answer, "Retry-After") or "").isdigit():
            self._wrong(f"{method}: {status} without Retry-After")
        return True

    def _wrong(self, what):
        self.errors.append(what)
