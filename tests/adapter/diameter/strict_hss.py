#!/usr/bin/env python3
"""An Sh server that shares no code with the client: it decodes each request byte by byte, checks it against the grammar
and the flag rules of TS 29.329 and RFC 6733, and answers. `--identity NAME` on the command line; "ready NAME ADDRESS
PORT" on standard output; the line "faults" on standard input is answered with what it has found wrong, "requests" with
what it was asked; "break HOW" makes its answers wrong in one way of BROKEN, or with HOW a number changes octets of them,
by chance with that seed; "break not" ends that. "push TIMES" sends so many notifications, broken likewise."""

import argparse
import random
import socket
import struct
import sys
import threading

SH, VENDOR = 16777217, 10415
M, V, P = 0x40, 0x80, 0x20

# (vendor, code): (name, type, must M be set); types: octets, utf8, u32, u64, time, address, or members of a group
BASE = {
    (0, 1): ("User-Name", "utf8", True), (0, 257): ("Host-IP-Address", "address", True),
    (0, 258): ("Auth-Application-Id", "u32", True), (0, 259): ("Acct-Application-Id", "u32", True),
    (0, 260): ("Vendor-Specific-Application-Id", {(0, 266), (0, 258)}, True), (0, 263): ("Session-Id", "utf8", True),
    (0, 264): ("Origin-Host", "utf8", True), (0, 265): ("Supported-Vendor-Id", "u32", True),
    (0, 266): ("Vendor-Id", "u32", True), (0, 267): ("Firmware-Revision", "u32", False),
    (0, 268): ("Result-Code", "u32", True), (0, 269): ("Product-Name", "utf8", False),
    (0, 273): ("Disconnect-Cause", "u32", True), (0, 277): ("Auth-Session-State", "u32", True),
    (0, 278): ("Origin-State-Id", "u32", True), (0, 283): ("Destination-Realm", "utf8", True),
    (0, 293): ("Destination-Host", "utf8", True), (0, 296): ("Origin-Realm", "utf8", True),
    (0, 299): ("Inband-Security-Id", "u32", True),
}
SH_AVPS = {
    (VENDOR, 601): ("Public-Identity", "utf8", True), (VENDOR, 602): ("Server-Name", "utf8", True),
    (VENDOR, 628): ("Supported-Features", {(0, 266), (VENDOR, 629), (VENDOR, 630)}, None),
    (VENDOR, 629): ("Feature-List-ID", "u32", False), (VENDOR, 630): ("Feature-List", "u32", False),
    (VENDOR, 700): ("User-Identity", {(VENDOR, 601), (VENDOR, 701)}, True), (VENDOR, 701): ("MSISDN", "octets", True),
    (VENDOR, 702): ("User-Data", "octets", True), (VENDOR, 703): ("Data-Reference", "u32", True),
    (VENDOR, 704): ("Service-Indication", "octets", True), (VENDOR, 705): ("Subs-Req-Type", "u32", True),
    (VENDOR, 706): ("Requested-Domain", "u32", True), (VENDOR, 707): ("Current-Location", "u32", True),
    (VENDOR, 708): ("Identity-Set", "u32", False), (VENDOR, 709): ("Expiry-Time", "time", False),
    (VENDOR, 710): ("Send-Data-Indication", "u32", False), (VENDOR, 711): ("DSAI-Tag", "octets", True),
}
AVPS = {**BASE, **SH_AVPS}
COMMON = ["Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host", "Origin-Realm", "Destination-Realm",
          "User-Identity"]
# name, needed, allowed beside those, and those that may come more than once
COMMANDS = {
    306: ("UDR", [*COMMON, "Data-Reference"], ["Server-Name", "Service-Indication", "Identity-Set", "Requested-Domain",
                                               "Current-Location", "DSAI-Tag", "User-Name"]),
    307: ("PUR", [*COMMON, "Data-Reference", "User-Data"], ["User-Name"]),
    308: ("SNR", [*COMMON, "Data-Reference", "Subs-Req-Type"], ["Server-Name", "Service-Indication", "Identity-Set",
                                                                "Send-Data-Indication", "Expiry-Time", "DSAI-Tag",
                                                                "User-Name"]),
}
MANY = {"Data-Reference", "Service-Indication", "Identity-Set", "DSAI-Tag", "Supported-Features"}
SH_DATA = b"<Sh-Data><Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data></Sh-Data>"

HUGE = b"<Sh-Data><!--" + b"x" * 3000 + b"--></Sh-Data>"
faults, requests, peers = [], [], []
broken, chance = "not", None


