"""Programs under test and their peers: started in a session of their own, read by a thread, waited for by output.

Nothing here sleeps: `wait_for` returns when the line is there, or fails at its deadline with the output so far.
"""

import os
import pathlib
import pty
import re
import signal
import subprocess
import threading
import time

DEADLINE_S = 20  # generous: a sanitizer build on two busy cores


class Failed(AssertionError):
    """A peer did not do what the test waits for; the text says what was expected and what came instead."""


_running = set()  # pids, which are also session ids, of all processes that were started and not yet stopped


def running():
    """The session ids of everything that the tests have started and not stopped."""
    return frozenset(_running)


class Process:
    """One program with its standard output and error in `log` and its standard input open for `send`.

    With `terminal` it sees a terminal instead of pipes.
    """

    def __init__(self, name, argv, log_dir, env=None, cwd=None, terminal=False):
        self.name = name
        self.log = pathlib.Path(log_dir) / f"{name}.log"
        self._text = ""
        self._closed = False
        self._changed = threading.Condition()
        argv = [str(word) for word in argv]
        if terminal:
            ours, theirs = pty.openpty()
            streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
            argv = ["setsid", "--ctty", *argv]  # a session whose terminal it is, so that Ctrl-C works
        else:
            streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self._child = subprocess.Popen(argv, env={**os.environ, **(env or {})}, cwd=cwd, start_new_session=not terminal,
                                       **streams)
        _running.add(self._child.pid)
        if terminal:
            os.close(theirs)
            self._input, self._output = open(os.dup(ours), "wb"), open(ours, "rb", buffering=0)
        else:
            self._input, self._output = self._child.stdin, self._child.stdout
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with open(self.log, "ab", buffering=0) as log:
            while chunk := self._next_chunk():
                log.write(chunk)
                with self._changed:
                    self._text += chunk.decode("utf-8", "replace")
                    self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _next_chunk(self):
        try:
            return os.read(self._output.fileno(), 65536)
        except OSError:  # how a terminal says that the program has ended
            return b""

    @property
    def pid(self):
        return self._child.pid

    @property
    def output(self):
        with self._changed:
            return self._text

    def mark(self):
        """The end of the output so far, for `wait_for(after=...)`."""
        return len(self.output)

    def alive(self):
        return self._child.poll() is None

    def send_signal(self, which):
        self._child.send_signal(which)

    def send(self, line):
        """Types one line."""
        self.keys(line + "\n")

    def keys(self, text):
        """Presses keys, without Return."""
        self._input.write(text.encode())
        self._input.flush()

    def wait_for(self, pattern, after=0, timeout=DEADLINE_S):
        """The first match of `pattern` (multi-line regular expression) in the output past `after`."""
        wanted = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + timeout
        with self._changed:
            while not (found := wanted.search(self._text, after)):
                remaining = deadline - time.monotonic()
                if self._closed or remaining <= 0:
                    why = "ended" if self._closed else f"was silent about it for {timeout} s"
                    raise Failed(f"{self.name} {why}; waited for /{pattern}/ after:\n{self._text[after:][-3000:]}")
                self._changed.wait(remaining)
            return found

    def wait(self, timeout=DEADLINE_S):
        """The exit status."""
        try:
            status = self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end within {timeout} s:\n{self.output[-3000:]}") from None
        self._reader.join(timeout)
        return status

    def stop(self, how=signal.SIGTERM, timeout=DEADLINE_S):
        """Ends the program, and whatever is left of its session; the exit status, negative for a signal."""
        if self.alive():
            self._child.send_signal(how)
            try:
                self._child.wait(timeout)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self._child.pid, signal.SIGKILL)  # its own session: children that outlived it, too
        except ProcessLookupError:
            pass
        status = self._child.wait()
        self._reader.join(timeout)
        _running.discard(self._child.pid)
        for stream in (self._input, self._output):
            try:
                stream.close()
            except BrokenPipeError:  # what was typed last, it did not read
                pass
        return status


def follow(path, log_dir):
    """A process whose output is what some program appends to the file `path`, which need not exist yet."""
    return Process(f"{pathlib.Path(path).name}.followed", ["tail", "-n", "+1", "-F", path], log_dir)
