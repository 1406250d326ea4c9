"""sip.js over WebSocket: the agent in sipjs/, which prints what it is told."""

import re
import shutil
import subprocess

from ..process import Process
from .base import HERE, Client, uri


class SipJs(Client):
    name = "sipjs"
    program = "node"
    package = "Debian nodejs and npm, then npm's sip.js and ws"
    display_changes = r"^\S+ is (open|closed)"

    @classmethod
    def missing(cls):
        return super().missing() or (None if shutil.which("npm") else "npm is not installed, which fetches sip.js")

    def start(self):
        agent = self.log_dir / "sipjs"
        if not agent.exists():
            shutil.copytree(HERE / "sipjs", agent, ignore=shutil.ignore_patterns("node_modules"))
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=agent, check=True)
        watched = [uri(contact) for contact in self.contacts]
        self.process = Process(self.name, ["node", "agent.mjs", "ws://%s:%d" % self.edge, self.user, *watched, "winfo"],
                               self.log_dir, cwd=agent)
        self.process.wait_for(r"^ready")
        self.open()

    def _publish(self, state):
        mark = self.process.mark()
        self.process.send(state)
        self.wait_published(mark)

    def close(self):
        self._publish("closed")

    def open(self):
        self._publish("open")

    def shows(self, contact):
        shown = re.findall(rf"^{uri(contact)} is (open|closed)", self.process.output, re.MULTILINE)
        return shown[-1] if shown else None

    def wait_watched_by(self, name):
        """Returns when it has been told that this client watches it [RFC3857]."""
        self.process.wait_for(rf"^watcher {uri(name)} is active")

    def quit(self):
        self.process.send("quit")
        self.process.wait()
