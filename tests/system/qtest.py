# SPDX-License-Identifier: BSD-3-Clause
"""QEMU without a guest: its qtest protocol, and the PCI functions of a q35 machine through it."""
import base64
import os
import socket

from process import PATIENCE, Process, memory, qemu, wait_until

# Where the firmware would put them; there is none.
EXTENDED_CONFIG = 0xB0000000
FIRST_BAR = 0xE0000000

VENDOR_ID, DEVICE_ID, COMMAND, STATUS, CLASS, BARS, CAPABILITIES = 0, 2, 4, 6, 8, 0x10, 0x34
COMMAND_IO, COMMAND_MEMORY, COMMAND_MASTER = 1, 2, 4
CAPABILITY_PM, CAPABILITY_MSI, CAPABILITY_PCIE, CAPABILITY_MSIX = 1, 5, 0x10, 0x11


class Machine(Process):
    """A q35 machine whose processor is this program."""

    def __init__(self, directory, device, shared, megabytes=64):
        self.wires = set()
        listener = socket.socket(socket.AF_UNIX)
        path = directory.file("qtest")
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(PATIENCE)
        super().__init__([qemu("x86_64"), "-machine", "q35", *memory(megabytes, shared), "-accel", "qtest",
                          "-nodefaults", "-display", "none", "-qtest", f"unix:{path}", "-qtest-log", "none", *device])
        try:
            # QEMU connects before it makes its devices: it may end without.
            self.connection, _ = listener.accept()
            self.connection.settimeout(PATIENCE)
            self.stream = self.connection.makefile("rb")
        except BaseException:
            self.__exit__()
            raise
        finally:
            listener.close()
            os.unlink(path)

    def ask(self, *words):
        self.connection.sendall((" ".join(words) + "\n").encode())
        while True:
            line = self.stream.readline().decode().rstrip("\n")
            if not line:
                self.process.wait(PATIENCE)
                self.reader.join(10)
                raise AssertionError(f"QEMU hung up at {words[0]}:\n{self.tail()}")
            if line.startswith("IRQ "):
                _, change, wire = line.split()
                (self.wires.add if change == "raise" else self.wires.discard)(int(wire))
                continue
            if not line.startswith("OK"):
                raise AssertionError(f"qtest: {' '.join(words)}: {line}")
            return line[3:]

    def watch_wires(self):
        """From now on, which inputs of the I/O APIC are high is in wires, as of the last answer."""
        self.ask("irq_intercept_in", "ioapic")

    def end(self):
        """Its exit status, when its user has gone."""
        self.connection.close()
        self.process.terminate()
        return self.wait()

    def read(self, address, length):
        return base64.b64decode(self.ask("b64read", hex(address), hex(length)))

    def write(self, address, data):
        self.ask("b64write", hex(address), hex(len(data)), base64.b64encode(data).decode())

    def load(self, address, size):
        return int(self.ask("read" + {1: "b", 2: "w", 4: "l", 8: "q"}[size], hex(address)), 16)

    def store(self, address, size, value):
        self.ask("write" + {1: "b", 2: "w", 4: "l", 8: "q"}[size], hex(address), hex(value))

    def config(self, device, offset, size):
        self.ask("outl", "0xcf8", hex(0x80000000 | device << 11 | offset & 0xFC))
        return int(self.ask("in" + {1: "b", 2: "w", 4: "l"}[size], hex(0xCFC + (offset & 3))), 16)

    def set_config(self, device, offset, size, value):
        self.ask("outl", "0xcf8", hex(0x80000000 | device << 11 | offset & 0xFC))
        self.ask("out" + {1: "b", 2: "w", 4: "l"}[size], hex(0xCFC + (offset & 3)), hex(value))

    def extended_config(self, device, offset):
        """32 bits of the 4 KiB, through the memory-mapped window of the host bridge."""
        self.set_config(0, 0x60, 4, EXTENDED_CONFIG | 1)
        return self.load(EXTENDED_CONFIG + (device << 15) + offset, 4)

    def devices(self):
        """Those of the root bus that are not the machine's own."""
        return [d for d in range(1, 31) if self.config(d, VENDOR_ID, 4) != 0xFFFFFFFF]


class Function:
    """The one PCI function that a test is about."""

    def __init__(self, machine):
        self.machine = machine
        found = machine.devices()
        if len(found) != 1:
            raise AssertionError(f"devices on the bus: {found}, expected one\n{machine.tail()}")
        self.device = found[0]
        self.next_address = FIRST_BAR

    def config(self, offset, size):
        return self.machine.config(self.device, offset, size)

    def set_config(self, offset, size, value):
        self.machine.set_config(self.device, offset, size, value)

    def command(self, value):
        self.set_config(COMMAND, 2, value)

    def capability(self, wanted):
        """Its offset in config space, or None."""
        if not self.config(STATUS, 2) & 0x10:
            return None
        offset = self.config(CAPABILITIES, 1) & 0xFC
        for _ in range(48):
            if not offset:
                return None
            if self.config(offset, 1) == wanted:
                return offset
            offset = self.config(offset + 1, 1) & 0xFC
        raise AssertionError("the list of capabilities does not end")

    def bar_size(self, index):
        """By writing ones, as PCI 3.0, 6.2.5.1 has it. What was there comes back."""
        offset = BARS + 4 * index
        before = self.config(offset, 4)
        self.set_config(offset, 4, 0xFFFFFFFF)
        mask = self.config(offset, 4)
        self.set_config(offset, 4, before)
        if mask == 0:
            return 0
        if mask & 1:
            return -(mask & ~3) & 0xFFFF
        if mask & 6 == 4:
            upper = self.config(offset + 4, 4)
            self.set_config(offset + 4, 4, 0xFFFFFFFF)
            mask |= self.config(offset + 4, 4) << 32
            self.set_config(offset + 4, 4, upper)
        else:
            mask |= 0xFFFFFFFF << 32
        return -(mask & ~15) & (1 << 64) - 1

    def place_bar(self, index, address=None):
        """Where the BAR is afterwards; decoding has to be switched on."""
        size = self.bar_size(index)
        if address is None:
            address = (self.next_address + size - 1) & -size
            self.next_address = address + size
        self.set_config(BARS + 4 * index, 4, address & 0xFFFFFFFF)
        if self.config(BARS + 4 * index, 4) & 6 == 4:
            self.set_config(BARS + 4 * index + 4, 4, address >> 32)
        return address


def message_arrives(machine, address):
    """Does the word that a message stores come?"""
    wait_until(lambda: machine.load(address, 4) != 0, f"a message at {address:#x}", 60)
    return machine.load(address, 4)
