# Every page
portal-skip = Ir al contenido
portal-nav = Su cuenta
portal-nav-orders = Pedidos
portal-nav-messages = Mensajes
portal-nav-help = Ayuda
portal-nav-contact = Contacto
portal-sign-out = Cerrar sesión
portal-language = Idioma

# Signing in
portal-home-title = Sus pedidos
portal-home-lead = Vea dónde está su paquete y los mensajes con nosotros. No necesita cuenta ni contraseña.
portal-by-email = Con su correo electrónico
portal-by-number = Con un número de pedido
portal-email = Correo electrónico
portal-email-hint = La dirección con la que compró. Allí enviamos un código de acceso.
portal-send-code = Enviarme un código
portal-order-number = Número de pedido
portal-email-or-phone = Correo electrónico o teléfono
portal-number-hint = Tal como figura en el pedido. El código se envía solo al correo del pedido.
portal-find-order = Buscar mi pedido
portal-other-ways = Sin iniciar sesión
portal-contact-short = Una persona lee lo que escribe
portal-privacy-title = Solo usted ve sus pedidos
portal-privacy = Un código abre esta página solo para la dirección a la que se envió. Sirve una vez y por poco tiempo.
portal-code-title = Mire su correo
portal-code-lead = Si lo que ha escrito coincide con un pedido o un mensaje, se ha enviado un código. Abra el enlace del correo o escriba aquí el código.
portal-code-enter = Escriba el código
portal-code = Código del correo
portal-code-hint = Seis cifras, válidas durante { $count ->
    [one] un minuto
   *[other] { $count } minutos
    }.
portal-sign-in = Entrar
portal-code-none = ¿No ha llegado?
portal-code-none-text = Mire también en la carpeta de correo no deseado. Quizá compró con otra dirección o el número se escribe de otra forma.
portal-code-again = Intentar de nuevo
portal-link-title = Un paso hasta sus pedidos
portal-link-lead = Pulse el botón para abrir en este dispositivo sus pedidos en { $shop }.

# Orders
portal-orders-title = Sus pedidos
portal-orders-lead = Todos los pedidos de { $email }, dondequiera que los hiciera.
portal-orders-none = Ningún pedido con esta dirección
portal-orders-none-text = Si compró con otra dirección, entre con ella. O escríbanos y lo buscamos.
portal-order-of = Pedido { $number } del { $date }.
portal-expected = La entrega está prevista para el { $date }.
portal-was-expected = Estaba previsto para el { $date } y llega con retraso. Lo sentimos.
portal-head-pending = Estamos esperando su pago.
portal-head-preparing = Estamos preparando su pedido.
portal-head-label-created = Su paquete se está entregando al transportista.
portal-head-in-transit = Su paquete está en camino.
portal-head-out-for-delivery = Su paquete está en reparto.
portal-head-delivered = Su paquete se ha entregado.
portal-head-exception = Hay una incidencia con su paquete.
portal-head-returned = Su paquete se nos ha devuelto.
portal-head-late = Su paquete llega con retraso.
portal-head-cancelled = Este pedido se canceló.
portal-head-refunded = Este pedido se reembolsó.
portal-head-several = Su pedido viene en { $count } paquetes.
portal-state-pending = Pendiente de pago
portal-state-paid = En preparación
portal-state-shipped = Enviado
portal-state-delivered = Entregado
portal-state-cancelled = Cancelado
portal-state-refunded = Reembolsado
portal-parcel = ¿Dónde está mi paquete?
portal-parcel-of = Paquete { $number } de { $count }
portal-stop-label-created = Etiqueta impresa
portal-stop-in-transit = En camino
portal-stop-out-for-delivery = En reparto
portal-stop-delivered = Entregado
portal-stop-exception = Incidencia en el envío
portal-stop-returned = Devuelto a nosotros
portal-stop-shipped = Entregado al transportista
portal-stop-expected = Entrega prevista
portal-stop-expected-late = Entrega que estaba prevista
portal-stop-ordered = Pedido realizado
portal-stage-ordered = Pedido
portal-stage-packed = Preparado
portal-stage-way = En camino
portal-stage-there = Con usted
portal-voyage = Etapa { $number } de 4: { $name }
portal-tracking-number = Número de seguimiento
portal-track-at-carrier = Seguir en el transportista
portal-lines-title = Lo que pidió
portal-lines-count = { $count ->
    [one] un artículo
   *[other] { $count } artículos
    }
