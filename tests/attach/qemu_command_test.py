# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""weir qemu: into a QEMU that runs and out again, and what is left when a step fails."""

import os

from harness import FAILED, USAGE, main
from wire_harness import (DROP_MARKED, PASS, AttachTest, frame, needs_qemu, number_of)


@needs_qemu
class QemuCommand(AttachTest):
    def start(self):
        self.guest, self.net = self.wire("B.out", "B"), self.wire("A.out", "A")
        self.vm, qmp = self.qemu(*self.dgram_netdev("A", "A", "A.out"),
                                 *self.dgram_netdev("B", "B", "B.out"))
        qmp.close()  # a monitor serves one client at a time
        self.attach()

    def arguments(self, command, *more):
        return ["qemu", command, "--qmp", self.path("qmp"), "--netdev", "A", "--control",
                self.control, "--dir", self.path("r"), *more]

    def put_in(self, *more):
        return self.ok(*self.arguments("attach", "--fail-closed", "--prog",
                                       self.program("marked", DROP_MARKED), *more))

    def filtered(self):
        """(marked frame to the guest is dropped, marked frame from the guest is dropped)"""
        out = []
        for source, sink in ((self.net, self.guest), (self.guest, self.net)):
            source.send(frame(mark=1, number=1))
            source.send(frame(number=2))
            got = number_of(sink.receive())
            out.append(got == 2)
            if got == 1:
                self.assertEqual(number_of(sink.receive()), 2)
        return tuple(out)

    def test_in_and_out(self):
        self.start()
        self.assertEqual(self.filtered(), (False, False))
        self.put_in()
        self.assertEqual(self.filtered(), (True, True))
        status = self.ok(*self.arguments("status", "--json")).json
        self.assertEqual(status["state"], "works")
        self.assertEqual([one["id"] for one in status["filters"]], ["weir-A-rx", "weir-A-tx"])
        self.ok(*self.arguments("detach"))
        self.assertEqual(self.filtered(), (False, False))
        self.assertEqual(self.ok(*self.arguments("status")).out, "A: detached\n")
        self.fails(FAILED, *self.arguments("detach"))
        self.put_in()
        self.assertEqual(self.filtered(), (True, True))

    def test_one_direction(self):
        self.start()
        self.put_in("--queue", "tx")
        self.assertEqual(self.filtered(), (True, False))
        self.put_in("--queue", "rx")
        self.assertEqual(self.filtered(), (False, True))

    def test_replace(self):
        self.start()
        self.put_in()
        self.ok(*self.arguments("replace", "--prog", self.program("pass", PASS), "--name",
                                "marked"))
        self.assertEqual(self.filtered(), (False, False))
        self.fails(FAILED, *self.arguments("replace", "--prog", self.path("pass.s"), "--name",
                                           "other"))

    def test_the_process_dies_and_is_attached_anew(self):
        self.start()
        self.put_in()
        self.process.kill()
        self.process.wait()
        self.net.send(frame(number=1))
        self.assertIsNone(self.guest.receive(0.2))  # closed, whatever the rules say
        result = self.fails(FAILED, *self.arguments("status"))
        self.assertIn("every frame is lost", result.out)
        os.unlink(self.path("attach.log"))
        self.attach()
        self.put_in()
        self.assertEqual(self.filtered(), (True, True))

    def test_a_lost_connection_is_seen_and_cured(self):
        self.start()
        self.put_in()
        self.process.kill()
        self.process.wait()
        os.unlink(self.path("attach.log"))
        # Back on the same sockets by itself: QEMU writes, and does not read.
        self.attach("--redirector", "A", self.path("r"), "--prog", self.path("marked.s"))
        self.wait_connected("A")
        self.net.send(frame(number=1))
        self.assertIsNone(self.guest.receive(0.2))
        result = self.fails(FAILED, *self.arguments("status"))
        self.assertIn("QEMU does not read what comes back", result.out)
        self.ok(*self.arguments("replace", "--prog", self.path("marked.s")))
        self.assertEqual(self.ok(*self.arguments("status", "--json")).json["state"], "works")
        self.assertEqual(number_of(self.guest.receive()), 1)  # it had waited in the socket
        self.assertEqual(self.filtered(), (True, True))

    def test_without_a_process_nothing_changes(self):
        self.start()
        self.process.kill()
        self.process.wait()
        self.fails(FAILED, *self.arguments("attach", "--fail-closed"))
        self.assertEqual(self.filtered(), (False, False))

    def test_what_fails_is_undone(self):
        self.start()
        bad = self.program("bad", "r0 = *(u8 *)(r1 + 14)\nexit\n")
        for more in (["--prog", bad, "--policy", "strict"], ["--prog", self.path("absent.o")],
                     ["--netdev", "none"]):
            arguments = self.arguments("attach", "--fail-closed", *more)
            if "--netdev" in more:
                arguments = [a for i, a in enumerate(arguments)
                             if i not in (arguments.index("--netdev"),
                                          arguments.index("--netdev") + 1)]
            self.fails(FAILED, *arguments)
            self.assertEqual(self.filtered(), (False, False))
            links = self.control_command("stats", "--json").json["links"]
            self.assertEqual(links, [])
        self.put_in()
        self.assertEqual(self.filtered(), (True, True))

    def test_arguments_start_a_vm_with_the_filter(self):
        os.mkdir(self.path("r"))
        printed = self.ok("qemu", "arguments", "--netdev", "A", "--dir", self.path("r")).out.split()
        self.attach("--redirector", "vm", self.path("r"), "--prog",
                    self.program("marked", DROP_MARKED))
        self.guest, self.net = self.wire("B.out", "B"), self.wire("A.out", "A")
        self.qemu(*self.dgram_netdev("A", "A", "A.out"), *self.dgram_netdev("B", "B", "B.out"),
                  *printed)
        self.wait_connected()
        self.assertEqual(self.filtered(), (True, True))
        xml = self.ok("qemu", "arguments", "--netdev", "A", "--dir", "/d", "--libvirt").out
        self.assertEqual(xml.count("<qemu:arg value="), len(printed))

    def test_usage(self):
        self.fails(USAGE, "qemu")
        self.fails(USAGE, "qemu", "attach", "--netdev", "A")
        self.fails(USAGE, "qemu", "attach", "--netdev", "A", "--qmp", "x")


if __name__ == "__main__":
    main()
