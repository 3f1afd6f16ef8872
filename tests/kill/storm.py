#!/usr/bin/env python3
"""A bad week in some minutes: thousands of mails over a network that breaks.

Real servers on loopback (dovecot over TLS, postfix), between them and Kontor a
proxy that cuts connections: in the middle of FETCH, of IDLE, of DATA. While
mails come in and answers go out

- Kontor is killed (kill -9) at random moments and started again;
- both mail servers are restarted;
- the disk with Kontor's data is full for some seconds (a small tmpfs);
- the clock jumps two days ahead and back (libfaketime, where it is installed).

Then the weather calms, everything is drained, and the proof is made:

- `kontor mailbox compare` says that mailbox and ledger hold the same mails, and
  the mailbox was never marked, moved or emptied by us;
- every mail is in the database once;
- each reply marked sent lies once in its customer's mailbox; at most one is
  unknown per kill; none is missing; nothing was sent that the outbox does not know.

The mails: --out of them ask something, each from its own address, and get an
answer or a word that a person will write; the others come from machines, which
are filed and not answered. Needs root (servers, tmpfs).

scripts/test runs a small one. The whole of it:
tests/kill/storm.py --mails 10000 --out 2000 --rounds 50
"""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import pathlib
import random
import re
import shutil
import smtplib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "mail"))
from chaos import Chaos  # noqa: E402
from mailkit import Checks, Kontor, Servers, bare, check_filed_once, check_replies, compose, wait_until  # noqa: E402

SHOP = "hello@shop.test"
FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
DAY = 24 * 3600


class Disk:
    """A small tmpfs that can be full; a plain folder where nothing may be mounted."""

    def __init__(self, folder, megabytes):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.can = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", folder],
            check=False, stderr=subprocess.DEVNULL).returncode == 0
        self.ballast = self.folder / "ballast"

    def fill(self):
        with contextlib.suppress(OSError), self.ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    def free(self):
        self.ballast.unlink(missing_ok=True)

    def close(self):
        self.free()
        for _ in range(50 if self.can else 0):
            if subprocess.run(["umount", str(self.folder)], check=False, stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.2)


class Clock:
    """What Kontor thinks the time is, as an offset in seconds; true where faketime is missing."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder, "clock")
        self.can = FAKETIME.exists()
        self.jumps = 0
        self.set(0)

    def environment(self):
        if not self.can:
            return {}
        return {
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            # Waiting goes by the monotonic clock, which no clock setting moves (clock_gettime(2)).
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self.file)
        self.jumps += 1


def mails(kontor, count, asking):
    """What is sent, mixed: questions, each from its own address, and machines' mails."""
    buyers = [row["email"] for row in kontor.rows(
        """SELECT DISTINCT lower(o.email) AS email FROM orders o JOIN shipments s ON s.order_id = o.id
           WHERE o.email <> '' AND s.status IN ('in_transit', 'out_for_delivery') ORDER BY o.email""")]
    people = (buyers + [f"visitor{n}@elsewhere.test" for n in range(asking)])[:asking]
    out = [compose(address, SHOP, "Where is my order?", "Hello,\n\nwhere is my order? It has not arrived yet.\n")
           for address in people]
    out += [compose(f"list{n % 97}@machines.test", SHOP, f"Nightly report {n}",
                    f"Report {n}: all is well.\n" + "A line of the report, as machines write them.\n" * (n % 40),
                    Auto_Submitted="auto-generated", Precedence="bulk")
            for n in range(count - asking)]
    return out


class Sender(threading.Thread):
    """Hands the mails to the public door, some at a time; postfix is sometimes away."""

    def __init__(self, servers, batch, seconds):
        super().__init__(daemon=True)
        self.servers, self.batch = servers, batch
        self.pause = seconds / max(1, len(batch))
        self.sent, self.trouble = [], 0

    def run(self):
        host, port = self.servers.mx.split(":")

        def hand_over(part):
            smtp, ids = None, []
            for mail in part:
                while True:
                    try:
                        if smtp is None:
                            smtp = smtplib.SMTP(host, int(port), timeout=20)
                        smtp.send_message(mail)
                        break
                    except (OSError, smtplib.SMTPException):
                        # Sent twice is possible here and no fault: the same Message-ID is one mail.
                        self.trouble += 1
                        smtp = None
                        time.sleep(0.5)
                ids.append(bare(mail["Message-ID"]))
                time.sleep(self.pause * 4)
            if smtp:
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    smtp.quit()
            return ids

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for ids in pool.map(hand_over, [self.batch[n::4] for n in range(4)]):
                self.sent += ids


