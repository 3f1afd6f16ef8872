#!/usr/bin/env python3
"""The story Kontor is for, with real mail: customers write, dovecot and postfix
carry, and what lies in the customers' mailboxes afterwards is looked at.

Run by scripts/test (section mail); needs root for the servers. The orders are
those of the sample shop.
"""

import argparse
import pathlib
import sys
import tempfile
import time

from mailkit import (
    Checks, Kontor, Servers, compose, connect_mailbox, message_ids, text_of, wait_until,
)

SHOP = "hello@shop.test"
# "Within seconds", for a debug build on two busy cores.
SECONDS = 30


def orders_under_way(kontor, language):
    """Orders on their way, of buyers who have but one, so that a mail without an
    order number has one right answer."""
    return kontor.rows(
        """SELECT o.number, o.email, o.customer_name, o.shipping_address,
                  s.tracking_number, s.tracking_url
           FROM orders o JOIN shipments s ON s.order_id = o.id
           WHERE o.language = ? AND s.status IN ('in_transit', 'out_for_delivery')
             AND s.tracking_url <> ''
             AND (SELECT count(*) FROM orders x WHERE x.email = o.email) = 1
             AND (SELECT count(*) FROM shipments x WHERE x.order_id = o.id) = 1
           ORDER BY o.id""",
        language,
    )


