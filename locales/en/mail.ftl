# Sign-in code for a customer
mail-code-subject = Your code for { $shop }: { $code }
mail-code-title = Your sign-in code
mail-code-text = Type this code where you asked for it:
mail-code-or = Or open your orders with this link:
mail-code-button = Open my orders
mail-code-valid = Code and link work once, for { $count ->
    [one] one minute
   *[other] { $count } minutes
    }.
mail-code-not-you = You did not ask for this? Then you need not do anything: without the code nobody sees your orders. We never ask you for it.

# Under every mail to a customer
mail-footer-why = You get this mail because you wrote to { $shop }.
mail-footer-asked = You get this mail because a code was asked for with your address at { $shop }.
mail-footer-portal = Your orders and messages
mail-footer-automatic = This is an automatic confirmation.

# After the contact form
mail-contact-subject = We have your message
mail-contact-title = Your message has arrived
mail-contact-text = Thank you for writing to { $shop }. We read your message and answer to this address. Just reply to this mail if you want to add something.
mail-contact-not-you = If you did not write to us, somebody typed your address. You need not do anything.

# Invitation of a colleague
mail-invite-subject = { $name } invites you to Kontor
mail-invite-title = Your place at { $shop }
mail-invite-text = { $name } wants to answer the customers of { $shop } together with you. Choose a password and begin:
mail-invite-button = Choose a password
mail-invite-valid = The link works once, for { $count ->
    [one] one day
   *[other] { $count } days
    }.
mail-invite-not-you = If you do not know { $name }, ignore this mail.
mail-files-linked = These files are too large for a mail. You can download them until { $date }:
