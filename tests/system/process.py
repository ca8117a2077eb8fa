# SPDX-License-Identifier: BSD-3-Clause
"""Processes that a test starts and that end with it: QEMU, and devices that `xlat serve` serves."""
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

# A machine that is busy is slow; nothing here waits that long but for what never comes.
PATIENCE = 900


def cache_directory():
    user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("XLAT_CACHE") or os.path.join(user, "xlat")


def wait_until(condition, what, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.01)


class Directory:
    """A directory for one test, short enough for the names of sockets."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="xlat-")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name):
        return os.path.join(self.path, name)


class Process:
    """A process whose output is kept, line by line."""

    def __init__(self, arguments, environment=None):
        self.arguments = arguments
        self.lines = []
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, **(environment or {})))
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode(errors="replace").rstrip("\r\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(10)

    def running(self):
        return self.process.poll() is None

    def wait(self, seconds=PATIENCE):
        """Its exit status, when it has ended of its own."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.arguments[0]} had not ended after {seconds} s:\n" +
                               self.tail()) from None
        self.reader.join(10)
        return status

    def stop(self):
        """Its exit status, when it has been told to end."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def tail(self, count=25):
        return "\n".join(self.lines[-count:])


class Served(Process):
    """A device that a command serves at a socket."""

    def __init__(self, socket, command):
        self.socket = socket
        super().__init__(command)
        try:
            wait_until(lambda: os.path.exists(socket) or not self.running(), "the server's socket")
            if not os.path.exists(socket):
                raise AssertionError(f"{' '.join(self.arguments)} ended:\n{self.tail()}")
        except BaseException:
            self.__exit__()
            raise

    def device(self):
        """What attaches it to QEMU 11, which waits longer than its 5 s on a machine that is busy."""
        return ["-device", '{"driver":"vfio-user-pci","id":"remote","x-msg-timeout":120000,"socket":'
                f'{{"type":"unix","path":"{self.socket}"}}}}']


def qemu(architecture):
    return os.path.join(cache_directory(), "qemu", "bin", f"qemu-system-{architecture}")


def memory(size, shared):
    """Guest memory that another process maps, or that it has to ask QEMU for."""
    if shared:
        return ["-m", f"{size}M", "-object", f"memory-backend-memfd,id=memory,size={size}M,share=on",
                "-machine", "memory-backend=memory"]
    return ["-m", f"{size}M"]
