# Every page
portal-skip = Zum Inhalt
portal-nav = Ihr Konto
portal-nav-orders = Bestellungen
portal-nav-messages = Nachrichten
portal-nav-help = Hilfe
portal-nav-contact = Kontakt
portal-sign-out = Abmelden
portal-language = Sprache

# Signing in
portal-home-title = Ihre Bestellungen
portal-home-lead = Sehen Sie, wo Ihr Paket ist und was wir uns geschrieben haben. Sie brauchen kein Konto und kein Passwort.
portal-by-email = Mit Ihrer E-Mail-Adresse
portal-by-number = Mit einer Bestellnummer
portal-email = E-Mail-Adresse
portal-email-hint = Die Adresse, mit der Sie bestellt haben. Dorthin senden wir einen Anmeldecode.
portal-send-code = Code zusenden
portal-order-number = Bestellnummer
portal-email-or-phone = E-Mail-Adresse oder Telefonnummer
portal-number-hint = Wie in der Bestellung angegeben. Der Code geht nur an die E-Mail-Adresse in der Bestellung.
portal-find-order = Bestellung finden
portal-other-ways = Ohne Anmeldung
portal-contact-short = Ein Mensch liest, was Sie schreiben
portal-privacy-title = Nur Sie sehen Ihre Bestellungen
portal-privacy = Ein Code öffnet diese Seite nur für die Adresse, an die er ging. Er gilt einmal und nur kurze Zeit.
portal-code-title = Sehen Sie in Ihr Postfach
portal-code-lead = Wenn Ihre Angaben zu einer Bestellung oder Nachricht passen, wurde ein Code gesendet. Öffnen Sie den Link in der E-Mail oder geben Sie den Code hier ein.
portal-code-enter = Code eingeben
portal-code = Code aus der E-Mail
portal-code-hint = Sechs Ziffern, { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
    } gültig.
portal-sign-in = Anmelden
portal-code-none = Keine E-Mail bekommen?
portal-code-none-text = Sehen Sie auch im Spam-Ordner nach. Vielleicht haben Sie mit einer anderen Adresse bestellt, oder die Nummer schreibt sich anders.
portal-code-again = Noch einmal versuchen
portal-link-title = Noch ein Schritt zu Ihren Bestellungen
portal-link-lead = Mit dem Knopf öffnen Sie Ihre Bestellungen bei { $shop } auf diesem Gerät.

# Orders
portal-orders-title = Ihre Bestellungen
portal-orders-lead = Alle Bestellungen von { $email }, gleich wo Sie bestellt haben.
portal-orders-none = Keine Bestellung unter dieser Adresse
portal-orders-none-text = Wenn Sie mit einer anderen Adresse bestellt haben, melden Sie sich damit an. Oder schreiben Sie uns, wir sehen nach.
portal-order-of = Bestellung { $number } vom { $date }.
portal-expected = Die Zustellung wird für { $date } erwartet.
portal-was-expected = Es war für { $date } angekündigt und ist verspätet. Das tut uns leid.
portal-head-pending = Wir warten auf Ihre Zahlung.
portal-head-preparing = Wir bereiten Ihre Bestellung vor.
portal-head-label-created = Ihr Paket wird gerade übergeben.
portal-head-in-transit = Ihr Paket ist unterwegs.
portal-head-out-for-delivery = Ihr Paket ist in der Zustellung.
portal-head-delivered = Ihr Paket wurde zugestellt.
portal-head-exception = Mit Ihrem Paket gibt es ein Problem.
portal-head-returned = Ihr Paket ging an uns zurück.
portal-head-late = Ihr Paket ist verspätet.
portal-head-cancelled = Diese Bestellung wurde storniert.
portal-head-refunded = Diese Bestellung wurde erstattet.
portal-head-several = Ihre Bestellung kommt in { $count } Paketen.
portal-state-pending = Noch nicht bezahlt
portal-state-paid = In Vorbereitung
portal-state-shipped = Verschickt
portal-state-delivered = Zugestellt
portal-state-cancelled = Storniert
portal-state-refunded = Erstattet
portal-parcel = Wo ist mein Paket?
portal-parcel-of = Paket { $number } von { $count }
portal-stop-label-created = Etikett gedruckt
portal-stop-in-transit = Unterwegs
portal-stop-out-for-delivery = In der Zustellung
portal-stop-delivered = Zugestellt
portal-stop-exception = Problem unterwegs
portal-stop-returned = An uns zurück
portal-stop-shipped = Dem Paketdienst übergeben
portal-stop-expected = Zustellung erwartet
portal-stop-expected-late = Zustellung war erwartet
portal-stop-ordered = Bestellt
portal-stage-ordered = Bestellt
portal-stage-packed = Verpackt
portal-stage-way = Unterwegs
portal-stage-there = Bei Ihnen
portal-voyage = Abschnitt { $number } von 4: { $name }
portal-tracking-number = Sendungsnummer
portal-track-at-carrier = Beim Paketdienst verfolgen
portal-lines-title = Was Sie bestellt haben
portal-lines-count = { $count ->
    [one] ein Stück
   *[other] { $count } Stück
    }
