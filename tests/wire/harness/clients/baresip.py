"""baresip (libre): driven through its control socket, shows the presence of contacts on its console."""

import json
import re
import socket

from ..net import LOCALHOST, free_block
from ..process import DEADLINE_S, Failed, Process
from .base import Client, loopback_only, uri

_CONFIG = """\
sip_listen {host}:{sip_port}
audio_player aufile,/dev/null
audio_source aufile,/dev/null
module_path /usr/lib/baresip/modules
module stdio.so
module_app account.so
module_app contact.so
module_app presence.so
module_app ctrl_tcp.so
module_app menu.so
ctrl_tcp_listen {host}:{control_port}
"""


class Baresip(Client):
    name = "baresip"
    program = "baresip"
    package = "Debian baresip-core"
    display_changes = r"^NOTIFY "  # it handles the message before the next command

    def start(self):
        ports = free_block(3)  # sip_listen takes the next port, too
        self._control = (LOCALHOST, ports + 2)
        (self.home / "config").write_text(_CONFIG.format(host=LOCALHOST, sip_port=ports, control_port=ports + 2))
        (self.home / "accounts").write_text(
            f'<{self.user};transport=udp>;regint=0;pubint=600;outbound="sip:%s:%d;transport=udp"\n' % self.edge)
        (self.home / "contacts").write_text(
            "".join(f'"{contact}" <{uri(contact)}>;presence=p2p\n' for contact in self.contacts))
        self.process = Process(self.name, ["baresip", "-s", "-f", self.home], self.log_dir, loopback_only(self.log_dir))
        self.wait_published(0)  # of its own accord, as unknown
        self.open()

    def command(self, name):
        """Runs a console command; its output."""
        text = json.dumps({"command": name, "token": name}).encode()
        with socket.create_connection(self._control, DEADLINE_S) as control:
            control.sendall(b"%d:%s," % (len(text), text))
            with control.makefile("rb") as stream:
                while message := _netstring(stream):
                    if message.get("token") == name:  # the others are events
                        return message["data"]
        raise Failed(f"baresip did not answer the command {name}")

    def _publish(self, command):
        mark = self.process.mark()
        self.command(command)
        self.wait_published(mark)

    def close(self):
        self._publish("presence_offline")

    def open(self):
        self._publish("presence_online")

    def shows(self, contact):
        shown = re.search(rf"(Online|Offline)\S* +{contact} <", self.command("contacts"))
        return shown and {"Online": "open", "Offline": "closed"}[shown[1]]

    def quit(self):
        self.command("quit")
        self.process.wait()


def _netstring(stream):
    """The next JSON object of a stream of netstrings; None at its end."""
    size = b""
    while (byte := stream.read(1)).isdigit():
        size += byte
    return json.loads(stream.read(int(size) + 1)[:-1]) if size else None
