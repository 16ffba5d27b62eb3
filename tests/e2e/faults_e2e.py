#!/usr/bin/python3
"""When things go wrong or change under traffic: nothing is lost, nothing passes unjudged, the old configuration stays."""
import os
import pwd
import signal
import smtplib
import socket
import stat
import threading

from scenario import CONFIG, Scenario  # first: it also finds tests/support
import cases
from lab import Child, wait_for
from verify import dkimpy_verdicts, expect_valid


class Faults(Scenario):
    def setUp(self):
        super().setUp()
        if not self.signpostd.child.is_running():
            self.signpostd.start()

    def temporary_failure(self, recipients):
        """Sends; the reply code if it failed, 0 if it went through."""
        try:
            self.send(recipients)
            return 0
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients[recipients[0]][0]

    def test_killed_in_mid_message(self):
        client = self.postfix.client("shop")
        self.assertEqual(client.mail("orders@shop.example")[0], 250)
        self.assertEqual(client.rcpt("ann@example.org")[0], 250)
        self.signpostd.kill()
        code, reply = client.data(self.text())
        self.assertEqual(code, 451, reply)
        client.close()
        # While it is down every session is put off (Postfix says so at AUTH already); afterwards mail flows again.
        self.assertEqual(self.temporary_failure(["ann@example.org"]) // 100, 4)
        self.signpostd.start()
        self.assertEqual(self.send(["ann@example.org"]), {})
        delivery, = self.delivered(1)
        expect_valid(self, delivery.raw, self.zone, self.lab.directory)

    def test_stale_socket_is_removed_and_a_live_one_refused(self):
        self.signpostd.kill()
        self.assertTrue(stat.S_ISSOCK(self.signpostd.socket.stat().st_mode), "a kill leaves the socket behind")
        self.signpostd.start()
        first = self.signpostd.child
        second = Child([self.signpostd.programs / "signpostd", "-c", self.signpostd.config_file],
                       self.lab.directory / "second.out")
        wait_for(lambda: not second.is_running(), "the second daemon to give up")
        self.assertNotEqual(second.stop(), 0)
        self.assertTrue(first.is_running())
        self.assertEqual(self.send(["ann@example.org"]), {})
        self.delivered(1)

    def test_restart_under_traffic(self):
        """Clients that try again lose nothing, and nothing arrives twice, unsigned or unlogged."""
        sent, codes = [], set()

        def try_once(address):
            code = self.temporary_failure([address])
            codes.add(code)
            return code == 0

        def sender(number):
            for turn in range(20):
                address = f"t{number}-{turn}@example.org"
                wait_for(lambda: try_once(address), f"{address} to be accepted", 60)
                sent.append(address)

        threads = [threading.Thread(target=sender, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(2):
            before = len(sent)
            wait_for(lambda: len(sent) > before + 8, "traffic")
            self.assertEqual(self.signpostd.stop(), 0)
            self.signpostd.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(sent), 80)
        self.assertLessEqual(codes, {0, 451, 454}, "only temporary failures")
        deliveries = self.delivered(80)
        self.assertEqual(sorted(a for delivery in deliveries for a in delivery.recipients), sorted(sent))
        for delivery in deliveries:
            self.assertEqual(dkimpy_verdicts(delivery.raw, self.zone), [True])

    def test_hup_reloads_and_a_bad_configuration_changes_nothing(self):
        self.signpostd.write_config(CONFIG + '\n[suppression]\naction = "drop"\n')
        self.signpostd.ctl("suppress", "add", "hup@example.org", "reason=trap")
        self.refusals(["hup@example.org"])
        self.signpostd.child.send_signal(signal.SIGHUP)
        wait_for(lambda: "generation=2" in self.signpostd.ctl("status"), "the new generation")
        self.assertEqual(self.send(["hup@example.org"]), {})
        self.signpostd.wait_for(stage="message", action="discard", reason="all-dropped")

        self.signpostd.write_config(CONFIG + '\n[suppression]\nacton = "refuse"\n')
        with self.assertRaises(RuntimeError) as refused:
            self.signpostd.ctl("reload")
        self.assertIn("did you mean 'action'?", str(refused.exception))
        self.signpostd.child.send_signal(signal.SIGHUP)
        self.assertEqual(self.send(["hup@example.org"]), {}, "still the second configuration")
        self.assertIn("generation=2", self.signpostd.ctl("status"))
        self.delivered(0)
        self.signpostd.write_config(CONFIG)
        self.signpostd.ctl("reload")

    def test_socket_is_for_postfix_only(self):
        mode = self.signpostd.socket.stat()
        self.assertEqual(stat.S_IMODE(mode.st_mode), 0o660)
        self.assertEqual(can_connect("postfix", self.signpostd.socket), True)
        self.assertEqual(can_connect("nobody", self.signpostd.socket), False)
        self.assertEqual(can_connect("nobody", self.signpostd.control_socket, "status\n"), False)

    def test_live_smtp_sessions_survive_a_stop(self):
        client = self.postfix.client("shop")
        client.mail("orders@shop.example")
        self.assertEqual(client.rcpt("ann@example.org")[0], 250)
        stopping = threading.Thread(target=self.signpostd.stop)
        stopping.start()
        # A graceful stop waits for the message that is under way.
        code, reply = client.data(self.text())
        self.assertEqual(code, 250, reply)
        stopping.join()
        client.close()
        self.assertEqual(self.signpostd.child.process.returncode, 0)
        self.delivered(1)


def can_connect(user, path, line=None):
    """Whether that user gets through to the socket (with `line`: gets an `ok` for it)."""
    entry = pwd.getpwnam(user)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(10)
                peer.connect(str(path))
                if line:
                    peer.sendall(line.encode())
                    peer.shutdown(socket.SHUT_WR)
                    os._exit(0 if peer.recv(65536).startswith(b"ok") else 1)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Observe(Scenario):
    config = CONFIG + """
[milter]
mode = "observe"

[[limit]]
name = "tiny"
key  = ["login"]
rate = ["1/h"]
"""

    def test_nothing_is_changed(self):
        self.signpostd.ctl("suppress", "add", "bob@example.org", "reason=trap")
        message = b"Signpost-Campaign: x\r\n" + self.newsletter()
        everyone = ["ann@example.org", "bob@example.org", "carl@example.org"]
        self.assertEqual(self.send(everyone, message, "news@shop.example"), {})
        delivery, = self.delivered(1)
        self.assertEqual(sorted(delivery.recipients), everyone)
        self.assertIsNone(delivery.field("DKIM-Signature"))
        self.assertEqual(delivery.field("Signpost-Campaign"), "x")
        self.assertEqual(delivery.body, message.split(b"\r\n\r\n", 1)[1])
        self.signpostd.wait_for(stage="rcpt", action="observe", reason="suppressed", rule="trap")
        self.signpostd.wait_for(stage="rcpt", action="observe", reason="limit", rule="tiny")
        self.signpostd.wait_for(stage="message", action="observe", rcpts="3")


if __name__ == "__main__":
    cases.main()
