"""XDM servers: presentia-xdms, one of Python that does what it should not, and the documents that are put there."""

import http.server
import pathlib
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from .net import LOCALHOST
from .process import DEADLINE_S, Process

TYPES = {
    "pres-rules": "application/auth-policy+xml",
    "org.openmobilealliance.pres-rules": "application/auth-policy+xml",
    "resource-lists": "application/resource-lists+xml",
    "pidf-manipulation": "application/pidf+xml",
}
EVERYTHING = ("<provide-services><all-services/></provide-services><provide-devices><all-devices/></provide-devices>"
              "<provide-persons><all-persons/></provide-persons><provide-all-attributes/>")
SERVICES = "<provide-services><all-services/></provide-services>"  # and of them only whether they are open


def document_of(user, auid="pres-rules", name="index"):
    """The path of a user's document below the root."""
    return f"{auid}/users/{user}/{name}"


def ones(*users):
    """The condition that the watcher is one of these."""
    return "<cr:identity>" + "".join(f'<cr:one id="{user}"/>' for user in users) + "</cr:identity>"


def member_of(*anchors):
    """The condition that the watcher is in one of these lists."""
    return "<ocp:external-list>" + "".join(f'<ocp:entry anc="{a}"/>' for a in anchors) + "</ocp:external-list>"


def rule(conditions, handling, shown=""):
    """One rule; its id comes with ruleset()."""
    return (f'<cr:rule id="%s"><cr:conditions>{conditions}</cr:conditions><cr:actions><sub-handling>{handling}'
            f"</sub-handling></cr:actions><cr:transformations>{shown}</cr:transformations></cr:rule>")


def ruleset(*rules):
    """A rules document."""
    return ('<?xml version="1.0" encoding="UTF-8"?><cr:ruleset xmlns:cr="urn:ietf:params:xml:ns:common-policy" '
            'xmlns="urn:ietf:params:xml:ns:pres-rules" xmlns:ocp="urn:oma:xml:xdm:common-policy">' +
            "".join(text.replace('id="%s"', f'id="r{i}"', 1) for i, text in enumerate(rules)) + "</cr:ruleset>")


def resource_list(name, *users):
    """A list document with one list."""
    return ('<?xml version="1.0" encoding="UTF-8"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">'
            f'<list name="{name}">' + "".join(f'<entry uri="{user}"/>' for user in users) + "</list></resource-lists>")


class Shelf:
    """Documents below an XCAP root, by HTTP."""

    def __init__(self, root):
        self.root = root

    def ask(self, method, path, body=None, content_type=None):
        """(status, body) of the answer."""
        url = f"{self.root}/{urllib.parse.quote(path, safe='/:@')}"
        headers = {"Content-Type": content_type or TYPES[path.split("/")[0]]} if body is not None else {}
        asked = urllib.request.Request(url, None if body is None else body.encode(), headers, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=DEADLINE_S) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def put(self, path, body):
        """When the PUT left; it must succeed."""
        return self._change("PUT", path, body)

    def delete(self, path):
        """When the DELETE left; it must succeed."""
        return self._change("DELETE", path)

    def _change(self, method, path, body=None):
        left = time.monotonic()
        status, text = self.ask(method, path, body)
        assert status in (200, 201, 204), f"{method} {path}: {status} {text[:500]}"
        return left


class Xdms(Shelf):
    """presentia-xdms with these options, everybody allowed; `notifier` is the SIP URI of its xcap-diff."""

    def __init__(self, binary_dir, log_dir, *options, name="xdms"):
        self.process = Process(name, [pathlib.Path(binary_dir) / "presentia-xdms", "--open", *options], log_dir)
        try:
            ready = self.process.wait_for(r"^ready http=(\S+) sip=udp:(\S+)")
        except BaseException:
            self.process.stop()
            raise
        super().__init__(ready[1])
        self.notifier = f"sip:xdms@{ready[2]}"

    def answered(self, method, path):
        """The statuses of all requests of this method for this document so far, from the log."""
        return re.findall(rf"xcap\.answered method={method} uri=\S*/{re.escape(path)} status=(\d+)",
                          self.process.output)

    def stop(self):
        return self.process.stop()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments):
        """Clients that end their connections are no news."""


class Misbehaving:
    """An HTTP server where each document is a function: it is called with the request handler and answers as it likes.

    What is not there is 404."""

    def __init__(self):
        self.answers = {}
        self._closing = threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = urllib.parse.unquote(self.path).removeprefix("/xcap/")
                try:
                    owner.answers.get(path, lambda handler: reply(handler, 404))(self)
                except OSError:  # the client has had enough
                    self.close_connection = True

            def log_message(self, *arguments):
                pass

        self._server = _Server((LOCALHOST, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.root = "http://%s:%d/xcap" % self._server.server_address

    def silent(self, _):
        """Says nothing until the end of the test."""
        self._closing.wait(4 * DEADLINE_S)
        raise OSError("closing")

    def endless(self, handler):
        """A body that never ends, as fast as it is read."""
        handler.send_response(200)
        handler.send_header("Content-Type", TYPES["pres-rules"])
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not self._closing.is_set():
            handler.wfile.write(b"1000\r\n" + b" " * 4096 + b"\r\n")

    def stop(self):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def reply(handler, status, body="", content_type=None, etag=None):
    """One ordinary answer."""
    data = body.encode()
    handler.send_response(status)
    if content_type:
        handler.send_header("Content-Type", content_type)
    if etag:
        handler.send_header("ETag", etag)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def metric(server, pattern):
    """The sum of the values of all metrics whose name and labels match."""
    with urllib.request.urlopen(server.metrics, timeout=DEADLINE_S) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(pattern, line))
