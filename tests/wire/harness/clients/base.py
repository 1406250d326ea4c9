"""What every client driver offers, whatever the client calls it."""

import pathlib
import shutil
import subprocess
import time

from ..process import DEADLINE_S

HERE = pathlib.Path(__file__).resolve().parent.parent.parent
DOMAIN = "example.org"


class Client:
    """One SIP client with a presence of its own and a contact list.

    While it runs it subscribes to all contacts; its `shows` is read from its own display.
    """

    name = ""               # of the client, and of its user
    program = ""            # what must be on the path
    package = ""            # where it comes from, for the reason of a skip
    can_close = True        # whether it can publish closed while it runs
    display_changes = ""    # what appears in the output of `display` when `shows` may have changed

    def __init__(self, contacts, edge, log_dir):
        """`contacts` are names of other clients; `edge` is the (host, port) that all requests go to."""
        self.contacts = [contact for contact in contacts if contact != self.name]
        self.edge = edge
        self.log_dir = pathlib.Path(log_dir)
        self.home = self.log_dir / f"{self.name}.home"
        self.home.mkdir(exist_ok=True)
        self.process = None

    @classmethod
    def missing(cls):
        """Why this client cannot be used here; None if it can."""
        return None if shutil.which(cls.program) else f"{cls.program} is not installed ({cls.package})"

    @property
    def user(self):
        return uri(self.name)

    @property
    def display(self):
        """The process whose output tells what the client sends, receives and shows."""
        return self.process

    def start(self):
        """Starts the program; returns once it has published open."""
        raise NotImplementedError

    def close(self):
        """Publishes closed."""
        raise NotImplementedError

    def open(self):
        """Publishes open."""
        raise NotImplementedError

    def shows(self, contact):
        """The state of a contact on the client's own display: open, closed, or None for anything else."""
        raise NotImplementedError

    def wait_shows(self, contact, state):
        """Returns when the display shows the contact in this state; else Failed."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            mark = self.display.mark()
            if self.shows(contact) == state:
                return
            self.display.wait_for(self.display_changes, mark, deadline - time.monotonic())

    def wait_published(self, after):
        """Returns when a PUBLISH sent past the mark `after` has been accepted; publishing again before is unsafe."""
        self.display.wait_for(r"^SIP-ETag:", after)

    def quit(self):
        """Ends the program as its user would, so that it takes its presence back."""
        raise NotImplementedError

    def stop(self):
        """Ends what still runs."""
        if self.process:
            self.process.stop()


def uri(name):
    return f"sip:{name}@{DOMAIN}"


def loopback_only(build_dir):
    """The environment that keeps a program's sockets on loopback (lobind.c, compiled once into `build_dir`)."""
    library = pathlib.Path(build_dir) / "lobind.so"
    if not library.exists():
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "lobind.c", "-ldl"], check=True)
    return {"LD_PRELOAD": str(library)}