portal-rest = Versand, Gebühren und Rabatte
portal-total = Summe
portal-refund-pending = Erstattung vom { $date }, noch nicht ausgezahlt
portal-refund-paid = Erstattet am { $date }
portal-refund-failed = Erstattung vom { $date } fehlgeschlagen
portal-acts-title = Das können Sie jetzt tun
portal-act-write = Zu dieser Bestellung fragen
portal-act-write-note = Die Bestellnummer ist schon eingetragen
portal-order-facts = Zu dieser Bestellung
portal-order-date = Bestellt am
portal-order-platform = Gekauft bei
portal-order-state = Stand
portal-order-address = Lieferadresse

# Messages
portal-messages-title = Ihre Nachrichten
portal-messages-lead = Was Sie und { $shop } sich geschrieben haben.
portal-messages-none = Noch keine Nachrichten
portal-new-message = Neue Nachricht schreiben
portal-no-subject = Nachricht
portal-talk = Nachrichten, älteste zuerst
portal-talk-waiting = Wir sind mit Antworten dran.
portal-talk-answered = Wir haben geantwortet.
portal-talk-closed = Diese Sache ist abgeschlossen. Wenn Sie schreiben, öffnen Sie sie wieder.
portal-tag-waiting = Antwort folgt
portal-tag-answered = Beantwortet
portal-tag-closed = Abgeschlossen
portal-by-you = Sie
portal-by-assistant = Assistent
portal-reply-title = Antworten
portal-reply-send = Absenden
portal-reply-sent = Ihre Nachricht ist angekommen.
portal-message = Ihre Nachricht

# Contact form
portal-contact-title = Schreiben Sie uns
portal-contact-lead = { $shop } liest jede Nachricht. Während Sie schreiben, erscheinen Artikel, die vielleicht schon antworten.
portal-name = Ihr Name
portal-optional = (freiwillig)
portal-contact-email-hint = Dorthin geht unsere Antwort.
portal-contact-send = Nachricht absenden
portal-contact-sent-title = Ihre Nachricht ist angekommen.
portal-contact-sent = Wir antworten an die E-Mail-Adresse, die Sie angegeben haben.
portal-suggest-title = Vielleicht steht es hier
portal-contact-other = Ohne zu schreiben
portal-home-short = Wo ist mein Paket?
portal-trap = Bitte leer lassen

# What went wrong
portal-error-not-found-title = Diese Seite gibt es nicht.
portal-error-not-found = Vielleicht wurde sie verschoben, oder sie gehört jemand anderem. Melden Sie sich an, um Ihre Bestellungen und Nachrichten zu sehen.
portal-error-too-many-title = Zu viele Versuche.
portal-error-too-many = Zum Schutz aller Bestellungen machen wir hier eine Pause. Bitte warten Sie eine Viertelstunde und versuchen Sie es noch einmal. Es geht nichts verloren.
portal-error-expired-title = Dieser Link gilt nicht mehr.
portal-error-expired = Er gilt einmal und nur kurze Zeit. Fordern Sie einen neuen an, er kommt sofort.
portal-error-code = Der Code passt nicht oder gilt nicht mehr. Bitte prüfen Sie ihn oder fordern Sie einen neuen an.
portal-error-email = Bitte schreiben Sie eine vollständige Adresse, etwa name@example.com.
portal-error-message = Bitte schreiben Sie, was wir für Sie tun können.
portal-error-too-long = Diese Nachricht ist zu lang. Bitte kürzen Sie sie.
portal-error-server-title = Bei uns ist etwas schiefgegangen.
portal-error-server = Bitte versuchen Sie es gleich noch einmal. Wenn Sie eine Nachricht gesendet und keine Bestätigung gesehen haben, senden Sie sie noch einmal.
portal-error-refused-title = Dieses Formular kam von woanders.
portal-error-refused = Bitte öffnen Sie die Seite hier neu und senden Sie es noch einmal.

# Help centre
help-title = Hilfe
help-lead = Versand, Rückgabe, Größen und mehr
help-home-title = Wie können wir helfen?
help-description = Hilfe von { $shop }: Versand, Rückgabe, Größen und mehr.
help-search = Hilfe durchsuchen
help-search-hint = Worum geht es?
help-search-go = Suchen
help-results-title = Das haben wir gefunden
help-nothing = Dazu haben wir nichts.
help-nothing-text = Versuchen Sie ein anderes Wort, oder schreiben Sie uns.
help-empty = Hier gibt es noch keine Artikel.
help-more = { $count ->
    [one] Ein weiterer Artikel
   *[other] { $count } weitere Artikel
    }
help-only-in = Nur auf { $language }
help-other = Weitere Fragen
help-updated = Zuletzt geändert am { $date }
help-not-translated = Diesen Artikel gibt es noch nicht in Ihrer Sprache.
help-other-languages = In anderen Sprachen
help-ask-title = Nicht beantwortet?
help-ask = Schreiben Sie uns, oder sehen Sie nach Ihrer Bestellung.
