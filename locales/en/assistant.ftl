# Stands on every answer that no person wrote
assistant-wrote-this = An assistant (software) wrote this answer from the data of { $shop }; no person read it before it was sent.
assistant-reach-person = Would you rather have a person? Reply and say so.
assistant-told-this = An assistant (software) sent this word; a person reads your message next.

# Names of the wordings, for the merchant’s editor
assistant-wording-where-is-my-order = Where is my order
assistant-wording-refund-status = State of a refund
assistant-wording-cancellation-status = State of a cancellation
assistant-wording-refuse-identity = No details without proof of identity
assistant-wording-not-found = No order found
assistant-wording-policy-quote = Quotation from help pages
assistant-wording-handover = A person will answer
