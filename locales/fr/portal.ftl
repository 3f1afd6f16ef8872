# Every page
portal-skip = Aller au contenu
portal-nav = Votre compte
portal-nav-orders = Commandes
portal-nav-messages = Messages
portal-nav-help = Aide
portal-nav-contact = Contact
portal-sign-out = Se déconnecter
portal-language = Langue

# Signing in
portal-home-title = Vos commandes
portal-home-lead = Voyez où se trouve votre colis et nos échanges. Ni compte ni mot de passe nécessaires.
portal-by-email = Avec votre adresse e-mail
portal-by-number = Avec un numéro de commande
portal-email = Adresse e-mail
portal-email-hint = L’adresse utilisée à l’achat. Nous y envoyons un code de connexion.
portal-send-code = M’envoyer un code
portal-order-number = Numéro de commande
portal-email-or-phone = Adresse e-mail ou téléphone
portal-number-hint = Tels qu’indiqués à l’achat. Le code n’est envoyé qu’à l’adresse e-mail de la commande.
portal-find-order = Trouver ma commande
portal-other-ways = Sans connexion
portal-contact-short = Une personne lit ce que vous écrivez
portal-privacy-title = Vous seul voyez vos commandes
portal-privacy = Un code n’ouvre cette page que pour l’adresse qui l’a reçu. Il sert une fois et pour peu de temps.
portal-code-title = Regardez votre boîte mail
portal-code-lead = Si vos indications correspondent à une commande ou à un message, un code a été envoyé. Ouvrez le lien de l’e-mail ou saisissez le code ici.
portal-code-enter = Saisir le code
portal-code = Code reçu par e-mail
portal-code-hint = Six chiffres, valables { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
    }.
portal-sign-in = Se connecter
portal-code-none = Pas d’e-mail reçu ?
portal-code-none-text = Regardez aussi dans les indésirables. Vous avez peut-être commandé avec une autre adresse, ou le numéro s’écrit autrement.
portal-code-again = Réessayer
portal-link-title = Encore une étape
portal-link-lead = Appuyez sur le bouton pour ouvrir vos commandes chez { $shop } sur cet appareil.

# Orders
portal-orders-title = Vos commandes
portal-orders-lead = Toutes les commandes de { $email }, où que vous les ayez passées.
portal-orders-none = Aucune commande à cette adresse
portal-orders-none-text = Si vous avez commandé avec une autre adresse, connectez-vous avec celle-ci. Ou écrivez-nous, nous chercherons.
portal-order-of = Commande { $number } du { $date }.
portal-expected = La livraison est prévue le { $date }.
portal-was-expected = Il était attendu le { $date } et a du retard. Nous en sommes désolés.
portal-head-pending = Nous attendons votre paiement.
portal-head-preparing = Nous préparons votre commande.
portal-head-label-created = Votre colis est en cours de remise.
portal-head-in-transit = Votre colis est en route.
portal-head-out-for-delivery = Votre colis est en cours de livraison.
portal-head-delivered = Votre colis a été livré.
portal-head-exception = Il y a un incident avec votre colis.
portal-head-returned = Votre colis nous a été renvoyé.
portal-head-late = Votre colis a du retard.
portal-head-cancelled = Cette commande a été annulée.
portal-head-refunded = Cette commande a été remboursée.
portal-head-several = Votre commande arrive en { $count } colis.
portal-state-pending = En attente de paiement
portal-state-paid = En préparation
portal-state-shipped = Expédiée
portal-state-delivered = Livrée
portal-state-cancelled = Annulée
portal-state-refunded = Remboursée
portal-parcel = Où est mon colis ?
portal-parcel-of = Colis { $number } sur { $count }
portal-stop-label-created = Étiquette imprimée
portal-stop-in-transit = En route
portal-stop-out-for-delivery = En cours de livraison
portal-stop-delivered = Livré
portal-stop-exception = Incident en route
portal-stop-returned = Renvoyé chez nous
portal-stop-shipped = Remis au transporteur
portal-stop-expected = Livraison prévue
portal-stop-expected-late = Livraison qui était prévue
portal-stop-ordered = Commande passée
portal-stage-ordered = Commandé
portal-stage-packed = Emballé
portal-stage-way = En route
portal-stage-there = Chez vous
portal-voyage = Étape { $number } sur 4 : { $name }
portal-tracking-number = Numéro de suivi
portal-track-at-carrier = Suivre chez le transporteur
portal-lines-title = Ce que vous avez commandé
portal-lines-count = { $count ->
    [one] { $count } article
   *[other] { $count } articles
    }
