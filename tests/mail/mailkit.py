"""What the tests with real mail share: servers, sending, mailboxes, Kontor.

Python's standard library only. Every wait has an end.
"""

import collections
import contextlib
import email
import email.message
import email.parser
import email.policy
import email.utils
import imaplib
import json
import os
import pathlib
import re
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def kontor_binary():
    """The program under test: TEST_KONTOR, else the debug build."""
    target = os.environ.get("CARGO_TARGET_DIR") or str(ROOT / "target")
    path = pathlib.Path(os.environ.get("TEST_KONTOR") or f"{target}/debug/kontor")
    if not path.exists():
        sys.exit(f"no kontor at {path}: build it, or set TEST_KONTOR")
    return str(path)


def kontor_environment():
    """The environment without the developer's own KONTOR_ settings; where the
    models lie is the one thing that is passed on."""
    return {
        name: value for name, value in os.environ.items()
        if not name.startswith("KONTOR_") or name == "KONTOR_MODELS"
    }


def wait_until(what, seconds, probe, pause=0.1):
    """The first true value of probe(), tried until `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(pause)


class Servers:
    """dovecot and postfix in a folder of their own; see servers.sh."""

    def __init__(self):
        # Short, and not inside a folder that the servers' users cannot enter.
        self.dir = tempfile.mkdtemp(prefix="kontor-mail-", dir="/tmp")

    def __enter__(self):
        try:
            subprocess.run(
                ["bash", str(HERE / "servers.sh"), "start", self.dir],
                check=True, stdout=subprocess.DEVNULL, timeout=60,
            )
        except Exception:
            self.__exit__()
            raise
        lines = pathlib.Path(self.dir, "env").read_text().split()
        env = dict(line.split("=", 1) for line in lines)
        self.password = env["TEST_PASSWORD"]
        self.imap, self.imaps, self.mx, self.submit = (
            env[f"TEST_{name}"] for name in ("IMAP", "IMAPS", "MX", "SUBMIT")
        )
        # The file of the authority that signed their certificate.
        self.authority = env["TEST_CA"]
        self.restarts = 0
        return self

    def restart(self):
        """Stops both servers and starts them again on the same ports."""
        subprocess.run(
            ["bash", str(HERE / "servers.sh"), "restart", self.dir],
            check=True, stdout=subprocess.DEVNULL, timeout=60,
        )
        self.restarts += 1

    def __exit__(self, *_):
        subprocess.run(
            ["bash", str(HERE / "servers.sh"), "stop", self.dir],
            stdout=subprocess.DEVNULL, timeout=60, check=False,
        )
        shutil.rmtree(self.dir, ignore_errors=True)

    def keep_logs(self, folder):
        """Copies the servers' logs into `folder`, to look at afterwards."""
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        for log in pathlib.Path(self.dir).glob("*.log"):
            with contextlib.suppress(OSError):
                shutil.copy(log, folder)

    def delivered(self):
        """Every message in every mailbox, as (address, parsed headers)."""
        return [(box, headers) for box, headers, _ in self.lying()]

    def lying(self):
        """Every message in every mailbox, as (address, parsed headers, flags); read
        from the maildirs, which is much faster than IMAP for hundreds of boxes."""
        parser = email.parser.BytesHeaderParser(policy=email.policy.default)
        found = []
        for path in pathlib.Path(self.dir, "mail").glob("*/Maildir/*/*"):
            if path.parent.name in ("new", "cur"):
                with path.open("rb") as file:
                    # The flags stand behind ":2," (https://cr.yp.to/proto/maildir.html).
                    flags = path.name.partition(":2,")[2]
                    found.append((path.parts[-4], parser.parse(file), flags))
        return found

    def queue_is_empty(self):
        """Has postfix delivered everything it took?"""
        spool = pathlib.Path(self.dir, "postfix/spool")
        return not any(
            path.is_file() for queue in ("maildrop", "incoming", "active", "deferred")
            for path in spool.glob(f"{queue}/**/*")
        )

    def send(self, message, sender=None, to=None):
        """Hands a message to the public door, as a customer's provider would."""
        host, port = self.mx.split(":")
        with smtplib.SMTP(host, int(port), timeout=20) as smtp:
            smtp.send_message(message, from_addr=sender, to_addrs=to)

    def mailbox(self, address):
        """Every message in the INBOX of `address`, parsed, oldest first."""
        host, port = self.imap.split(":")
        box = imaplib.IMAP4(host, int(port), timeout=20)
        try:
            box.login(address, self.password)
            box.select("INBOX", readonly=True)
            _, found = box.uid("SEARCH", "ALL")
            messages = []
            for uid in found[0].split():
                _, parts = box.uid("FETCH", uid, "(BODY.PEEK[])")
                raw = parts[0][1]
                messages.append(email.message_from_bytes(raw, policy=email.policy.default))
            return messages
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                box.logout()


