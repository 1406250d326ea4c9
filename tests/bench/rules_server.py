"""An XDM server for the bench: every user has the same rules document, nobody anything else."""

import http.server
import threading

_HEAD = ('<?xml version="1.0" encoding="UTF-8"?><cr:ruleset xmlns:cr="urn:ietf:params:xml:ns:common-policy" '
         'xmlns="urn:ietf:params:xml:ns:pres-rules">')
_SHOWN = "".join(f"<provide-{name}>true</provide-{name}>" for name in
                 ("activities", "class", "mood", "place-type", "note", "sphere", "status-icon"))


def _rule(number, conditions):
    return (f'<cr:rule id="r{number}"><cr:conditions>{conditions}</cr:conditions><cr:actions><sub-handling>allow'
            f"</sub-handling></cr:actions><cr:transformations><provide-services><all-services/></provide-services>"
            f"<provide-persons><all-persons/></provide-persons>{_SHOWN}</cr:transformations></cr:rule>")


def document(rules):
    """So many rules: five friends each, the last for everybody."""
    friends = ["".join(f'<cr:one id="sip:friend{5 * rule + one}@bench.test"/>' for one in range(5))
               for rule in range(rules - 1)]
    parts = [_rule(number, f"<cr:identity>{ones}</cr:identity>") for number, ones in enumerate(friends)]
    return (_HEAD + "".join(parts) + _rule(rules, "<cr:identity><cr:many/></cr:identity>") + "</cr:ruleset>").encode()


class RulesServer:
    """Serves on a free port until stop(); `root` is the XCAP root."""

    def __init__(self, rules):
        text = document(rules)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802, the name is given
                found = self.path.startswith("/org.openmobilealliance.pres-rules/")
                self.send_response(200 if found else 404)
                if found:
                    self.send_header("Content-Type", "application/auth-policy+xml")
                    self.send_header("ETag", '"same"')
                self.send_header("Content-Length", str(len(text) if found else 0))
                self.end_headers()
                if found:
                    self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.root = "http://127.0.0.1:%d" % self._server.server_address[1]
        self.size = len(text)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
