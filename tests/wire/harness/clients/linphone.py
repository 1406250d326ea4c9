"""linphonec (liblinphone): publishes open while it runs, shows the presence of friends on its console."""

import re

from ..net import LOCALHOST, free_block
from ..process import Process
from .base import Client, uri

_CONFIG = """\
[sip]
sip_port={port}
sip_tcp_port=0
sip_tls_port=0
bind_address={host}
default_proxy=0
subscribe_presence_only_when_registered=0
[net]
mtu=1300
[misc]
log_collection_upload_server_url=
[proxy_0]
reg_proxy=<sip:{edge};transport=udp>
reg_route=<sip:{edge};transport=udp;lr>
reg_identity=sip:{name}@example.org
reg_expires=600
reg_sendregister=1
publish=1
publish_expires=600
[app]
auto_net_state_mon=1
"""
_FRIEND = """\
[friend_{number}]
url=<{uri}>
pol=accept
subscribe=1
"""


class Linphone(Client):
    name = "linphone"
    program = "linphonec"
    package = "Debian linphone-cli"
    can_close = False  # it has no command for it
    display_changes = r'^Friend ".*" .* is '

    def start(self):
        data = self.home / ".local" / "share" / "linphone"
        data.mkdir(parents=True, exist_ok=True)  # it says nothing, and does nothing, where this is missing
        (self.home / ".config" / "linphone").mkdir(parents=True, exist_ok=True)
        config = self.home / "linphonerc"
        config.write_text(_CONFIG.format(host=LOCALHOST, port=free_block(1), edge="%s:%d" % self.edge, name=self.name) +
                          "".join(_FRIEND.format(number=i, uri=uri(c)) for i, c in enumerate(self.contacts)))
        argv = ["linphonec", "-d", "6", "-c", config]  # with debug output it prints the messages
        self.process = Process(self.name, argv, self.log_dir, {"HOME": str(self.home)})
        self.wait_published(0)

    def shows(self, contact):
        shown = re.findall(rf'^Friend "{contact}" .* is (Online|Offline)', self.process.output, re.MULTILINE)
        return {"Online": "open", "Offline": "closed"}[shown[-1]] if shown else None

    def quit(self):
        self.process.send("quit")
        self.process.wait()
