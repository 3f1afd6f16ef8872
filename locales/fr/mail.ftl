# Sign-in code for a customer
mail-code-subject = Votre code pour { $shop } : { $code }
mail-code-title = Votre code de connexion
mail-code-text = Saisissez ce code là où vous l’avez demandé :
mail-code-or = Ou ouvrez vos commandes avec ce lien :
mail-code-button = Ouvrir mes commandes
mail-code-valid = Le code et le lien servent une fois, pendant { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
    }.
mail-code-not-you = Vous n’avez rien demandé ? Vous n’avez rien à faire : sans le code, personne ne voit vos commandes. Nous ne vous le demanderons jamais.

# Under every mail to a customer
mail-footer-why = Vous recevez cet e-mail parce que vous avez écrit à { $shop }.
mail-footer-asked = Vous recevez cet e-mail parce qu’un code a été demandé avec votre adresse chez { $shop }.
mail-footer-portal = Vos commandes et messages
mail-footer-automatic = Ceci est une confirmation automatique.

# After the contact form
mail-contact-subject = Nous avons votre message
mail-contact-title = Votre message est bien arrivé
mail-contact-text = Merci d’avoir écrit à { $shop }. Nous lisons votre message et répondons à cette adresse. Pour ajouter quelque chose, répondez simplement à cet e-mail.
mail-contact-not-you = Si vous ne nous avez pas écrit, quelqu’un a saisi votre adresse. Vous n’avez rien à faire.

# Invitation of a colleague
mail-invite-subject = { $name } vous invite sur Kontor
mail-invite-title = Votre place chez { $shop }
mail-invite-text = { $name } souhaite répondre avec vous aux clients de { $shop }. Choisissez un mot de passe et commencez :
mail-invite-button = Choisir un mot de passe
mail-invite-valid = Le lien sert une fois, pendant { $count ->
    [one] { $count } jour
   *[other] { $count } jours
    }.
mail-invite-not-you = Si vous ne connaissez pas { $name }, ignorez cet e-mail.
mail-files-linked = Ces fichiers sont trop volumineux pour un e-mail. Vous pouvez les télécharger jusqu’au { $date } :
