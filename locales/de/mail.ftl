# Sign-in code for a customer
mail-code-subject = Ihr Code für { $shop }: { $code }
mail-code-title = Ihr Anmeldecode
mail-code-text = Geben Sie diesen Code dort ein, wo Sie ihn angefordert haben:
mail-code-or = Oder öffnen Sie Ihre Bestellungen mit diesem Link:
mail-code-button = Meine Bestellungen öffnen
mail-code-valid = Code und Link gelten einmal, { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
    } lang.
mail-code-not-you = Sie haben das nicht angefordert? Dann müssen Sie nichts tun: Ohne den Code sieht niemand Ihre Bestellungen. Wir fragen Sie nie danach.

# Under every mail to a customer
mail-footer-why = Sie bekommen diese E-Mail, weil Sie { $shop } geschrieben haben.
mail-footer-asked = Sie bekommen diese E-Mail, weil mit Ihrer Adresse bei { $shop } ein Code angefordert wurde.
mail-footer-portal = Ihre Bestellungen und Nachrichten
mail-footer-automatic = Dies ist eine automatische Bestätigung.

# After the contact form
mail-contact-subject = Wir haben Ihre Nachricht
mail-contact-title = Ihre Nachricht ist angekommen
mail-contact-text = Danke, dass Sie { $shop } geschrieben haben. Wir lesen Ihre Nachricht und antworten an diese Adresse. Wenn Sie etwas ergänzen möchten, antworten Sie einfach auf diese E-Mail.
mail-contact-not-you = Wenn Sie uns nicht geschrieben haben, hat jemand Ihre Adresse eingetippt. Sie müssen nichts tun.

# Invitation of a colleague
mail-invite-subject = { $name } lädt Sie zu Kontor ein
mail-invite-title = Ihr Platz bei { $shop }
mail-invite-text = { $name } möchte mit Ihnen zusammen die Kundschaft von { $shop } betreuen. Wählen Sie ein Passwort und fangen Sie an:
mail-invite-button = Passwort wählen
mail-invite-valid = Der Link gilt einmal, { $count ->
    [one] einen Tag
   *[other] { $count } Tage
    } lang.
mail-invite-not-you = Wenn Sie { $name } nicht kennen, beachten Sie diese E-Mail nicht.
mail-files-linked = Diese Dateien sind zu groß für eine E-Mail. Sie können sie bis { $date } herunterladen:
