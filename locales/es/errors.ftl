# What went wrong, whether anything was lost, what to do.

error-notfound-title = Esta página no existe
error-notfound-text = Puede que la dirección esté mal escrita o que el contenido se haya retirado. No se ha perdido nada.
error-forbidden-title = No tiene acceso a esta página
error-forbidden-text = No ha iniciado sesión o su acceso no incluye esto. Inicie sesión de nuevo.
error-invalid-title = No se ha podido aceptar
error-invalid-text = Falta algo en el formulario o tiene otro formato. No se ha cambiado nada.
error-toomany-title = Demasiados intentos
error-toomany-text = { $count ->
    [one] Espere { $count } segundo e inténtelo de nuevo.
   *[other] Espere { $count } segundos e inténtelo de nuevo.
}
error-broken-title = Algo ha fallado por nuestra parte
error-broken-text = No se ha enviado nada de lo que ha escrito. Inténtelo de nuevo, por favor.
error-back = Volver al inicio
error-sign-in = La dirección o la contraseña no es correcta.
error-password-short = La contraseña necesita al menos 10 caracteres.
error-email = Esto no es una dirección de correo.
error-name = Falta el nombre.
error-role = Esta función no existe.
error-email-taken = Ya hay alguien con esta dirección.
error-last-owner = No se puede desactivar al último propietario.
error-preferences = Este idioma o tema no existe.
error-priority = Esta prioridad no existe.
error-snooze = La fecha debe estar en el próximo año.
error-tag = Una etiqueta tiene de 1 a 40 caracteres.
error-reply-empty = La respuesta está vacía.
error-reply-long = El texto es demasiado largo.
error-note-empty = La nota está vacía.
error-no-recipient = No hay dirección a la que responder.
error-inbound-filed = Este mensaje ya está archivado.
error-outbox-state = Su estado ha cambiado. Mírelo de nuevo.
error-draft-held = Este borrador afirma algo que ninguna fuente respalda. Corríjalo y envíelo como propio.
error-article-title = Falta el título o es demasiado largo.
