# Stands on every answer that no person wrote
assistant-wrote-this = Ein Assistent (Software) hat diese Antwort aus den Daten von { $shop } geschrieben; kein Mensch hat sie vor dem Senden gelesen.
assistant-reach-person = Lieber ein Mensch? Antworten Sie und sagen Sie es.
assistant-told-this = Ein Assistent (Software) hat diese Nachricht gesendet; als Nächstes liest ein Mensch, was Sie geschrieben haben.

# Names of the wordings, for the merchant’s editor
assistant-wording-where-is-my-order = Wo ist meine Bestellung
assistant-wording-refund-status = Stand einer Erstattung
assistant-wording-cancellation-status = Stand einer Stornierung
assistant-wording-refuse-identity = Keine Angaben ohne Nachweis
assistant-wording-not-found = Keine Bestellung gefunden
assistant-wording-policy-quote = Zitat aus Hilfeseiten
assistant-wording-handover = Ein Mensch wird antworten
