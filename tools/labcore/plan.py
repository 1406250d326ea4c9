"""Where everything of a lab core is: addresses, ports, files. Kept in its folder while it runs."""

import dataclasses
import json
import pathlib
import re
import socket
import xml.etree.ElementTree

from .parts import LabError

DOMAIN = "example.com"
TEMPLATES = ["scscf.cfg", "scscf_cdp.xml", "pcscf.cfg", "users.xml", "presentia.xml"]
HOSTS = {"pcscf": 2, "scscf": 3, "hss": 4, "as": 5, "xdms": 6}  # the last number of the address
PHONES = {"alice": 11, "bob": 12, "carol": 13}
PORTS = ["port", "cx_port", "sh_port", "http_port", "metrics_port"]  # one after another; the first is that of SIP
LONGEST_FOLDER = 90  # characters; a socket's name has 107


def _is_free(address, port):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def _free_block(net):
    """The first of ports that are free on all addresses of the lab, below the kernel's ephemeral range."""
    for first in [5060, *range(20000, 32000, 10)]:
        if all(_is_free(f"{net}.{host}", first + i) for host in HOSTS.values() for i in range(len(PORTS))):
            return first
    raise LabError(f"no {len(PORTS)} free ports in a row on {net}.x")


@dataclasses.dataclass
class Plan:
    """`folder` and `programs` are paths as text; `transport` is that of ISC."""

    source: str
    folder: str
    net: str
    first_port: int
    transport: str
    programs: str

    @classmethod
    def fresh(cls, source, folder, net, port, transport, programs):
        """A plan for a lab that does not run yet."""
        if not re.fullmatch(r"127\.\d+\.\d+", net):
            raise LabError(f"--net {net}: the lab is for loopback, 127.A.B")
        if len(str(folder.resolve())) > LONGEST_FOLDER:
            raise LabError(f"--folder {folder}: its name is too long for the socket in it")
        return cls(str(source), str(folder.resolve()), net, port or _free_block(net), transport, str(programs))

    @classmethod
    def running(cls, folder):
        """That of the lab that was started in `folder`."""
        try:
            return cls(**json.loads((folder / "lab.json").read_text()))
        except FileNotFoundError:
            raise LabError(f"no lab core runs here ({folder}); tools/lab up starts one") from None

    @property
    def path(self):
        return pathlib.Path(self.folder)

    def host(self, who):
        """The address of a part or a phone."""
        return f"{self.net}.{(HOSTS | PHONES)[who]}"

    def port(self, which="port"):
        """One of PORTS."""
        return self.first_port + PORTS.index(which)

    def at(self, who, which="port"):
        """(address, port)."""
        return self.host(who), self.port(which)

    @property
    def server_name(self):
        """The SIP URI of Presentia in the initial filter criteria."""
        return "sip:%s:%d" % self.at("as") + (";transport=tcp" if self.transport == "tcp" else "")

    @property
    def management(self):
        return f"unix:{self.folder}/presentia.sock"

    def write(self):
        """All configuration files, and the plan itself."""
        self.path.mkdir(parents=True, exist_ok=True)
        words = {"domain": DOMAIN, "folder": self.folder, "source": self.source,
                 "filter_criteria": self._filter_criteria(),
                 **{who: self.host(who) for who in HOSTS}, **{name: str(self.port(name)) for name in PORTS}}
        for name in TEMPLATES:
            text = (pathlib.Path(self.source) / "conf" / "lab" / "core" / name).read_text()
            (self.path / name).write_text(re.sub(r"@(\w+)@", lambda match: words.get(match[1], match[0]), text))
        (self.path / "lab.json").write_text(json.dumps(dataclasses.asdict(self)))

    def forget(self):
        """The lab does not run any more; its files stay, to be looked at."""
        (self.path / "lab.json").unlink(missing_ok=True)

    def _filter_criteria(self):
        """What conf/ims says, with the address of this lab's Presentia."""
        criteria = xml.etree.ElementTree.parse(pathlib.Path(self.source) / "conf" / "ims" / "filter-criteria.xml")
        for name in criteria.iter("ServerName"):
            name.text = self.server_name
        return xml.etree.ElementTree.tostring(criteria.getroot(), encoding="unicode")