portal-rest = Envío, cargos y descuentos
portal-total = Total
portal-refund-pending = Reembolso del { $date }, todavía sin pagar
portal-refund-paid = Reembolsado el { $date }
portal-refund-failed = El reembolso del { $date } no se pudo realizar
portal-acts-title = Lo que puede hacer ahora
portal-act-write = Preguntar por este pedido
portal-act-write-note = El número de pedido ya está puesto
portal-order-facts = Sobre este pedido
portal-order-date = Fecha
portal-order-platform = Comprado en
portal-order-state = Estado
portal-order-address = Dirección de entrega

# Messages
portal-messages-title = Sus mensajes
portal-messages-lead = Lo que usted y { $shop } se han escrito.
portal-messages-none = Todavía no hay mensajes
portal-new-message = Escribir un mensaje nuevo
portal-no-subject = Mensaje
portal-talk = Mensajes, del más antiguo al más nuevo
portal-talk-waiting = Nos toca responder.
portal-talk-answered = Hemos respondido.
portal-talk-closed = Este asunto está cerrado. Si escribe, se abre de nuevo.
portal-tag-waiting = Pendiente de respuesta
portal-tag-answered = Respondido
portal-tag-closed = Cerrado
portal-by-you = Usted
portal-by-assistant = Asistente
portal-reply-title = Responder
portal-reply-send = Enviar
portal-reply-sent = Su mensaje ha llegado.
portal-message = Su mensaje

# Contact form
portal-contact-title = Escríbanos
portal-contact-lead = { $shop } lee todos los mensajes. Mientras escribe, aparecen artículos que quizá respondan.
portal-name = Su nombre
portal-optional = (opcional)
portal-contact-email-hint = Allí enviamos la respuesta.
portal-contact-send = Enviar mensaje
portal-contact-sent-title = Su mensaje ha llegado.
portal-contact-sent = Respondemos a la dirección de correo que indicó.
portal-suggest-title = Quizá esto responda
portal-contact-other = Sin escribir
portal-home-short = ¿Dónde está mi paquete?
portal-trap = Deje esto vacío

# What went wrong
portal-error-not-found-title = Esta página no existe.
portal-error-not-found = Puede que se haya movido o que sea de otra persona. Entre para ver sus pedidos y mensajes.
portal-error-too-many-title = Demasiados intentos.
portal-error-too-many = Para proteger los pedidos de todos hacemos una pausa. Espere un cuarto de hora e inténtelo de nuevo. No se pierde nada.
portal-error-expired-title = Este enlace ya no es válido.
portal-error-expired = Sirve una vez y por poco tiempo. Pida uno nuevo, llega enseguida.
portal-error-code = El código no coincide o ya no es válido. Compruébelo o pida uno nuevo.
portal-error-email = Escriba una dirección completa, como nombre@example.com.
portal-error-message = Escriba en qué podemos ayudarle.
portal-error-too-long = El mensaje es demasiado largo. Acórtelo.
portal-error-server-title = Algo ha fallado por nuestra parte.
portal-error-server = Inténtelo de nuevo en un momento. Si envió un mensaje y no vio confirmación, envíelo otra vez.
portal-error-refused-title = Este formulario vino de otro sitio.
portal-error-refused = Abra de nuevo la página aquí y envíelo otra vez.

# Help centre
help-title = Centro de ayuda
help-lead = Envíos, devoluciones, tallas y más
help-home-title = ¿En qué podemos ayudar?
help-description = Centro de ayuda de { $shop }: envíos, devoluciones, tallas y más.
help-search = Buscar en la ayuda
help-search-hint = ¿De qué se trata?
help-search-go = Buscar
help-results-title = Lo que encontramos
help-nothing = No hay nada que encaje.
help-nothing-text = Pruebe con otra palabra o escríbanos.
help-empty = Todavía no hay artículos aquí.
help-more = { $count ->
    [one] Un artículo más
   *[other] { $count } artículos más
    }
help-only-in = Solo en { $language }
help-other = Otras preguntas
help-updated = Última modificación: { $date }
help-not-translated = Este artículo todavía no existe en su idioma.
help-other-languages = En otros idiomas
help-ask-title = ¿Sin respuesta?
help-ask = Escríbanos o consulte su pedido.
