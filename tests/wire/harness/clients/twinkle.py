"""twinkle-console: driven by typed commands, says the presence of its buddies in its log file."""

import re

from ..net import free_block
from ..process import Process, follow
from .base import DOMAIN, Client, loopback_only, uri

_SYSTEM = """\
dev_ringtone=oss:/dev/null
dev_speaker=oss:/dev/null
dev_mic=oss:/dev/null
validate_audio_dev=no
log_max_size=100
log_show_sip=yes
log_show_debug=yes
sip_port={sip_port}
rtp_port={rtp_port}
play_ringtone=no
play_ringback=no
"""
_PROFILE = """\
user_name={name}
user_domain={domain}
outbound_proxy={proxy}
all_requests_to_proxy=yes
register_at_startup=no
pres_publish_startup=yes
pres_publication_time=600
pres_subscription_time=600
sip_transport=udp
"""


class Twinkle(Client):
    name = "twinkle"
    program = "twinkle-console"
    package = "Debian twinkle-console"
    display_changes = r"^Presence state changed to: \w+\nsip:"
    _log = None

    def start(self):
        folder = self.home / ".twinkle"
        folder.mkdir(exist_ok=True)
        ports = free_block(10)
        (folder / "twinkle.sys").write_text(_SYSTEM.format(sip_port=ports, rtp_port=ports + 2))
        (folder / "wire.cfg").write_text(_PROFILE.format(name=self.name, domain=DOMAIN, proxy="%s:%d" % self.edge))
        (folder / "wire.bud").write_text("".join(f"{name}|{uri(name)}|y\n" for name in self.contacts))
        log = folder / "twinkle.log"
        log.unlink(missing_ok=True)
        self._log = follow(log, self.log_dir)
        self.process = Process(self.name, ["twinkle-console", "wire.cfg"], self.log_dir,
                               {**loopback_only(self.log_dir), "HOME": str(self.home)})
        self.wait_published(0)

    @property
    def display(self):
        return self._log

    def _publish(self, state):
        mark = self.display.mark()
        self.process.send(f"presence -b {state}")
        self.wait_published(mark)

    def close(self):
        self._publish("offline")

    def open(self):
        self._publish("online")

    def shows(self, contact):
        change = rf"^Presence state changed to: (open|closed)\n{uri(contact)}$"
        shown = re.findall(change, self._log.output, re.MULTILINE)
        return shown[-1] if shown else None

    def quit(self):
        self.process.send("quit")
        self.process.wait()
        self._log.stop()

    def stop(self):
        super().stop()
        if self._log:
            self._log.stop()
