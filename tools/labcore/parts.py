"""The processes of a lab core: started to outlive the command that starts them, found again and ended by their ids."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

START_S = 60  # until a part serves: a sanitizer build on a busy machine
END_S = 30


class LabError(Exception):
    """What went wrong, for people."""


def poll(condition, within):
    """The first true value of the condition; what it is at the deadline otherwise."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not (value := condition()) and time.monotonic() < deadline:
        pause.wait(0.02)
    return value


def _born(pid):
    """When a process was started, in ticks since the boot; None if it is gone. So a reused id is nobody's."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


class Part:
    """One process of the lab in `folder`; its output is in NAME.log there, its id in NAME.pid."""

    def __init__(self, folder, name):
        self.name = name
        self.log = pathlib.Path(folder) / f"{name}.log"
        self._file = pathlib.Path(folder) / f"{name}.pid"

    def start(self, argv, stdin=subprocess.DEVNULL):
        """Starts it, in a session of its own."""
        with open(self.log, "wb") as log:
            child = subprocess.Popen([str(word) for word in argv], stdin=stdin, stdout=log, stderr=subprocess.STDOUT,
                                     start_new_session=True)
        self._file.write_text(json.dumps([child.pid, _born(child.pid)]))
        self._child = child  # so that a part that ends at once is no zombie
        return self

    @property
    def pid(self):
        """The id of the process; None if it does not run."""
        try:
            pid, born = json.loads(self._file.read_text())
        except FileNotFoundError:
            return None
        if child := getattr(self, "_child", None):
            child.poll()
        return pid if born is not None and _born(pid) == born else None

    def wait_for(self, pattern, after=0, within=START_S):
        """The first match of the pattern in the log past `after`."""
        def found():
            return self.pid is None or re.compile(pattern, re.MULTILINE).search(self.text()[after:])

        match = poll(found, within)
        if match is True:
            match = re.compile(pattern, re.MULTILINE).search(self.text()[after:])  # its last words
        if not match:
            why = f"was silent about /{pattern}/ for {within} s" if self.pid else "has ended"
            raise LabError(f"{self.name} {why}; the end of {self.log}:\n{self.text()[-3000:]}")
        return match

    def text(self):
        """The log so far."""
        try:
            return self.log.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def stop(self):
        """Ends it and what it has started. True if it was there."""
        pid = self.pid
        if pid:
            os.kill(pid, signal.SIGTERM)
            if not poll(lambda: self.pid is None, END_S):
                os.killpg(pid, signal.SIGKILL)  # its own session: nothing but itself and its children
        self._file.unlink(missing_ok=True)
        return pid is not None