portal-rest = Livraison, frais et remises
portal-total = Total
portal-refund-pending = Remboursement du { $date }, pas encore versé
portal-refund-paid = Remboursé le { $date }
portal-refund-failed = Le remboursement du { $date } n’a pas abouti
portal-acts-title = Ce que vous pouvez faire
portal-act-write = Une question sur cette commande
portal-act-write-note = Le numéro de commande est déjà rempli
portal-order-facts = À propos de cette commande
portal-order-date = Passée le
portal-order-platform = Achetée sur
portal-order-state = État
portal-order-address = Adresse de livraison

# Messages
portal-messages-title = Vos messages
portal-messages-lead = Vos échanges avec { $shop }.
portal-messages-none = Pas encore de messages
portal-new-message = Écrire un nouveau message
portal-no-subject = Message
portal-talk = Messages, du plus ancien au plus récent
portal-talk-waiting = C’est à nous de répondre.
portal-talk-answered = Nous avons répondu.
portal-talk-closed = Ce sujet est clos. Écrire le rouvre.
portal-tag-waiting = En attente de réponse
portal-tag-answered = Répondu
portal-tag-closed = Clos
portal-by-you = Vous
portal-by-assistant = Assistant
portal-reply-title = Répondre
portal-reply-send = Envoyer
portal-reply-sent = Votre message est bien arrivé.
portal-message = Votre message

# Contact form
portal-contact-title = Écrivez-nous
portal-contact-lead = { $shop } lit chaque message. Pendant que vous écrivez, des articles qui y répondent peut-être s’affichent.
portal-name = Votre nom
portal-optional = (facultatif)
portal-contact-email-hint = Notre réponse y sera envoyée.
portal-contact-send = Envoyer le message
portal-contact-sent-title = Votre message est bien arrivé.
portal-contact-sent = Nous répondrons à l’adresse e-mail indiquée.
portal-suggest-title = Peut-être la réponse
portal-contact-other = Sans écrire
portal-home-short = Où est mon colis ?
portal-trap = Laissez vide

# What went wrong
portal-error-not-found-title = Cette page n’existe pas.
portal-error-not-found = Elle a peut-être été déplacée, ou elle appartient à quelqu’un d’autre. Connectez-vous pour voir vos commandes et messages.
portal-error-too-many-title = Trop de tentatives.
portal-error-too-many = Pour protéger les commandes de chacun, nous faisons une pause. Attendez un quart d’heure et réessayez. Rien n’est perdu.
portal-error-expired-title = Ce lien n’est plus valable.
portal-error-expired = Il sert une fois et pour peu de temps. Demandez-en un nouveau, il arrive aussitôt.
portal-error-code = Ce code ne convient pas ou n’est plus valable. Vérifiez-le ou demandez-en un nouveau.
portal-error-email = Indiquez une adresse complète, comme nom@example.com.
portal-error-message = Écrivez ce que nous pouvons faire pour vous.
portal-error-too-long = Ce message est trop long. Raccourcissez-le.
portal-error-server-title = Une erreur s’est produite chez nous.
portal-error-server = Réessayez dans un instant. Si vous avez envoyé un message sans voir de confirmation, renvoyez-le.
portal-error-refused-title = Ce formulaire vient d’ailleurs.
portal-error-refused = Rouvrez la page ici et renvoyez-le.

# Help centre
help-title = Centre d’aide
help-lead = Livraison, retours, tailles et plus
help-home-title = Comment pouvons-nous aider ?
help-description = Centre d’aide de { $shop } : livraison, retours, tailles et plus.
help-search = Chercher dans l’aide
help-search-hint = De quoi s’agit-il ?
help-search-go = Chercher
help-results-title = Ce que nous avons trouvé
help-nothing = Rien ne correspond.
help-nothing-text = Essayez un autre mot, ou écrivez-nous.
help-empty = Il n’y a pas encore d’articles ici.
help-more = { $count ->
    [one] { $count } autre article
   *[other] { $count } autres articles
    }
help-only-in = Seulement en { $language }
help-other = Autres questions
help-updated = Dernière modification le { $date }
help-not-translated = Cet article n’existe pas encore dans votre langue.
help-other-languages = Dans d’autres langues
help-ask-title = Pas de réponse ?
help-ask = Écrivez-nous, ou consultez votre commande.