def drain(kontor, servers, total, seconds):
    def drained():
        filed = kontor.rows("SELECT count(*) AS n FROM inbound i JOIN channels c ON c.id = i.channel_id "
                            "WHERE c.address = ? AND i.state NOT IN ('received')", SHOP)[0]["n"]
        return (
            filed >= total
            and not kontor.rows("SELECT 1 FROM outbox WHERE state IN ('queued', 'sending') LIMIT 1")
            and not kontor.rows("SELECT 1 FROM jobs WHERE state = 'running' LIMIT 1")
            and not kontor.rows("SELECT 1 FROM jobs WHERE state = 'queued' AND kind IN ('inbound.file', 'message.understand') LIMIT 1")
            and servers.queue_is_empty()
        )

    try:
        wait_until("everything is filed and sent", seconds, drained, 1)
    except TimeoutError as error:
        print(f"note: {error}; the checks below say what is missing", flush=True)
    time.sleep(2)


def queue_number(headers):
    """The number postfix gave a mail when it took it, from its Received line."""
    for line in headers.get_all("Received", []):
        if found := re.search(r"\(Postfix\) with \w+ id (\w+)", " ".join(str(line).split())):
            return found[1]
    return None


def verify(checks, kontor, servers, sent, kills):
    check = checks.that
    lying = [(box, headers, flags) for box, headers, flags in servers.lying() if box == SHOP]
    proofs = json.loads(kontor.run("mailbox", "compare", SHOP, "--json", timeout=600))
    proof = proofs[0]
    print(f"note: proof {json.dumps(proof)}", flush=True)
    check(f"mailbox and ledger hold the same: {proof['in_mailbox']} = {proof['in_ledger']}",
          proof["ok"] and proof["in_mailbox"] == proof["in_ledger"] == len(lying) and proof["missing"] == 0, str(len(lying)))
    marked = [flags for _, _, flags in lying if flags]
    check("no mail in the mailbox was marked", not marked, str(marked[:3]))

    check_filed_once(check, kontor, sent)
    states = collections.Counter(row["state"] for row in kontor.rows(
        "SELECT i.state FROM inbound i JOIN channels c ON c.id = i.channel_id WHERE c.address = ?", SHOP))
    print(f"note: ledger {dict(states)}", flush=True)
    check("nothing is quarantined or unfiled", set(states) <= {"filed", "ignored", "duplicate"}, str(dict(states)))

    replies, seen = [], set()
    for box, headers, _ in servers.lying():
        if box == SHOP:
            continue
        # When dovecot is restarted, postfix may hand it a mail once more that it had taken
        # already: both copies bear the number under which postfix took it from us, once.
        taken = (bare(headers["Message-ID"]), queue_number(headers))
        if taken in seen:
            print(f"note: delivered twice by the servers themselves: {taken[1]}", flush=True)
            continue
        seen.add(taken)
        replies.append(headers)
    check_replies(check, kontor, sent, replies, kills)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mails", type=int, default=10_000, help="how many mails come in")
    options.add_argument("--out", type=int, default=2_000, help="how many of them are questions, which get a reply")
    options.add_argument("--rounds", type=int, default=50, help="how many kills")
    options.add_argument("--seconds", type=float, default=None, help="over how long the mails are sent (default: 3 a round)")
    options.add_argument("--disk", type=int, default=1_000, help="megabytes of the small disk")
    options.add_argument("--seed", type=int, default=None, help="repeats the moments of an earlier run")
    options.add_argument("--artifacts", default=tempfile.gettempdir(), help="where logs are left")
    given = options.parse_args()
    if given.rounds < 1 or not 0 < given.out <= given.mails:
        options.error("at least one round, and no more questions than mails")
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    print(f"note: --seed {seed}, {given.rounds} kills, {given.mails} mails in, {given.out} questions", flush=True)
    artifacts = pathlib.Path(given.artifacts)
    artifacts.mkdir(parents=True, exist_ok=True)
    log = artifacts / "storm-kontor.log"
    log.unlink(missing_ok=True)
    begun = time.monotonic()

    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="kontor-storm-") as folder, Servers() as servers:
        disk = Disk(f"{folder}/disk", given.disk)
        clock = Clock(folder)
        if not disk.can:
            print("note: no tmpfs can be mounted here: the disk is never full", flush=True)
        if not clock.can:
            print("note: no libfaketime (Debian package faketime): the clock stays", flush=True)
        kontor = Kontor(f"{folder}/disk/data", log)
        kontor.environment = {"SSL_CERT_FILE": servers.authority, **clock.environment()}
        # Decided here, not in the proxies' threads, so that a seed means the same run.
        fates = random.Random(seed + 1)
        # Until one was cut, every connection is cut early: a small storm must blow too.
        imap = Chaos(servers.imaps, lambda: ("down", 6_000) if not imap.cuts else fates.choice(
            [None, ("down", fates.randrange(1_000, 60_000)), ("down", fates.randrange(6_000, 600_000)), ("after", fates.uniform(0.3, 8))]))
        # A mail that was handed to the system whole is unknown when its connection is cut, as
        # after a kill. Few cuts leave the bound of one unknown a kill its meaning.
        most = max(1, given.rounds // 4)
        smtp = Chaos(servers.submit, lambda: None if smtp.cuts.total() >= most else fates.choice(
            [None, None, ("data", fates.randrange(1, 3_000))]))
        try:
            kontor.run("demo")
            kontor.run(
                "mailbox", "add", "--address", SHOP, "--imap", imap.address, "--imap-security", "tls",
                "--smtp", smtp.address, "--smtp-security", "plain", "--user", SHOP, "--password-stdin", "--no-check",
                stdin=servers.password + "\n")
            batch = mails(kontor, given.mails, given.out)
            chance.shuffle(batch)
            sender = Sender(servers, batch, given.seconds or 3 * given.rounds)
            sender.start()
            for number in range(given.rounds):
                kontor.start()
                time.sleep(chance.uniform(0, 3))
                match chance.randrange(8):
                    case 0:
                        servers.restart()
                    case 1 if disk.can:
                        disk.fill()
                        time.sleep(chance.uniform(0.5, 2))
                        if chance.random() < 0.5:
                            # Killed while the disk is full: it must start again once there is room.
                            kontor.kill()
                        disk.free()
                    case 2 if clock.can:
                        clock.set(chance.choice([2 * DAY, 3600, 0]))
                        time.sleep(chance.uniform(0.2, 1.5))
                kontor.kill()
                if number % 10 == 9:
                    print(f"note: {number + 1} kills, {time.monotonic() - begun:.0f} s", flush=True)
            clock.set(0)
            imap.calm = smtp.calm = True
            kontor.start()
            sender.join(600)
            checks.that("all mails were handed to the provider", len(sender.sent) == given.mails, str(len(sender.sent)))
            drain(kontor, servers, len(sender.sent), 300 + given.mails / 20)
            checks.that("it stops gracefully at the end", kontor.stop() == 0)
            print(f"note: cut {dict(imap.cuts)} of IMAP, {dict(smtp.cuts)} of SMTP; "
                  f"{servers.restarts} restarts, {clock.jumps - 2} jumps; {time.monotonic() - begun:.0f} s", flush=True)
            checks.that("connections were cut", sum(imap.cuts.values()) > 0)
            verify(checks, kontor, servers, sender.sent, given.rounds)
        finally:
            with contextlib.suppress(Exception):
                kontor.stop()
            servers.keep_logs(artifacts)
            if checks.failed:
                shutil.copytree(kontor.data, artifacts / "storm-data", dirs_exist_ok=True)
            disk.close()
    return checks.close("storm")


if __name__ == "__main__":
    sys.exit(main())
