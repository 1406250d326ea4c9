"""Raw SIP for probes and for input that no SIP stack would send. Knows just enough to read an answer."""

import itertools
import os
import re
import socket
import threading
import time

from .process import Failed, DEADLINE_S

_serial = itertools.count(1)
_run = os.urandom(4).hex()


def unique(prefix):
    """A token that no other call of any run gives."""
    return f"{prefix}{_run}{next(_serial)}"


class Message:
    """A parsed message: `start` line, `headers` as (name, value) in order, `body` bytes."""

    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace")).split("\r\n")
        self.start = lines[0]
        self.headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]

    @property
    def status(self):
        """The status code; None of a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else None

    def get(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def request(method, uri, transport, local, *, user=None, expires=None, headers=(), body=b"", content_type=None):
    """A fresh request of `user` (default: the URI itself) sent from `local` (host, port) over `transport`."""
    user = user or uri
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/{transport.upper()} {local[0]}:{local[1]};branch={unique('z9hG4bK')};rport",
        "Max-Forwards: 70",
        f"From: <{user}>;tag={unique('f')}",
        f"To: <{uri}>",
        f"Call-ID: {unique('call')}@{local[0]}",
        f"CSeq: 1 {method}",
        f"Contact: <sip:wire@{local[0]}:{local[1]};transport={transport}>",
        f"P-Asserted-Identity: <{user}>",
        *headers,
    ]
    if expires is not None:
        lines.append(f"Expires: {expires}")
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class UdpPeer:
    """A UDP socket that speaks to one server."""

    transport = "udp"

    def __init__(self, server, local="127.0.0.1"):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((local, 0))
        self._server = server
        self.local = self._socket.getsockname()

    def send(self, data):
        self._socket.sendto(data, self._server)

    def receive(self, timeout=DEADLINE_S):
        """The next message, or None at the deadline."""
        self._socket.settimeout(timeout)
        try:
            return Message(self._socket.recv(65535))
        except TimeoutError:
            return None

    def close(self):
        self._socket.close()


class Watcher(UdpPeer):
    """A watcher over UDP with one subscription, who answers every NOTIFY with 200 on a thread of its own."""

    def __init__(self, server, presentity, local="127.0.0.1", expires=600):
        super().__init__(server, local)
        self.notifies = []
        self._changed = threading.Condition()
        self._answer = None
        self._closing = False
        watcher = f"sip:{unique('watcher')}@example.org"
        self._initial = request("SUBSCRIBE", presentity, "udp", self.local, user=watcher, expires=expires,
                                headers=["Event: presence", "Accept: application/pidf+xml"])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def subscribe(self):
        """The final answer to the SUBSCRIBE."""
        return self._ask(self._initial)

    def refresh(self, expires=600):
        """The final answer to a SUBSCRIBE in the dialog."""
        first = Message(self._initial)
        text = self._initial.decode()
        text = text.replace(f"To: {first.get('To')}", f"To: {self._answer.get('To')}")
        text = text.replace("CSeq: 1 ", f"CSeq: {int(self._answer.get('CSeq').split()[0]) + 1} ")
        text = re.sub(r"branch=\S+;rport", f"branch={unique('z9hG4bK')};rport", text)
        text = re.sub(r"Expires: \d+", f"Expires: {expires}", text)
        return self._ask(text.encode())

    def wait_for_notify(self, wanted, timeout=DEADLINE_S):
        """The first NOTIFY whose Subscription-State has this in it."""
        with self._changed:
            found = self._changed.wait_for(lambda: self._find(wanted), timeout)
            if not found:
                raise Failed(f"no NOTIFY with {wanted}; there were {[n.get('Subscription-State') for n in self.notifies]}")
            return self._find(wanted)

    def _find(self, wanted):
        return next((n for n in self.notifies if wanted in n.get("Subscription-State")), None)

    def _ask(self, data):
        cseq = Message(data).get("CSeq")
        deadline = time.monotonic() + DEADLINE_S
        with self._changed:
            while time.monotonic() < deadline:
                self.send(data)
                if self._changed.wait_for(lambda: self._answer and self._answer.get("CSeq") == cseq, 0.5):
                    return self._answer
        raise Failed("no answer to SUBSCRIBE")

    def _serve(self):
        while not self._closing:
            message = self.receive(0.2)
            if message is None:
                continue
            with self._changed:
                if message.status is None:
                    self.notifies.append(message)
                    self.send(response_to(message))
                elif message.status >= 200:
                    self._answer = message
                self._changed.notify_all()

    def close(self):
        self._closing = True
        self._thread.join()
        super().close()


def response_to(request_message):
    """A 200 to a request."""
    lines = ["SIP/2.0 200 OK"]
    for name, value in request_message.headers:
        if name.lower() in ("via", "from", "to", "call-id", "cseq"):
            lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


class TcpPeer:
    """A TCP connection to one server; `ended` once the server has closed it."""

    transport = "tcp"

    def __init__(self, server, local="127.0.0.1"):
        self._socket = socket.create_connection(server, DEADLINE_S, (local, 0))
        self._read = b""
        self.local = self._socket.getsockname()
        self.ended = False

    def send(self, data):
        try:
            self._socket.sendall(data)
        except OSError:
            self.ended = True

    def receive(self, timeout=DEADLINE_S):
        """The next message, or None at the deadline or the end of the connection."""
        deadline = time.monotonic() + timeout
        while not self.ended:
            if message := self._next_message():
                return message
            try:
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                data = self._socket.recv(65536)
            except TimeoutError:
                return None
            except OSError:
                data = b""
            self._read += data
            self.ended = not data
        return self._next_message()

    def _next_message(self):
        self._read = self._read.lstrip(b"\r\n")
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = re.search(rb"^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)", self._read[:end], re.IGNORECASE | re.MULTILINE)
        size = end + 4 + (int(length[1]) if length else 0)
        if len(self._read) < size:
            return None
        message, self._read = Message(self._read[:size]), self._read[size:]
        return message

    def close(self):
        self._socket.close()


def ask(peer, method, uri, timeout=DEADLINE_S, **more):
    """The final answer to a fresh request, retransmitted over UDP [RFC3261 17.1.2]; others' messages are skipped."""
    data = request(method, uri, peer.transport, peer.local, **more)
    call_id = Message(data).get("Call-ID")
    deadline = time.monotonic() + timeout
    pause = 0.5
    while (left := deadline - time.monotonic()) > 0:
        peer.send(data)
        until = min(deadline, time.monotonic() + (pause if peer.transport == "udp" else left))
        while (left := until - time.monotonic()) > 0:
            answer = peer.receive(left)
            if answer is None:
                break
            if answer.status and answer.status >= 200 and answer.get("Call-ID") == call_id:
                return answer
        if getattr(peer, "ended", False):
            break
        pause = min(2 * pause, 4)
    raise Failed(f"no answer to {method} {uri} over {peer.transport} within {timeout} s")
