# Every page
portal-skip = Skip to content
portal-nav = Your account
portal-nav-orders = Orders
portal-nav-messages = Messages
portal-nav-help = Help
portal-nav-contact = Contact
portal-sign-out = Sign out
portal-language = Language

# Signing in
portal-home-title = Your orders
portal-home-lead = See where your parcel is and what you wrote with us. You need no account and no password.
portal-by-email = With your email address
portal-by-number = With an order number
portal-email = Email address
portal-email-hint = The address you ordered with. We send a sign-in code there.
portal-send-code = Send me a code
portal-order-number = Order number
portal-email-or-phone = Email address or phone number
portal-number-hint = As given with the order. The code goes only to the email address on the order.
portal-find-order = Find my order
portal-other-ways = Without signing in
portal-contact-short = A person reads what you write
portal-privacy-title = Only you see your orders
portal-privacy = A code opens this page for the address it was sent to, and for nobody else. It works once and for a short time.
portal-code-title = Look into your mailbox
portal-code-lead = If what you entered matches an order or a message to us, a code was sent. Open the link in that mail, or type the code here.
portal-code-enter = Type the code
portal-code = Code from the mail
portal-code-hint = Six digits, valid for { $count ->
    [one] one minute
   *[other] { $count } minutes
    }.
portal-sign-in = Sign in
portal-code-none = No mail came?
portal-code-none-text = Look in the spam folder too. Perhaps you ordered with another address, or the number is written differently.
portal-code-again = Try again
portal-link-title = One step to your orders
portal-link-lead = Press the button to open your orders at { $shop } on this device.

# Orders
portal-orders-title = Your orders
portal-orders-lead = All orders of { $email }, wherever you placed them.
portal-orders-none = No order under this address
portal-orders-none-text = If you ordered with another address, sign in with that one. Or write to us, we will look for it.
portal-order-of = Order { $number } of { $date }.
portal-expected = Delivery is expected on { $date }.
portal-was-expected = It was expected on { $date } and is late. We are sorry about that.
portal-head-pending = We are waiting for your payment.
portal-head-preparing = We are preparing your order.
portal-head-label-created = Your parcel is being handed over.
portal-head-in-transit = Your parcel is on its way.
portal-head-out-for-delivery = Your parcel is out for delivery.
portal-head-delivered = Your parcel was delivered.
portal-head-exception = There is a problem with your parcel.
portal-head-returned = Your parcel was sent back to us.
portal-head-late = Your parcel is late.
portal-head-cancelled = This order was cancelled.
portal-head-refunded = This order was refunded.
portal-head-several = Your order comes in { $count } parcels.
portal-state-pending = Not paid yet
portal-state-paid = Being prepared
portal-state-shipped = Shipped
portal-state-delivered = Delivered
portal-state-cancelled = Cancelled
portal-state-refunded = Refunded
portal-parcel = Where is my parcel?
portal-parcel-of = Parcel { $number } of { $count }
portal-stop-label-created = Label printed
portal-stop-in-transit = On its way
portal-stop-out-for-delivery = Out for delivery
portal-stop-delivered = Delivered
portal-stop-exception = Problem on the way
portal-stop-returned = Sent back to us
portal-stop-shipped = Handed over to the carrier
portal-stop-expected = Delivery expected
portal-stop-expected-late = Delivery was expected
portal-stop-ordered = Order placed
portal-stage-ordered = Ordered
portal-stage-packed = Packed
portal-stage-way = On its way
portal-stage-there = With you
portal-voyage = Stage { $number } of 4: { $name }
portal-tracking-number = Tracking number
portal-track-at-carrier = Follow at the carrier
portal-lines-title = What you ordered
portal-lines-count = { $count ->
    [one] one piece
   *[other] { $count } pieces
    }
portal-rest = Shipping, fees and discounts
portal-total = Total
portal-refund-pending = Refund of { $date }, not paid out yet
portal-refund-paid = Refunded on { $date }
portal-refund-failed = Refund of { $date } did not go through
portal-acts-title = What you can do now
portal-act-write = Ask about this order
portal-act-write-note = The order number is filled in already
portal-order-facts = About this order
portal-order-date = Ordered on
portal-order-platform = Bought at
portal-order-state = State
portal-order-address = Delivery address

# Messages
portal-messages-title = Your messages
portal-messages-lead = What you and { $shop } wrote to each other.
portal-messages-none = No messages yet
portal-new-message = Write a new message
portal-no-subject = Message
portal-talk = Messages, oldest first
portal-talk-waiting = It is our turn to answer.
portal-talk-answered = We have answered.
portal-talk-closed = This matter is closed. Writing opens it again.
portal-tag-waiting = Waiting for us
portal-tag-answered = Answered
portal-tag-closed = Closed
portal-by-you = You
portal-by-assistant = Assistant
portal-reply-title = Write back
portal-reply-send = Send
portal-reply-sent = Your message has arrived.
portal-message = Your message

# Contact form
portal-contact-title = Write to us
portal-contact-lead = { $shop } reads every message. While you type, articles that may answer it appear.
portal-name = Your name
portal-optional = (optional)
portal-contact-email-hint = Our answer goes there.
portal-contact-send = Send message
portal-contact-sent-title = Your message has arrived.
portal-contact-sent = We answer to the email address you gave.
portal-suggest-title = Perhaps this answers it
portal-contact-other = Without writing
portal-home-short = Where is my parcel?
portal-trap = Leave this empty

# What went wrong
portal-error-not-found-title = This page does not exist.
portal-error-not-found = It may have moved, or it belongs to somebody else. Sign in to see your own orders and messages.
portal-error-too-many-title = Too many attempts.
portal-error-too-many = To protect everyone’s orders we pause here. Please wait a quarter of an hour and try again. Nothing is lost.
portal-error-expired-title = This link is no longer valid.
portal-error-expired = It works once and for a short time. Ask for a new one, it comes at once.
portal-error-code = This code does not fit or is no longer valid. Please check it, or ask for a new one.
portal-error-email = Please write a full email address, like name@example.com.
portal-error-message = Please write what we can do for you.
portal-error-too-long = This message is too long. Please shorten it.
portal-error-server-title = Something went wrong on our side.
portal-error-server = Please try again in a moment. If you sent a message and saw no confirmation, send it again.
portal-error-refused-title = This form came from somewhere else.
portal-error-refused = Please open the page here again and send it once more.

# Help centre
help-title = Help centre
help-lead = Shipping, returns, sizes and more
help-home-title = How can we help?
help-description = Help centre of { $shop }: shipping, returns, sizes and more.
help-search = Search the help centre
help-search-hint = What is it about?
help-search-go = Search
help-results-title = What we found
help-nothing = Nothing fits this.
help-nothing-text = Try another word, or write to us.
help-empty = There are no articles here yet.
help-more = { $count ->
    [one] One more article
   *[other] { $count } more articles
    }
help-only-in = Only in { $language }
help-other = Other questions
help-updated = Last changed on { $date }
help-not-translated = This article does not exist in your language yet.
help-other-languages = In other languages
help-ask-title = Not answered?
help-ask = Write to us, or look up your order.
