# SPDX-License-Identifier: BSD-3-Clause
"""A disk for QEMU: a file, and the NVMe controller in front of it, which `xlat serve` is. With "qemu" for the program it
is QEMU's own, which tells what is wrong with a test from what is wrong with us."""
import random

from process import Served
from tap import expect


class Disk:
    def __init__(self, program, directory, size):
        self.path = directory.file("disk")
        # No block is like its neighbours.
        self.content = random.Random(7).randbytes(size)
        with open(self.path, "wb") as file:
            file.write(self.content)
        self.server = None
        if program != "qemu":
            socket = directory.file("socket")
            self.server = Served(socket, [program, "serve", "nvme", "--socket", socket, "--drive", self.path])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.server:
            self.server.__exit__()

    def device(self):
        """What attaches it to QEMU."""
        if self.server:
            return self.server.device()
        return ["-drive", f"file={self.path},format=raw,if=none,id=disk", "-device", "nvme,drive=disk,serial=xlat"]

    def read(self):
        """What the file has now."""
        with open(self.path, "rb") as file:
            return file.read()

    def said(self):
        return f"the server said:\n{self.server.tail()}" if self.server else ""

    def finish(self):
        """The server has survived, and ends when it is told to."""
        if self.server:
            expect(self.server.running(), True, "the server still runs")
            expect(self.server.stop(), 0, "exit status of the server")
