"""presentia-hss as a peer, and one that accepts connections and never says anything."""

import pathlib
import socket
import threading

from .net import LOCALHOST
from .process import Process

USERS = pathlib.Path(__file__).resolve().parents[3] / "conf" / "lab" / "hss.xml"
IDENTITY = "hss.localdomain"


_USER = """<user><Sh-Data><PublicIdentifiers>{}</PublicIdentifiers>
  <Sh-IMS-Data><IMSUserState>{}</IMSUserState></Sh-IMS-Data></Sh-Data></user>
"""


def write_users(file, users):
    """A file of users: the public identities and the IMS user state of each."""
    identities = "<IMSPublicIdentity>{}</IMSPublicIdentity>".format
    file.write_text("<hss>" + "".join(_USER.format("".join(map(identities, uris)), state) for uris, state in users) +
                    "</hss>\n")


class Hss:
    """`presentia-hss`, serving at `port` of loopback with the users of the laboratory, or those of the file `users`."""

    def __init__(self, binary_dir, log_dir, port=0, users=USERS, identity=IDENTITY, tls=None):
        """`tls`: certificate, private key and authorities; it listens for nothing else then."""
        argv = [pathlib.Path(binary_dir) / "presentia-hss", "--users", users, "--identity", identity, "--port", port]
        if tls:
            argv += [word for pair in zip(("--certificate", "--private-key", "--ca"), tls) for word in pair]
        self.process = Process("presentia-hss", argv, log_dir)
        self.port = int(self.process.wait_for(r"^ready \S+ \S+ (\d+)$")[1])

    def tell(self, command):
        """The answer to a command."""
        mark = self.process.mark()
        self.process.send(command)
        return self.process.wait_for(r"^(ok|error)(.*)$", after=mark)[0]

    def stop(self):
        self.process.stop()


class Deaf:
    """Takes connections and what comes on them, and never answers."""

    def __init__(self):
        self._listener = socket.create_server((LOCALHOST, 0))
        self._taken = []
        self.connected = threading.Event()
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                self._taken.append(self._listener.accept()[0])
            except OSError:  # closed
                return
            self.connected.set()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for connection in [*self._taken, self._listener]:
            connection.close()


def peer_settings(port, name="hss", identity=IDENTITY):
    """What a server has to be told to have such a peer."""
    return [f"sh.peer[{name}].identity={identity}", f"sh.peer[{name}].address={LOCALHOST}",
            f"sh.peer[{name}].port={port}", "sh.identity=presentia.localdomain", "sh.reconnect_s=1"]
