#!/usr/bin/env python3
"""The mail servers of the tests, tried by themselves, so that a story that
fails is not the servers' fault."""

import smtplib
import sys

from mailkit import Checks, Servers, compose, text_of, wait_until


def main():
    checks = Checks()
    with Servers() as servers:
        mail = compose("ana@correo.test", "help@shop.test", "¿Dónde está?", "Hola, ¿dónde está mi pedido?")
        servers.send(mail)
        got = wait_until("the mail in the shop's box", 20, lambda: servers.mailbox("help@shop.test"))
        checks.that("mail from the world lies in the shop's mailbox", len(got) == 1)
        checks.that("its text is whole", "¿dónde está mi pedido?" in text_of(got[0]))
        checks.that("its Message-ID is kept", got[0]["Message-ID"] == mail["Message-ID"])

        host, port = servers.submit.split(":")
        reply = compose("help@shop.test", "ana@correo.test", "Re: ¿Dónde está?", "Aquí.")
        with smtplib.SMTP(host, int(port), timeout=20) as smtp:
            try:
                smtp.send_message(reply)
                refused = False
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused):
                refused = True
        checks.that("submission without a sign-in is refused", refused)
        with smtplib.SMTP(host, int(port), timeout=20) as smtp:
            try:
                smtp.login("help@shop.test", "wrong")
                code = 0
            except smtplib.SMTPAuthenticationError as error:
                code = error.smtp_code
        checks.that("a wrong password gets 535", code == 535, str(code))
        with smtplib.SMTP(host, int(port), timeout=20) as smtp:
            smtp.login("help@shop.test", "secret")
            smtp.send_message(reply)
        got = wait_until("the reply in the customer's box", 20, lambda: servers.mailbox("ana@correo.test"))
        checks.that("submitted mail lies in the customer's mailbox", got[0]["Message-ID"] == reply["Message-ID"])

        with smtplib.SMTP(host, int(port), timeout=20) as smtp:
            smtp.login("help@shop.test", "secret")
            smtp.send_message(compose("help@shop.test", "gone@bounce.test", "Hello", "Are you there?"))
        got = wait_until(
            "the bounce", 30,
            lambda: [m for m in servers.mailbox("help@shop.test") if m.get_content_type() == "multipart/report"],
        )
        checks.that("mail to bounce.test comes back as a bounce", "5.1.1" in got[0].as_string())
    return checks.close("servers")


if __name__ == "__main__":
    sys.exit(main())