class Story:
    def __init__(self, checks, servers, kontor):
        self.checks, self.servers, self.kontor = checks, servers, kontor

    def mails_to(self, address):
        return self.servers.mailbox(address.lower())

    def run_of(self, mail):
        """The assistant's run for a mail we sent, once it is there."""
        rows = self.kontor.rows(
            """SELECT r.*, c.needs, c.priority, c.status, c.id AS conversation, c.sentiment
               FROM messages m
               JOIN assistant_runs r ON r.message_id = m.id
               JOIN conversations c ON c.id = m.conversation_id
               WHERE m.kind = 'inbound' AND trim(m.message_id, '<>') = ?""",
            mail["Message-ID"].strip("<>"),
        )
        return rows[0] if rows else None

    def wait_run(self, mail):
        return wait_until("the assistant's run", SECONDS, lambda: self.run_of(mail))

    def settle(self):
        """Waits until nothing is left to do or to send."""
        wait_until(
            "an empty queue of jobs and mails", SECONDS,
            lambda: not self.kontor.rows("SELECT 1 FROM outbox WHERE state IN ('queued', 'sending')")
            and not self.kontor.rows("SELECT 1 FROM jobs WHERE state = 'running'")
            and self.servers.queue_is_empty(),
        )
        time.sleep(0.5)

    def where_is_my_order(self, order):
        check = self.checks.that
        mail = compose(
            order["email"], SHOP, "¿Dónde está mi pedido?",
            "Hola:\n\n¿Dónde está mi pedido? Todavía no ha llegado.\n\nGracias y un saludo\n",
        )
        begun = time.monotonic()
        self.servers.send(mail)
        replies = wait_until("a reply", SECONDS, lambda: self.mails_to(order["email"]))
        took = time.monotonic() - begun
        check(f"a buyer's question is answered within seconds ({took:.1f} s)", took < SECONDS)
        self.settle()
        replies = self.mails_to(order["email"])
        check("it is answered once", len(replies) == 1, f"{len(replies)} mails")
        reply, text = replies[0], text_of(replies[0])
        check("the reply has the tracking number", order["tracking_number"] in text, text)
        check("the reply has the tracking link", order["tracking_url"] in text, text)
        check("the reply is in Spanish", "pedido" in text.lower() and "your order" not in text.lower(), text)
        check("the reply says that an assistant wrote it", "asistente" in text.lower(), text)
        check("In-Reply-To is the question", reply["In-Reply-To"] == mail["Message-ID"], str(reply["In-Reply-To"]))
        check("References end with the question",
              message_ids(reply["References"])[-1:] == [mail["Message-ID"]], str(reply["References"]))
        check("it is marked as automatic (RFC 3834)", reply["Auto-Submitted"] == "auto-replied",
              str(reply["Auto-Submitted"]))
        check("the subject stays, with Re:", reply["Subject"] == "Re: ¿Dónde está mi pedido?", reply["Subject"])
        check("it comes from the shop's mailbox", reply["From"].addresses[0].addr_spec == SHOP, str(reply["From"]))
        run = self.run_of(mail)
        check("the run is kept: action answer", run is not None and run["action"] == "answer")
        return mail, reply

    def thanks(self, order, reply):
        """The customer's answer to the answer stays in its conversation."""
        before = self.kontor.rows("SELECT count(*) AS n FROM conversations")[0]["n"]
        mail = compose(
            order["email"], SHOP, reply["Subject"], "Muchas gracias, perfecto.\n",
            In_Reply_To=reply["Message-ID"],
            References=f"{reply['References']} {reply['Message-ID']}",
        )
        self.servers.send(mail)
        self.wait_run(mail)
        after = self.kontor.rows("SELECT count(*) AS n FROM conversations")[0]["n"]
        self.checks.that("a reply to the reply opens no new conversation", before == after, f"{before} then {after}")

    def no_detail(self, who, address, order):
        """None of the mails to `address` tells anything of the order."""
        told = " ".join(text_of(m) for m in self.mails_to(address))
        secrets = [order["tracking_number"], order["tracking_url"], order["customer_name"], order["email"]]
        leaked = [s for s in secrets if s and s in told]
        self.checks.that(f"{who} learns nothing of the order", not leaked, f"{leaked} in: {told}")

    def stranger(self, order):
        stranger = "curiosa@extranjera.test"
        mail = compose(
            stranger, SHOP, "¿Dónde está mi pedido?",
            f"Hola:\n\n¿Dónde está mi pedido {order['number']}? Todavía no ha llegado.\n",
        )
        self.servers.send(mail)
        run = self.wait_run(mail)
        self.settle()
        self.no_detail("a stranger who knows the order number", stranger, order)
        self.checks.that("the stranger is not answered as a buyer", run["action"] != "answer", run["action"])

    def forged(self, order):
        thief = "ladron@extranjera.test"
        mail = compose(
            order["email"], SHOP, "Mi pedido", "Hola:\n\n¿Dónde está mi pedido?\n", Reply_To=thief,
        )
        self.servers.send(mail)
        self.wait_run(mail)
        self.settle()
        self.no_detail("a differing Reply-To", thief, order)

    def furious(self, order):
        check = self.checks.that
        mail = compose(
            order["email"], SHOP, "INACEPTABLE!!!",
            "¡Esto es una vergüenza! Llevo semanas esperando y nadie contesta. Sois unos estafadores, "
            "estoy furiosa. ¿Dónde está mi pedido? ¡Exijo hablar con una persona ya mismo o voy a "
            "denunciarlos a mi abogado!\n",
        )
        self.servers.send(mail)
        run = self.wait_run(mail)
        self.settle()
        run = self.run_of(mail)
        check("a furious mail goes to a person", run["action"] in ("handover", "draft") and run["needs"] != "none",
              f"{run['action']}, needs {run['needs']}")
        check("it is urgent", run["priority"] == 2, str(run["priority"]))
        top = self.kontor.rows(
            """SELECT id FROM conversations WHERE status = 'open'
               ORDER BY priority DESC, last_message_at DESC, id DESC LIMIT 1"""
        )[0]["id"]
        check("it is on top of the list", top == run["conversation"])
        drafts = self.kontor.rows(
            "SELECT body FROM drafts WHERE conversation_id = ? AND user_id = 0", run["conversation"])
        check("a draft is waiting", len(drafts) == 1 and drafts[0]["body"].strip() != "")
        told = " ".join(text_of(m) for m in self.mails_to(order["email"]))
        check("no automatic order answer is sent", order["tracking_number"] not in told, told)

    def outside_the_knowledge(self):
        address = "verein@fussball.test"
        mail = compose(
            address, SHOP, "Sponsoring",
            "Guten Tag,\n\nwürden Sie die Trikots unserer Fußballmannschaft sponsern, und hätten Sie "
            "am Samstag Zeit für ein Treffen im Vereinsheim?\n\nViele Grüße\nJörg\n",
        )
        self.servers.send(mail)
        run = self.wait_run(mail)
        self.settle()
        run = self.run_of(mail)
        self.checks.that("a question outside the knowledge base is handed over",
                         run["action"] == "handover" and run["needs"] != "none",
                         f"{run['action']}, needs {run['needs']}")
        told = self.mails_to(address)
        self.checks.that("its customer gets a word", len(told) == 1, f"{len(told)} mails")
        if told:
            self.checks.that("the word is a threaded, automatic mail",
                             told[0]["In-Reply-To"] == mail["Message-ID"]
                             and told[0]["Auto-Submitted"] == "auto-replied")

    def machine(self, order):
        """Two machines never talk to each other."""
        mail = compose(
            "noreply@maschine.test", SHOP, "Abwesend: wo ist meine Bestellung",
            "Ich bin bis Montag nicht im Büro. Wo ist meine Bestellung?\n", Auto_Submitted="auto-replied",
        )
        self.servers.send(mail)
        wait_until("the mail is filed", SECONDS, lambda: self.kontor.rows(
            "SELECT 1 FROM messages WHERE trim(message_id, '<>') = ?", mail["Message-ID"].strip("<>")))
        self.settle()
        self.checks.that("an automatic mail is not answered", not self.mails_to("noreply@maschine.test"))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--artifacts", default=tempfile.gettempdir(), help="where logs are left")
    artifacts = pathlib.Path(options.parse_args().artifacts)
    artifacts.mkdir(parents=True, exist_ok=True)
    log = artifacts / "story-kontor.log"
    log.unlink(missing_ok=True)

    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="kontor-story-") as folder, Servers() as servers:
        kontor = Kontor(f"{folder}/data", log)
        kontor.run("demo")
        connect_mailbox(kontor, servers, SHOP)
        kontor.start()
        try:
            # The sample shop's articles become searchable by meaning in the background; a
            # debug build on two busy cores takes its time for the five hundred passages.
            wait_until(
                "articles searchable by meaning", 300,
                lambda: not kontor.rows("SELECT 1 FROM jobs WHERE kind = 'knowledge.embed'"),
            )
            story = Story(checks, servers, kontor)
            buyers = orders_under_way(kontor, "es")
            if not checks.that("the sample shop has Spanish orders under way", len(buyers) >= 4, f"{len(buyers)}"):
                return checks.close("story")
            _, reply = story.where_is_my_order(buyers[0])
            story.thanks(buyers[0], reply)
            story.stranger(buyers[1])
            story.forged(buyers[2])
            story.furious(buyers[3])
            story.outside_the_knowledge()
            story.machine(buyers[0])
            dead = kontor.rows("SELECT kind, last_error FROM jobs WHERE state = 'dead'")
            checks.that("no job died", not dead, str([tuple(d) for d in dead]))
            checks.that("it stops gracefully", kontor.stop() == 0)
        except TimeoutError as error:
            checks.that(str(error), False)
        finally:
            kontor.stop()
            servers.keep_logs(artifacts)
    return checks.close("story")


if __name__ == "__main__":
    sys.exit(main())
