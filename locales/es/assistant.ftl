# Stands on every answer that no person wrote
assistant-wrote-this = Un asistente (software) escribió esta respuesta con los datos de { $shop }; ninguna persona la leyó antes de enviarla.
assistant-reach-person = ¿Prefiere una persona? Responda y dígalo.
assistant-told-this = Un asistente (software) envió este aviso; a continuación una persona lee su mensaje.

# Names of the wordings, for the merchant’s editor
assistant-wording-where-is-my-order = Dónde está mi pedido
assistant-wording-refund-status = Estado de un reembolso
assistant-wording-cancellation-status = Estado de una cancelación
assistant-wording-refuse-identity = Sin datos hasta comprobar la identidad
assistant-wording-not-found = Ningún pedido encontrado
assistant-wording-policy-quote = Cita de las páginas de ayuda
assistant-wording-handover = Responderá una persona
