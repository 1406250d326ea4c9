"""The server under test: the real binary with a configuration of its own, on free ports of loopback."""

import pathlib
import re
import xml.sax.saxutils

from .kamailio import EDGE_HOST
from .process import DEADLINE_S, Failed, Process

# The edge's address is trusted, so are SIPp and probes that send from it; 127.0.0.1 is anybody.
_CONFIG = """\
<presentia>
  <sip resolv_conf="{resolver}">
    <domains name="example.org"/>
    <transport name="udp" bind="udp:127.0.0.1:0"/>
    <transport name="tcp" bind="tcp:127.0.0.1:0"/>
    <transport name="udp6" bind="udp:[::1]:0"/>
{tls}
    <trusted name="edge" address="{edge}"/>
    <trusted name="edge6" address="::1"/>
  </sip>
  <rules no_document="allow"/>
  <notify min_interval_s="0"/>
  <store path={store}/>
  <management listen="unix:{socket}"/>
</presentia>
"""
_TLS = """\
    <transport name="tls" bind="tls:127.0.0.1:0" certificate={certificate} private_key={key} ca={certificate}/>"""
_SANITIZER = re.compile(r"(ERROR|WARNING): \w+Sanitizer|runtime error:")


def launch(binary_dir, log_dir, settings=(), tls=None, env=None, within=()):
    """The process of a server. `settings` are object.attribute=value; `tls` is a (certificate, private key) pair of PEM
    files. What it stores is in `log_dir`/state. `within` is a command that ends by executing the words after it."""
    folder = pathlib.Path(log_dir)
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")  # names in fixtures are nobody's business outside
    config = folder / "presentia.xml"
    quote = xml.sax.saxutils.quoteattr
    listener = _TLS.format(certificate=quote(str(tls[0])), key=quote(str(tls[1]))) if tls else ""
    config.write_text(_CONFIG.format(tls=listener, edge=EDGE_HOST, socket=folder / "management.sock",
                                     resolver=resolver, store=quote(str(folder / "state"))))
    argv = [*within, pathlib.Path(binary_dir) / "presentia", "--config", config]
    for setting in settings:
        argv += ["--set", setting]
    return Process("presentia", argv, log_dir, env)


class Server:
    """`presentia`, serving. `udp`, `tcp`, `udp6` and, with a certificate, `tls` are (host, port); `metrics` is a URL."""

    def __init__(self, *arguments, **more):
        """Arguments as for launch()."""
        self.process = launch(*arguments, **more)
        try:
            ready = self.process.wait_for(r"^ready sip=(\S+) management=(\S+) metrics=(\S+)", timeout=2 * DEADLINE_S)
        except BaseException:
            self.process.stop()
            raise
        self.management, self.metrics = ready[2], ready[3]
        for listen in ready[1].split(","):
            transport, host, port = re.fullmatch(r"(\w+):\[?([^\]]+?)\]?:(\d+)", listen).groups()
            setattr(self, transport + ("6" if ":" in host else ""), (host, int(port)))

    def check_healthy(self):
        """Failed if the process is gone or a sanitizer has spoken."""
        if not self.process.alive():
            status = self.process.wait()  # with all that it had to say
            raise Failed(f"presentia is gone, exit status {status}:\n{self._last_words()}")
        if _SANITIZER.search(self.process.output):
            raise Failed(f"sanitizer report:\n{self._last_words()}")

    def _last_words(self):
        """The sanitizer's report if there is one, else the end of the output."""
        output = self.process.output
        report = _SANITIZER.search(output)
        return output[report.start():][:4000] if report else output[-4000:]

    def stop(self):
        """Ends it as an operator would and checks that it ends well."""
        try:
            self.check_healthy()
        finally:
            status = self.process.stop()
        if status != 0 or _SANITIZER.search(self.process.output):
            raise Failed(f"presentia did not end well, exit status {status}:\n{self._last_words()}")
