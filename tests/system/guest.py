# SPDX-License-Identifier: BSD-3-Clause
"""Linux guests under QEMU's translator: Debian's kernels, our initramfs, one NVMe disk."""
import os
import re
import subprocess

from process import Process, cache_directory, memory, qemu
from tap import expect

MACHINES = {
    # A timer that is late on a busy host is not the guest's concern.
    "x86_64": (["-machine", "q35", "-cpu", "max"], "no_timer_check"),
    "riscv64": (["-machine", "virt,aia=aplic-imsic"], ""),
}


def pattern(text):
    """What scripts/guest/init writes."""
    filler = text + "."
    while len(filler) < 4096:
        filler += filler
    return b"".join(f"{number:08d}{filler[:4087]}\n".encode() for number in range(2048))


def make_initramfs(architecture, path):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "make-initramfs")
    kernel = os.path.join(cache_directory(), f"kernel-{architecture}")
    subprocess.run([script, architecture, kernel, path], check=True)


class Guest(Process):
    def __init__(self, architecture, initramfs, device, append="", extra=()):
        machine, always = MACHINES[architecture]
        kernel = os.path.join(cache_directory(), f"kernel-{architecture}", "Image")
        super().__init__([
            qemu(architecture), *machine, "-accel", "tcg", *memory(512, True), "-nodefaults",
            "-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", initramfs,
            "-append", f"console=ttyS0 loglevel=4 panic=-1 cryptomgr.notests {always} {append}", *extra, *device])

    def finish(self):
        """Waits until the guest has powered off, and says that all it tested is well."""
        status = self.wait()
        expect(status, 0, f"exit status of QEMU\n{self.tail()}\n")
        if "xlat: passed" not in self.lines or any("xlat: FAILED" in line for line in self.lines):
            raise AssertionError("the guest did not pass:\n" + self.tail(60))

    def said(self, expression):
        """The groups of the first line that matches."""
        for line in self.lines:
            match = re.fullmatch(expression, line)
            if match:
                return match.groups()
        raise AssertionError(f"the guest did not say {expression}:\n{self.tail(60)}")
