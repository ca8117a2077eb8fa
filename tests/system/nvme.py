# SPDX-License-Identifier: BSD-3-Clause
"""A driver of NVMe 1.4 as small as can be, for a function behind qtest: one admin and one I/O queue pair.

Section numbers are those of NVM Express 1.4."""
import struct

import qtest
from process import wait_until
from tap import expect

# Controller registers, 3.1.
CAP, VS, INTMS, INTMC, CC, CSTS, AQA, ASQ, ACQ, DOORBELLS = 0, 8, 12, 16, 20, 28, 36, 40, 48, 0x1000
ENTRIES = 8
PATIENCE = 60
FLUSH, WRITE, READ = 0, 1, 2
CREATE_SQ, CREATE_CQ, IDENTIFY = 1, 5, 6

# In guest memory.
ADMIN_SQ, ADMIN_CQ, IO_SQ, IO_CQ, BUFFER, MESSAGES = (0x100000 * n for n in range(1, 7))


class Queue:
    def __init__(self, identifier, submissions, completions):
        self.identifier, self.submissions, self.completions = identifier, submissions, completions
        self.tail = self.head = 0
        self.phase = 1


class Nvme:
    def __init__(self, function):
        self.function, self.machine = function, function.machine
        self.bar = function.place_bar(0)
        self.vectors = 0
        self.admin = Queue(0, ADMIN_SQ, ADMIN_CQ)
        self.io = Queue(1, IO_SQ, IO_CQ)

    def load(self, register, size=4):
        return self.machine.load(self.bar + register, size)

    def store(self, register, size, value):
        self.machine.store(self.bar + register, size, value)

    def enable_messages(self):
        """MSI-X vectors whose messages are stores to memory, which a test can read."""
        capability = self.function.capability(qtest.CAPABILITY_MSIX)
        control = self.function.config(capability + 2, 2)
        self.vectors = (control & 0x7FF) + 1
        table = self.function.config(capability + 4, 4)
        bar = self.bar if table & 7 == 0 else self.function.place_bar(table & 7)
        entry = bar + (table & ~7)
        for vector in range(min(self.vectors, 2)):
            self.machine.store(MESSAGES + 4 * vector, 4, 0)
            for offset, value in ((0, MESSAGES + 4 * vector), (4, 0), (8, 0x1000 + vector), (12, 0)):
                self.machine.store(entry + 16 * vector + offset, 4, value)
        self.function.set_config(capability + 2, 2, 0x8000)

    def start(self):
        """3.5.1 and 7.6.1: reset, admin queues, enable."""
        self.store(CC, 4, 0)
        wait_until(lambda: not self.load(CSTS) & 1, "the controller to stop", 60)
        for queue in (self.admin, self.io):
            self.machine.write(queue.submissions, bytes(4096))
            self.machine.write(queue.completions, bytes(4096))
            queue.tail = queue.head = 0
            queue.phase = 1
        self.store(AQA, 4, (ENTRIES - 1) << 16 | (ENTRIES - 1))
        self.store(ASQ, 8, self.admin.submissions)
        self.store(ACQ, 8, self.admin.completions)
        # Entries of 64 and 16 bytes, pages of 4 KiB.
        self.store(CC, 4, 4 << 20 | 6 << 16 | 1)
        wait_until(lambda: self.load(CSTS) & 3, "the controller to start", 60)
        expect(self.load(CSTS) & 3, 1, "controller status")

    def submit(self, queue, opcode, namespace=0, prp=0, dwords=()):
        command = struct.pack("<BBHIQQQQ", opcode, 0, queue.tail + 0x40, namespace, 0, 0, prp, 0)
        command += struct.pack("<6I", *dwords, *[0] * (6 - len(dwords)))
        self.machine.write(queue.submissions + 64 * queue.tail, command)
        queue.tail = (queue.tail + 1) % ENTRIES
        stride = 4 << (self.load(CAP, 8) >> 32 & 15)
        self.store(DOORBELLS + 2 * queue.identifier * stride, 4, queue.tail)

    def completed(self, queue):
        """Is there an entry at the head of the completion queue? 4.6"""
        return self.machine.load(queue.completions + 16 * queue.head + 14, 2) & 1 == queue.phase

    def complete(self, queue):
        """The status of the next command."""
        wait_until(lambda: self.completed(queue), "a completion", PATIENCE)
        status = self.machine.load(queue.completions + 16 * queue.head + 14, 2) >> 1
        queue.head = (queue.head + 1) % ENTRIES
        queue.phase ^= queue.head == 0
        stride = 4 << (self.load(CAP, 8) >> 32 & 15)
        self.store(DOORBELLS + (2 * queue.identifier + 1) * stride, 4, queue.head)
        return status

    def command(self, queue, opcode, **arguments):
        self.submit(queue, opcode, **arguments)
        expect(self.complete(queue), 0, f"status of command {opcode:#x}")

    def identify(self, namespace=0, structure=1):
        self.machine.write(BUFFER, b"\xAA" * 4096)
        self.command(self.admin, IDENTIFY, namespace=namespace, prp=BUFFER, dwords=(structure,))
        return self.machine.read(BUFFER, 4096)

    def create_queues(self):
        """5.3 and 5.4: of contiguous memory, with interrupts on the second vector if there is one."""
        vector = 1 if self.vectors > 1 else 0
        self.command(self.admin, CREATE_CQ, prp=self.io.completions,
                     dwords=((ENTRIES - 1) << 16 | 1, vector << 16 | 3))
        self.command(self.admin, CREATE_SQ, prp=self.io.submissions,
                     dwords=((ENTRIES - 1) << 16 | 1, 1 << 16 | 1))

    def read(self, block, count):
        """At most a page."""
        self.machine.write(BUFFER, bytes(4096))
        self.command(self.io, READ, namespace=1, prp=BUFFER, dwords=(block, 0, count - 1))
        return self.machine.read(BUFFER, 512 * count)

    def write(self, block, data):
        self.machine.write(BUFFER, data)
        self.command(self.io, WRITE, namespace=1, prp=BUFFER, dwords=(block, 0, len(data) // 512 - 1))

    def flush(self):
        self.command(self.io, FLUSH, namespace=1)
