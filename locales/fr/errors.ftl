# What went wrong, whether anything was lost, what to do.

error-notfound-title = Cette page n'existe pas
error-notfound-text = L'adresse est peut-être mal saisie, ou le contenu a été retiré. Rien n'a été perdu.
error-forbidden-title = Cette page ne vous est pas ouverte
error-forbidden-text = Vous n'êtes pas connecté, ou votre accès ne comprend pas cela. Reconnectez-vous.
error-invalid-title = Cela n'a pas pu être accepté
error-invalid-text = Il manque quelque chose dans le formulaire, ou le format est différent. Rien n'a été changé.
error-toomany-title = Trop de tentatives
error-toomany-text = { $count ->
    [one] Veuillez attendre { $count } seconde et réessayer.
   *[other] Veuillez attendre { $count } secondes et réessayer.
}
error-broken-title = Un problème est survenu de notre côté
error-broken-text = Rien de ce que vous avez écrit n'a été envoyé. Veuillez réessayer.
error-back = Retour au début
error-sign-in = L'adresse ou le mot de passe est incorrect.
error-password-short = Le mot de passe doit avoir au moins 10 caractères.
error-email = Ce n'est pas une adresse e-mail.
error-name = Le nom manque.
error-role = Ce rôle n'existe pas.
error-email-taken = Quelqu'un utilise déjà cette adresse.
error-last-owner = Le dernier propriétaire ne peut pas être désactivé.
error-preferences = Cette langue ou ce thème n'existe pas.
error-priority = Cette priorité n'existe pas.
error-snooze = La date doit se situer dans l'année à venir.
error-tag = Une étiquette a de 1 à 40 caractères.
error-reply-empty = La réponse est vide.
error-reply-long = Le texte est trop long.
error-note-empty = La note est vide.
error-no-recipient = Il n'y a pas d'adresse à laquelle répondre.
error-inbound-filed = Ce message est déjà classé.
error-outbox-state = Son état a changé. Regardez à nouveau.
error-draft-held = Ce brouillon affirme une chose qu’aucune source ne confirme. Corrigez-le et envoyez-le comme le vôtre.
error-article-title = Le titre manque ou est trop long.
