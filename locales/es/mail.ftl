# Sign-in code for a customer
mail-code-subject = Su código para { $shop }: { $code }
mail-code-title = Su código de acceso
mail-code-text = Escriba este código donde lo pidió:
mail-code-or = O abra sus pedidos con este enlace:
mail-code-button = Abrir mis pedidos
mail-code-valid = El código y el enlace sirven una vez, durante { $count ->
    [one] un minuto
   *[other] { $count } minutos
    }.
mail-code-not-you = ¿No lo ha pedido? No tiene que hacer nada: sin el código nadie ve sus pedidos. Nunca se lo pediremos.

# Under every mail to a customer
mail-footer-why = Recibe este correo porque escribió a { $shop }.
mail-footer-asked = Recibe este correo porque se pidió un código con su dirección en { $shop }.
mail-footer-portal = Sus pedidos y mensajes
mail-footer-automatic = Esta es una confirmación automática.

# After the contact form
mail-contact-subject = Hemos recibido su mensaje
mail-contact-title = Su mensaje ha llegado
mail-contact-text = Gracias por escribir a { $shop }. Leemos su mensaje y respondemos a esta dirección. Si quiere añadir algo, responda a este correo.
mail-contact-not-you = Si no nos ha escrito, alguien tecleó su dirección. No tiene que hacer nada.

# Invitation of a colleague
mail-invite-subject = { $name } le invita a Kontor
mail-invite-title = Su puesto en { $shop }
mail-invite-text = { $name } quiere atender con usted a los clientes de { $shop }. Elija una contraseña y empiece:
mail-invite-button = Elegir contraseña
mail-invite-valid = El enlace sirve una vez, durante { $count ->
    [one] un día
   *[other] { $count } días
    }.
mail-invite-not-you = Si no conoce a { $name }, ignore este correo.
mail-files-linked = Estos archivos son demasiado grandes para un correo. Puede descargarlos hasta el { $date }:
