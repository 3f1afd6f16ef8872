# Stands on every answer that no person wrote
assistant-wrote-this = Un assistant (logiciel) a rédigé cette réponse à partir des données de { $shop } ; personne ne l’a relue avant l’envoi.
assistant-reach-person = Vous préférez une personne ? Répondez en le disant.
assistant-told-this = Un assistant (logiciel) a envoyé ce mot ; une personne lit ensuite votre message.

# Names of the wordings, for the merchant’s editor
assistant-wording-where-is-my-order = Où est ma commande
assistant-wording-refund-status = État d’un remboursement
assistant-wording-cancellation-status = État d’une annulation
assistant-wording-refuse-identity = Pas de détails sans preuve d’identité
assistant-wording-not-found = Aucune commande trouvée
assistant-wording-policy-quote = Citation des pages d’aide
assistant-wording-handover = Une personne va répondre