def check_value(name, kind, data):
    if kind in ("u32", "time") and len(data) != 4:
        faults.append(f"{name} has {len(data)} octets")
    if kind == "u64" and len(data) != 8:
        faults.append(f"{name} has {len(data)} octets")
    if kind == "utf8":
        try:
            data.decode()
        except UnicodeDecodeError:
            faults.append(f"{name} is no UTF-8")


def decode(data, inside=None):
    """(name, value) of each AVP; a group's value is such a list."""
    found, at = [], 0
    while at < len(data):
        code, word = struct.unpack_from("!II", data, at)
        flags, length = word >> 24, word & 0xFFFFFF
        header = 12 if flags & V else 8
        vendor = struct.unpack_from("!I", data, at + 8)[0] if flags & V else 0
        end = at + length
        if length < header or end > len(data):
            faults.append(f"AVP {code} lies about its length")
            return found
        padding = data[end:end + -length % 4]
        if len(padding) != -length % 4 or any(padding):
            faults.append(f"AVP {code} is not padded with zeros")
        if (vendor, code) not in AVPS:
            faults.append(f"AVP {code} of vendor {vendor} is not known")
        else:
            name, kind, mandatory = AVPS[vendor, code]
            if mandatory is not None and bool(flags & M) != mandatory:
                faults.append(f"{name}: the M bit is {'missing' if mandatory else 'set'}")
            if flags & ~(M | V):
                faults.append(f"{name} has flags {flags:#x}")
            if inside is not None and (vendor, code) not in inside:
                faults.append(f"{name} stands in a wrong group")
            value = data[at + header:end]
            if isinstance(kind, set):
                value = decode(value, kind)
            else:
                check_value(name, kind, value)
            found.append((name, value))
        at = end + -length % 4
    return found


def check_request(code, application, flags, avps):
    name, needed, optional = COMMANDS[code]
    names = [each for each, _ in avps]
    requests.append(name)
    if application != SH:
        faults.append(f"{name}: application {application}")
    if flags & ~0x10 != 0xC0:
        faults.append(f"{name}: flags {flags:#x}")
    if names[:1] != ["Session-Id"]:
        faults.append(f"{name}: Session-Id is not the first AVP")
    for each in needed:
        if each not in names:
            faults.append(f"{name} without {each}")
    for each in set(names) - set(needed) - set(optional) - {"Session-Id", "Destination-Host", "Supported-Features"}:
        faults.append(f"{name} with {each}")
    for each in set(names) - MANY:
        if names.count(each) > 1:
            faults.append(f"{name} with {each} more than once")
    values = dict(avps)
    if values.get("Auth-Session-State") != struct.pack("!I", 1):
        faults.append(f"{name}: Auth-Session-State is not NO_STATE_MAINTAINED")
    identity = values.get("Vendor-Specific-Application-Id", [])
    if dict(identity) != {"Vendor-Id": struct.pack("!I", VENDOR), "Auth-Application-Id": struct.pack("!I", SH)}:
        faults.append(f"{name}: Vendor-Specific-Application-Id is not that of Sh")
    if len(values.get("User-Identity", [])) != 1:
        faults.append(f"{name}: User-Identity does not name one user")


def avp(code, value, vendor=0, flags=M):
    data = struct.pack("!I", value) if isinstance(value, int) else value
    header = struct.pack("!I", vendor) if vendor else b""
    length = 8 + len(header) + len(data)
    flags |= V if vendor else 0
    return struct.pack("!II", code, flags << 24 | length) + header + data + bytes(-length % 4)


def experimental(code, vendor=VENDOR):
    return avp(297, avp(266, vendor) + (avp(298, code) if code else b""))


# What it answers instead of Result-Code, Auth-Session-State, Origin-* and User-Data; None: as it should be.
BROKEN = {
    "not": (None, None, None, None),
    "no-result": (b"", None, None, None),
    "short-result": (avp(268, b"\0\0\x07"), None, None, None),
    "unknown-before-result": (avp(9999, b"x", VENDOR) + avp(268, 2001), None, None, None),
    "unknown-before-refusal": (avp(9999, b"x", VENDOR) + avp(268, 5012), None, None, None),
    "no-experimental-code": (experimental(0), None, None, None),
    "code-of-another-vendor": (experimental(5001, 9), None, None, None),
    "unknown-code": (experimental(5999), None, None, None),
    "no-origin": (None, None, b"", None),
    "state-maintained": (None, avp(277, 0), None, None),
    "no-state": (None, b"", None, None),
    "huge-data": (None, None, None, avp(702, HUGE, VENDOR)),
    "cut-data": (None, None, None, avp(702, SH_DATA[:30], VENDOR)),
    "data-of-another-root": (None, None, None, avp(702, b"<IMSSubscription/>", VENDOR)),
    "no-data": (None, None, None, b""),
}


