"""finch (libpurple's SIMPLE protocol): driven and read over D-Bus.

Its only way to publish closed is to log out, which also ends its subscriptions; it never removes a publication.
"""

import os
import re
import shutil
import subprocess

from ..net import LOCALHOST, free_block
from ..process import Process
from .base import DOMAIN, Client, loopback_only, uri

_SERVICE = "im.pidgin.purple.PurpleService"
_OBJECT = "/im/pidgin/purple/PurpleObject"
_OFFLINE, _AVAILABLE = 1, 2  # PurpleStatusPrimitive
_ACCOUNTS = """\
<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'>
 <account>
  <protocol>prpl-simple</protocol>
  <name>{name}@{domain}</name>
  <password>unused</password>
  <statuses>
   <status type='available' name='Available' active='true'><attributes/></status>
   <status type='offline' name='Offline' active='false'><attributes/></status>
  </statuses>
  <settings>
   <setting name='udp' type='bool'>1</setting>
   <setting name='dopublish' type='bool'>1</setting>
   <setting name='useproxy' type='bool'>1</setting>
   <setting name='proxy' type='string'>{host}</setting>
   <setting name='port' type='int'>{port}</setting>
   <setting name='doservice' type='bool'>0</setting>
  </settings>
  <settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings>
 </account>
</account>
"""
_PREFERENCES = """\
<?xml version='1.0' encoding='UTF-8' ?>
<pref version='1' name='/'><pref name='purple'><pref name='network'>
 <pref name='auto_ip' type='bool' value='0'/>
 <pref name='public_ip' type='string' value='{host}'/>
 <pref name='ports_range_use' type='bool' value='1'/>
 <pref name='ports_range_start' type='int' value='{port}'/>
 <pref name='ports_range_end' type='int' value='{port}'/>
</pref></pref></pref>
"""
_BUDDIES = """\
<?xml version='1.0' encoding='UTF-8' ?>
<purple version='1.0'>
 <blist><group name='Buddies'>
{buddies}
 </group></blist>
</purple>
"""
_BUDDY = ("  <contact><buddy account='{name}@{domain}' proto='prpl-simple'><name>{buddy}</name>"
          "<alias>{alias}</alias></buddy></contact>")


class Finch(Client):
    name = "finch"
    program = "finch"
    package = "Debian finch"
    display_changes = r"PurpleInterface\.Buddy(SignedOn|SignedOff|StatusChanged)"
    _signals = None

    @classmethod
    def missing(cls):
        for program in ("dbus-run-session", "gdbus"):
            if not shutil.which(program):
                return f"{program} is not installed, which drives finch"
        return super().missing()

    def start(self):
        (self.home / "accounts.xml").write_text(
            _ACCOUNTS.format(name=self.name, domain=DOMAIN, host=self.edge[0], port=self.edge[1]))
        buddies = "\n".join(_BUDDY.format(name=self.name, domain=DOMAIN, buddy=uri(c), alias=c) for c in self.contacts)
        (self.home / "blist.xml").write_text(_BUDDIES.format(buddies=buddies))
        (self.home / "prefs.xml").write_text(_PREFERENCES.format(host=LOCALHOST, port=free_block(1)))
        command = f"echo bus $DBUS_SESSION_BUS_ADDRESS; exec finch -c {self.home} -d"
        self.process = Process(self.name, ["dbus-run-session", "--", "sh", "-c", command], self.log_dir,
                               {**loopback_only(self.log_dir), "HOME": str(self.home), "TERM": "vt100"}, terminal=True)
        self._bus = {"DBUS_SESSION_BUS_ADDRESS": self.process.wait_for(r"bus (unix:[^\s]+)")[1]}
        self._signals = Process(f"{self.name}.signals", ["gdbus", "monitor", "--session", "--dest", _SERVICE],
                                self.log_dir, self._bus)
        self._signals.wait_for(r"is owned by")
        self.wait_published(0)

    @property
    def display(self):
        return self._signals

    def wait_published(self, after):
        self.process.wait_for(r"^SIP-ETag:", after)

    def _call(self, method, *arguments):
        """The numbers and names in the answer to a D-Bus call."""
        argv = ["gdbus", "call", "--session", "--dest", _SERVICE, "--object-path", _OBJECT,
                "--method", f"{_SERVICE}.{method}", "--", *map(str, arguments)]
        answer = subprocess.run(argv, env={**os.environ, **self._bus}, capture_output=True, text=True, check=True)
        return re.findall(r"(?<!int)\d+", answer.stdout)

    def _set_status(self, primitive):
        [status] = self._call("PurpleSavedstatusNew", "", primitive)
        mark = self.process.mark()
        self._call("PurpleSavedstatusActivate", status)
        return mark

    def close(self):
        self._set_status(_OFFLINE)

    def open(self):
        self.wait_published(self._set_status(_AVAILABLE))

    def shows(self, contact):
        [account] = self._call("PurpleAccountsGetAll")
        buddies = self._call("PurpleFindBuddies", account, uri(contact))
        if not buddies:
            return None
        [presence] = self._call("PurpleBuddyGetPresence", buddies[0])
        [online] = self._call("PurplePresenceIsOnline", presence)
        return "open" if online == "1" else "closed"

    def quit(self):
        self.close()
        self.stop()

    def stop(self):
        for process in (self._signals, self.process):
            if process:
                process.stop()
