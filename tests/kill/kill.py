#!/usr/bin/env python3
"""kill -9 at random moments while mails come in and answers go out.

After each kill Kontor is started again; at the end everything is drained, and
then the database is compared with what was sent and what the mailboxes hold:

- every mail sent is in the database exactly once;
- every mail has been understood (it has its assistant run);
- every outgoing mail marked sent was delivered exactly once, one marked unknown
  at most once, and nothing was delivered that the outbox does not know;
- at most one mail is unknown per kill: between the server's 250 and our commit
  nobody can know;
- nothing is left queued, running or dead.

Run by scripts/test (section kill) with few rounds; needs root for the servers.
The whole of it: tests/kill/kill.py --rounds 20 --mails 300
"""

import argparse
import collections
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "mail"))
from mailkit import (  # noqa: E402  (the path above comes first)
    Checks, Kontor, Servers, bare, check_filed_once, check_replies, compose, connect_mailbox, wait_until,
)

SHOP = "hello@shop.test"


def senders(kontor, count):
    """Addresses to write from: the sample shop's buyers, who are answered, then
    strangers, who are handed over with a word. Each writes once, so that no
    limit on answers per address comes in between."""
    buyers = [row["email"] for row in kontor.rows(
        """SELECT DISTINCT lower(o.email) AS email FROM orders o JOIN shipments s ON s.order_id = o.id
           WHERE o.email <> '' AND s.status IN ('in_transit', 'out_for_delivery') ORDER BY o.email""")]
    strangers = (f"visitor{n}@elsewhere.test" for n in range(count))
    return (buyers + list(strangers))[:count]


def send_batch(servers, batch):
    """Sends one mail from each address; returns their Message-IDs."""
    sent = []
    for address in batch:
        mail = compose(address, SHOP, "Where is my order?", "Hello,\n\nwhere is my order? It has not arrived yet.\n")
        servers.send(mail)
        sent.append(bare(mail["Message-ID"]))
    return sent


def drain(kontor, servers, sent, seconds):
    """Waits until every mail is filed and understood and nothing is left to do."""
    def drained():
        filed = kontor.rows("SELECT count(*) AS n FROM messages m JOIN assistant_runs r ON r.message_id = m.id "
                            "WHERE m.kind = 'inbound' AND m.message_id LIKE '%@customer.test%'")
        return (
            filed[0]["n"] >= len(sent)
            and not kontor.rows("SELECT 1 FROM outbox WHERE state IN ('queued', 'sending') LIMIT 1")
            and not kontor.rows("SELECT 1 FROM jobs WHERE state = 'running' LIMIT 1")
            and servers.queue_is_empty()
        )

    try:
        wait_until("everything is filed and sent", seconds, drained, 0.5)
    except TimeoutError as error:
        print(f"note: {error}; the checks below say what is missing", flush=True)
    # A last moment for what nobody expects: a second delivery.
    time.sleep(2)


def verify(checks, kontor, servers, sent, kills):
    check = checks.that
    check_filed_once(check, kontor, sent)
    states = collections.Counter(row["state"] for row in kontor.rows(
        "SELECT i.state FROM inbound i JOIN channels c ON c.id = i.channel_id WHERE c.kind = 'email' AND c.address = ?", SHOP))
    check("the ledger has each mail once, filed", states == {"filed": len(sent)}, str(dict(states)))

    understood = {
        bare(row["message_id"]): row["action"] for row in kontor.rows(
            "SELECT m.message_id, r.action FROM assistant_runs r JOIN messages m ON m.id = r.message_id")}
    lost = [i for i in sent if i not in understood]
    check("every mail has its assistant run", not lost, f"{len(lost)} without: {lost[:5]}")
    print(f"note: actions {dict(collections.Counter(understood[i] for i in sent if i in understood))}", flush=True)

    # Only what was written in answer to our mails; the sample shop has sent mails of its own.
    replies = [headers for address, headers in servers.delivered() if address != SHOP]
    check_replies(check, kontor, sent, replies, kills)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=20, help="how many kills")
    options.add_argument("--mails", type=int, default=300, help="how many mails in all")
    options.add_argument("--seed", type=int, default=None, help="repeats the moments of an earlier run")
    options.add_argument("--artifacts", default=tempfile.gettempdir(), help="where logs are left")
    given = options.parse_args()
    if given.rounds < 1 or given.mails < given.rounds:
        options.error("at least one round, and one mail per round")
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    print(f"note: --seed {seed}, {given.rounds} kills, {given.mails} mails", flush=True)
    artifacts = pathlib.Path(given.artifacts)
    artifacts.mkdir(parents=True, exist_ok=True)
    log = artifacts / "kill-kontor.log"
    log.unlink(missing_ok=True)

    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="kontor-kill-") as folder, Servers() as servers:
        kontor = Kontor(f"{folder}/data", log)
        kontor.run("demo")
        connect_mailbox(kontor, servers, SHOP)
        addresses = senders(kontor, given.mails)
        sent = []
        try:
            for number in range(given.rounds):
                kontor.start()
                first, last = (len(addresses) * n // given.rounds for n in (number, number + 1))
                sent += send_batch(servers, addresses[first:last])
                # From in the middle of fetching to after the last answer.
                time.sleep(chance.uniform(0, 2.5))
                kontor.kill()
            kontor.start()
            drain(kontor, servers, sent, 60 + given.mails)
            checks.that("it stops gracefully at the end", kontor.stop() == 0)
            verify(checks, kontor, servers, sent, given.rounds)
        finally:
            kontor.stop()
            servers.keep_logs(artifacts)
    return checks.close("kill")


if __name__ == "__main__":
    sys.exit(main())