def compose(sender, to, subject, text, **headers):
    """A plain text mail as a common client writes it; returns an EmailMessage."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = email.utils.formatdate(localtime=True)
    message["Message-ID"] = email.utils.make_msgid(domain="customer.test")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Kontor:
    """A Kontor on a data folder: its commands, its server, its database."""

    def __init__(self, data, log):
        self.binary = kontor_binary()
        self.data = str(data)
        self.log = pathlib.Path(log)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None
        # Beside what every Kontor gets; for tests with an authority or a clock of their own.
        self.environment = {}

    def run(self, *arguments, stdin=None, timeout=300):
        """Runs `kontor ARGUMENTS --data DIR`; returns its standard output."""
        done = subprocess.run(
            [self.binary, *arguments, "--data", self.data],
            input=stdin, capture_output=True, text=True, timeout=timeout, check=False,
            env={**kontor_environment(), **self.environment},
        )
        with self.log.open("a") as log:
            log.write(f"$ kontor {' '.join(arguments)}\n{done.stderr}")
        if done.returncode:
            raise RuntimeError(
                f"kontor {' '.join(arguments)} ended with {done.returncode}:\n"
                f"{done.stdout}\n{done.stderr}"
            )
        return done.stdout

    def json(self, *arguments, **options):
        """The one JSON document that the command prints with --json."""
        return json.loads(self.run(*arguments, "--json", **options))

    def start(self, *options, seconds=60):
        """Starts the server and waits until it is ready."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data", self.data,
                 "--listen", f"127.0.0.1:{self.port}", *options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**kontor_environment(), **self.environment},
            )

        def ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"kontor serve ended with {self.process.returncode}; see {self.log}")
            try:
                with urllib.request.urlopen(f"{self.base}/readyz", timeout=2) as answer:
                    return answer.status == 200
            except OSError:
                return False

        wait_until("kontor serve is ready", seconds, ready, 0.05)

    def kill(self):
        """kill -9, and wait for the body."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=30):
        """A graceful stop; returns the exit code."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def rows(self, sql, *values):
        """Reads the database beside the running server."""
        path = f"file:{self.data}/kontor.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(sql, values).fetchall()


def connect_mailbox(kontor, servers, address):
    """Connects the shop's mailbox, as an operator does on the command line."""
    kontor.run(
        "mailbox", "add", "--address", address,
        "--imap", servers.imap, "--imap-security", "plain",
        "--smtp", servers.submit, "--smtp-security", "plain",
        "--user", address, "--password-stdin",
        stdin=servers.password + "\n",
    )


class Checks:
    """Named checks that are counted and told as they come."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, name, truth, detail=""):
        if truth:
            self.passed += 1
            print(f"ok      {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {name}" + (f": {detail}" if detail else ""), flush=True)
        return bool(truth)

    def close(self, word):
        """Prints the closing line and returns the exit code."""
        print(f"{word}: {self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0


def bare(message_id):
    """A Message-ID without its angle brackets; empty for none."""
    return (message_id or "").strip().strip("<>")


def check_filed_once(check, kontor, sent):
    """Every mail of `sent` (bare Message-IDs) is one message of the database."""
    inbound = collections.Counter(
        bare(row["message_id"])
        for row in kontor.rows("SELECT message_id FROM messages WHERE kind = 'inbound' AND message_id IS NOT NULL"))
    missing = [i for i in sent if inbound[i] == 0]
    doubled = [i for i in sent if inbound[i] > 1]
    check(f"every mail of {len(sent)} is in the database", not missing, f"{len(missing)} missing: {missing[:5]}")
    check("no mail is there twice", not doubled, f"{len(doubled)} doubled: {doubled[:5]}")


def check_replies(check, kontor, sent, replies, kills):
    """Each reply lies once at its receiver or is known as unknown, at most one a kill, and
    nothing is left to do. `replies` are the parsed headers of what lies there."""
    delivered, answered = collections.Counter(), collections.Counter()
    for headers in replies:
        delivered[bare(headers["Message-ID"])] += 1
        answered[bare(headers["In-Reply-To"])] += 1
    ours = set(sent)
    outbox = {bare(row["mail_id"]): row["state"] for row in kontor.rows("SELECT mail_id, state FROM outbox")}
    tally = collections.Counter(outbox.values())
    print(f"note: outbox {dict(tally)}, {sum(delivered.values())} mails delivered", flush=True)
    sent_mails = [i for i, state in outbox.items() if state == "sent"]
    check("there were replies at all", len(sent_mails) > 0)
    wrong = {i: delivered[i] for i in sent_mails if delivered[i] != 1}
    check(f"each of {len(sent_mails)} replies marked sent was delivered once", not wrong, str(dict(list(wrong.items())[:5])))
    wrong = {i: delivered[i] for i, state in outbox.items() if state == "unknown" and delivered[i] > 1}
    check("no reply marked unknown was delivered twice", not wrong, str(wrong))
    check(f"at most one unknown per kill ({tally['unknown']} of {kills})", tally["unknown"] <= kills)
    stray = [i for i in delivered if i not in outbox]
    check("nothing was delivered that the outbox does not know", not stray, str(stray[:5]))
    twice = {i: n for i, n in answered.items() if i in ours and n > 1}
    check("no question got two replies", not twice, str(dict(list(twice.items())[:5])))
    left = {state: n for state, n in tally.items() if state not in ("sent", "unknown", "cancelled")}
    check("nothing is left in the outbox", not left, str(left))
    dead = kontor.rows("SELECT kind, last_error FROM jobs WHERE state IN ('running', 'dead')")
    check("no job is left running or dead", not dead, str([tuple(d) for d in dead[:5]]))
    fine = kontor.rows("PRAGMA integrity_check")[0][0]
    check("the database is whole", fine == "ok", fine)


def text_of(message):
    """The plain text of a parsed message."""
    part = message.get_body(preferencelist=("plain", "html"))
    return part.get_content() if part else ""


def message_ids(value):
    """The message ids in a References or In-Reply-To header."""
    return re.findall(r"<[^<>\s]+>", value or "")
