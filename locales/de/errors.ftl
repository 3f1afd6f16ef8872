# What went wrong, whether anything was lost, what to do.

error-notfound-title = Diese Seite gibt es nicht
error-notfound-text = Vielleicht ist die Adresse vertippt, oder der Inhalt wurde entfernt. Es ging nichts verloren.
error-forbidden-title = Das ist Ihnen nicht zugänglich
error-forbidden-text = Sie sind nicht angemeldet, oder Ihre Rolle umfasst das nicht. Bitte melden Sie sich neu an.
error-invalid-title = Das konnten wir nicht annehmen
error-invalid-text = Im Formular fehlt etwas oder hat eine andere Form. Es wurde nichts geändert.
error-toomany-title = Zu viele Versuche
error-toomany-text = { $count ->
    [one] Bitte warten Sie { $count } Sekunde und versuchen Sie es noch einmal.
   *[other] Bitte warten Sie { $count } Sekunden und versuchen Sie es noch einmal.
}
error-broken-title = Bei uns ist etwas schiefgegangen
error-broken-text = Nichts von dem, was Sie geschrieben haben, wurde gesendet. Bitte versuchen Sie es noch einmal.
error-back = Zurück zum Anfang
error-sign-in = Adresse oder Passwort stimmt nicht.
error-password-short = Das Passwort braucht mindestens 10 Zeichen.
error-email = Das ist keine Mailadresse.
error-name = Der Name fehlt.
error-role = Diese Rolle gibt es nicht.
error-email-taken = Jemand mit dieser Adresse ist schon hier.
error-last-owner = Der letzte Inhaber kann nicht gesperrt werden.
error-preferences = Diese Sprache oder dieses Thema gibt es nicht.
error-priority = Diese Priorität gibt es nicht.
error-snooze = Die Zeit muss im kommenden Jahr liegen.
error-tag = Ein Schlagwort hat 1 bis 40 Zeichen.
error-reply-empty = Die Antwort ist leer.
error-reply-long = Der Text ist zu lang.
error-note-empty = Die Notiz ist leer.
error-no-recipient = Es gibt keine Adresse, an die man antworten kann.
error-inbound-filed = Diese Nachricht ist schon abgelegt.
error-outbox-state = Der Stand hat sich geändert. Bitte sehen Sie noch einmal nach.
error-draft-held = Dieser Entwurf sagt etwas, das keine Quelle belegt. Ändern Sie ihn und senden Sie ihn als Ihren eigenen.
error-article-title = Der Titel fehlt oder ist zu lang.
