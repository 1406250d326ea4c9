"""A user equipment: registers with digest, publishes, watches. UDP, one socket, answers every request with 200."""

import hashlib
import re
import threading
import time

from harness import sip

from .parts import LabError
from .plan import DOMAIN

PATIENCE_S = 20  # for an answer or a NOTIFY, in a sanitizer build on a busy machine
PIDF = "application/pidf+xml"


def _md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Watching:
    """A subscription: the final answer to its SUBSCRIBE, and what came since."""

    def __init__(self, phone, event, target):
        self._phone, self.event, self.target = phone, event, target
        self.call_id, self.tag, self.cseq = sip.unique("dialog"), sip.unique("t"), 0
        self.answer = None
        self.asked_at = 0.0

    def ask(self, expires):
        """Sends a SUBSCRIBE, the first or one in the dialog [RFC3261 12.2.1.1]; its final answer."""
        self.cseq += 1
        uri, to, route = self.target, f"<{self.target}>", []
        if self.answer:
            uri = re.search(r"<([^>]+)>", self.answer.get("Contact"))[1]
            to = self.answer.get("To")
            recorded = ",".join(value for name, value in self.answer.headers if name == "Record-Route")
            route = [f"Route: {each}" for each in reversed(re.findall(r"<[^>]+>[^,]*", recorded))]
        self.asked_at = time.monotonic()
        answer = self._phone.ask("SUBSCRIBE", uri, to, self.call_id, self.tag, self.cseq,
                                 [*route, self._phone.contact, f"Event: {self.event}", f"Expires: {expires}",
                                  "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=2340151D0FCE11"])
        if answer.status == 200 and not self.answer:
            self.answer = answer
        return answer

    def wait_for(self, wanted, what, after=0.0):
        """(message, seconds since the time `after`) of the first NOTIFY past `after` for which `wanted(message)`."""
        def find():
            return next(((message, at) for message, at in self._phone.received if at >= after and
                         message.get("Call-ID") == self.call_id and wanted(message)), None)

        found = self._phone.wait_until(find)
        if not found:
            told = [f"{m.get('Subscription-State')}\n{m.body.decode(errors='replace')}"
                    for m, _ in self._phone.received if m.get("Call-ID") == self.call_id]
            raise LabError(f"no NOTIFY with {what} within {PATIENCE_S} s; the last was: {(told or ['none'])[-1]}")
        return found[0], found[1] - after


class Phone:
    """That of `user` at its P-CSCF. `received` are its requests and when they came."""

    def __init__(self, plan, user):
        self.user, self.impu, self.impi = user, f"sip:{user}@{DOMAIN}", f"{user}@{DOMAIN}"
        self.password = f"{user}-secret"
        self._peer = sip.UdpPeer(plan.at("pcscf"), plan.host(user))
        self._answers, self.received = [], []
        self._changed = threading.Condition()
        self._closing = False
        self._registration = (sip.unique("register"), sip.unique("t"))
        self._register_cseq = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def contact(self):
        return "Contact: <sip:%s@%s:%d>" % (self.user, *self._peer.local)

    def register(self, expires):
        """(answer to the REGISTER without credentials, or None, final answer) [TS24.229 5.1.1.2].

        A second challenge is taken, too: Kamailio's S-CSCF may drop a nonce when it finishes a deregistration.
        """
        challenge, nonces = None, set()
        credentials = self._credentials()
        while True:
            self._register_cseq += 1
            answer = self.ask("REGISTER", f"sip:{DOMAIN}", f"<{self.impu}>", *self._registration, self._register_cseq,
                              [f"{self.contact};expires={expires}", f"Expires: {expires}", "Supported: path",
                               credentials])
            asked = answer.get("WWW-Authenticate")
            if answer.status != 401 or asked in nonces or len(nonces) == 2:
                return challenge, answer
            nonces.add(asked)
            challenge = challenge or answer
            credentials = self._credentials(asked)

    def _credentials(self, challenge=None):
        """[RFC7616 3.4], MD5, qop auth; without a challenge only who asks, as TS 24.229 wants it."""
        uri = f"sip:{DOMAIN}"
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge or ""))
        realm, nonce = given.get("realm", DOMAIN), given.get("nonce", "")
        text = f'Authorization: Digest username="{self.impi}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        if not challenge:
            return text + 'response=""'
        count, own = "00000001", sip.unique("n")
        secret = _md5(f"{self.impi}:{realm}:{self.password}")
        response = _md5(f"{secret}:{nonce}:{count}:{own}:auth:" + _md5(f"REGISTER:{uri}"))
        return text + f'response="{response}", algorithm=MD5, qop=auth, nc={count}, cnonce="{own}"'

    def publish(self, body=None, etag=None, expires=600):
        """The final answer."""
        headers = ["Event: presence", f"Expires: {expires}", *([f"SIP-If-Match: {etag}"] if etag else [])]
        if body:
            headers.append(f"Content-Type: {PIDF}")
        return self.ask("PUBLISH", self.impu, f"<{self.impu}>", sip.unique("publish"), sip.unique("t"), 1, headers,
                        body or "")

    def watch(self, target, event="presence", expires=600):
        """The subscription; its first NOTIFY may not have come yet."""
        watching = Watching(self, event, target)
        answer = watching.ask(expires)
        if answer.status != 200:
            raise LabError(f"SUBSCRIBE {target}: {answer.start}")
        return watching

    def ask(self, method, uri, to, call_id, tag, cseq, headers, body=""):
        """The final answer; sent again as over UDP [RFC3261 17.1.2]."""
        lines = [f"{method} {uri} SIP/2.0",
                 "Via: SIP/2.0/UDP %s:%d;branch=%s" % (*self._peer.local, sip.unique("z9hG4bK")),
                 "Max-Forwards: 70", f"From: <{self.impu}>;tag={tag}", f"To: {to}", f"Call-ID: {call_id}",
                 f"CSeq: {cseq} {method}", *headers, f"Content-Length: {len(body.encode())}", "", body]
        data = "\r\n".join(lines).encode()

        def answered():
            return next((answer for answer in self._answers if answer.status >= 200 and
                         answer.get("Call-ID") == call_id and answer.get("CSeq") == f"{cseq} {method}"), None)

        deadline, pause = time.monotonic() + PATIENCE_S, 0.5
        while time.monotonic() < deadline:
            self._peer.send(data)
            if answer := self.wait_until(answered, pause):
                return answer
            pause = min(2 * pause, 4)
        raise LabError(f"no answer to {method} {uri} within {PATIENCE_S} s")

    def wait_until(self, condition, within=PATIENCE_S):
        """The value of the condition, looked at after each message."""
        with self._changed:
            return self._changed.wait_for(condition, within)

    def _serve(self):
        while not self._closing:
            message = self._peer.receive(0.2)
            if message is None:
                continue
            with self._changed:
                if message.status is None:
                    self._peer.send(sip.response_to(message))
                    self.received.append((message, time.monotonic()))
                else:
                    self._answers.append(message)
                self._changed.notify_all()

    def close(self):
        """No message is answered any more."""
        self._closing = True
        self._thread.join()
        self._peer.close()