def by_chance(answer):
    """Most of it is right, so that what is wrong is reached."""
    if chance is None:
        return answer
    changed = bytearray(answer)
    for _ in range(chance.choice((1, 1, 2, 4))):
        changed[chance.randrange(len(changed))] = chance.choice((0, 1, 0x40, 0x80, 0xFF, chance.randrange(256)))
    return bytes(changed)


class Peer:
    def __init__(self, connection, identity):
        self.connection = connection
        self.sent = 0
        self.origin = avp(264, identity.encode()) + avp(296, b"ims.test")

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.connection.recv(size - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    def answer(self, code, application, flags, ids, body):
        self.connection.sendall(struct.pack("!II", 1 << 24 | 20 + len(body), (flags & 0x40) << 24 | code) +
                                struct.pack("!I", application) + ids + body)

    def push(self):
        self.sent += 1
        # what routes it stays right: a request that libfdcore has to refuse on a connection that is gone by then makes it
        # end itself (return_error, fd_out_send), and the client can do nothing about that
        body = avp(263, f"strict;{self.sent}".encode()) + avp(260, avp(266, VENDOR) + avp(258, SH)) + avp(277, 1)
        body += self.origin + avp(293, b"presentia.ims.test") + avp(283, b"ims.test")
        body += by_chance(avp(700, avp(601, b"sip:alice@example.com", VENDOR), VENDOR) + avp(702, SH_DATA, VENDOR))
        self.connection.sendall(struct.pack("!IIIII", 1 << 24 | 20 + len(body), 0xC0 << 24 | 309, SH, self.sent,
                                            self.sent) + body)

    def serve(self):
        while True:
            header = self.read(20)
            length = struct.unpack_from("!I", header)[0] & 0xFFFFFF
            word, application = struct.unpack_from("!II", header, 4)
            flags, code, ids = word >> 24, word & 0xFFFFFF, header[12:20]
            body = self.read(length - 20)
            if not flags & 0x80:
                continue
            self.handle(code, application, flags, ids, body)

    def handle(self, code, application, flags, ids, body):
        success = avp(268, 2001)
        if code in COMMANDS:
            avps = decode(body)
            check_request(code, application, flags, avps)
            parts = [success, avp(277, 1), self.origin, avp(702, SH_DATA, VENDOR) if code == 306 else b""]
            parts = [right if wrong is None else wrong for right, wrong in zip(parts, BROKEN.get(broken, BROKEN["not"]))]
            start = avp(263, dict(avps).get("Session-Id", b"")) + avp(260, avp(266, VENDOR) + avp(258, SH))
            self.answer(code, application, flags, ids, by_chance(start + b"".join(parts)))
        elif code == 257:
            names = [name for name, _ in decode(body)]
            for each in ("Origin-Host", "Origin-Realm", "Host-IP-Address", "Vendor-Id", "Product-Name",
                         "Vendor-Specific-Application-Id"):
                if each not in names:
                    faults.append(f"CER without {each}")
            address = avp(257, b"\0\1" + socket.inet_aton("127.0.0.1"))
            self.answer(code, 0, flags, ids, success + self.origin + address + avp(266, VENDOR) +
                        avp(269, b"strict", flags=0) + avp(265, VENDOR) +
                        avp(260, avp(266, VENDOR) + avp(258, SH)))
        else:  # watchdog and disconnect
            self.answer(code, 0, flags, ids, success + self.origin)


def accept(listener, identity):
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            peers[:] = [Peer(connection, identity)]
            peers[0].serve()
        except OSError:
            connection.close()


def main():
    global broken, chance
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--identity", required=True)
    arguments, _ = parser.parse_known_args()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, args=(listener, arguments.identity), daemon=True).start()
    print("ready", arguments.identity, "127.0.0.1", listener.getsockname()[1], flush=True)
    for line in sys.stdin:
        verb, _, how = line.strip().partition(" ")
        if verb == "break":
            broken = how if how in BROKEN or how.isdigit() else "not"
            chance = random.Random(int(how)) if how.isdigit() else None
        if verb == "push":
            try:
                for _ in range(int(how)):
                    peers[0].push()
            except OSError:  # the client may close a connection with such messages
                how = "closed"
        told = {"push": [how], "faults": faults, "requests": requests, "break": [broken]}[verb]
        print("; ".join(told) if told else "none", flush=True)


if __name__ == "__main__":
    main()
