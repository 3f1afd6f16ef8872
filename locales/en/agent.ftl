## The agents' desk. One section per screen; keys that Rust builds from a code are listed together.

app-name = Kontor
nav-skip = Skip to content
nav-main = Main
nav-home = Kontor, to the inbox
nav-inbox = Inbox
nav-orders = Orders
nav-knowledge = Articles
nav-search = Search
nav-operations = System
nav-settings = Settings
nav-more = More
trouble-kept = New mail waits at the provider, nothing is lost.
trouble-look = Look at the mailbox
trouble-mailbox = { $address } does not work: { $reason }

keys-title = Keys
keys-move = Down and up the list
keys-open = Open the conversation
keys-reply = Write a reply
keys-note = Write a note for us
keys-send = Send what is written
keys-close = Close or reopen
keys-snooze = Snooze
keys-assign = Assign, priority, tags
keys-search = Search
keys-inbox = To the inbox
keys-help = This list
keys-shut = Back to work

## Signing in
session-title = Sign in
session-lead = The private help desk of your shop. No customer’s word leaves this server.
session-email = Email
session-password = Password
session-enter = Sign in
session-leave = Sign out
session-lost = Password lost? An owner can set a new one: kontor user password EMAIL.
session-language = Language
session-refused = Email and password do not fit together, or the account is switched off.
session-slow = Too many attempts. Try again in { $minutes } minutes.
session-ended = You are signed out.


## Inbox
inbox-rows = Conversations, urgent first
inbox-views = Views
inbox-all-views = All views
inbox-reading = Conversation
inbox-filter = Filter
inbox-filter-language = Language
inbox-filter-channel = Channel
inbox-filter-tag = Tag
inbox-filter-any = Any
inbox-filter-apply = Show
inbox-filter-clear = Show all again
inbox-newest = Back to the newest
inbox-older = Older
inbox-fresh = new: show
inbox-choose = Choose a conversation
inbox-choose-how = It opens here, with the customer and the order beside it. Walk with j and k, open with Enter; ? lists all keys.
view-mine = Mine
view-unassigned = Unassigned
view-draft = Drafts
view-open = All open
view-snoozed = Snoozed
view-closed = Closed
view-person = Handed over
row-draft = Draft ready
row-person = Handed over
row-snoozed = Until { $when }
row-no-subject = No subject
empty-answered = All answered
empty-answered-how = Nobody waits for you in this view.
empty-answered-see = See what was closed
empty-filtered = No conversation fits this filter
empty-filtered-how = There are conversations in this view, but none with this language, channel and tag.
empty-unconnected = The office is open, no line is connected yet
empty-unconnected-how = Connect a mailbox, and the first mail shows up here by itself.

## Times near people
day-first = First
day-today = Today
day-yesterday = Yesterday
day-earlier = Earlier
time-just-now = just now
time-minutes = { $count ->
    [one] { $count } min ago
   *[other] { $count } min ago
}

## Conversation
thread-with = Conversation with { $name }
thread-back = Back to the inbox
thread-messages = Messages
thread-assigned-to = assigned to { $name }
thread-unassigned = unassigned
thread-earlier = Earlier messages
thread-snoozed-until = Snoozed until { $when }. A new message wakes it earlier.
thread-closed = Closed. A reply of the customer opens it again.
act-snooze = Snooze
act-snooze-until = Snooze until { $when }
act-wake = Wake now
act-close = Close
act-reopen = Reopen
act-more = More actions
act-assign = Assigned to
act-assign-do = Assign
act-assign-nobody = Nobody
act-priority = Priority
act-set = Set
act-tag = Tag
act-add = Add
act-untag = Remove the tag { $tag }
act-save = Save
act-again = Try again
priority-0 = Normal
priority-1 = High
priority-2 = Urgent
snooze-later-today = later today, { $time }
snooze-tomorrow = tomorrow, { $time }
snooze-monday = Monday, { $time }
snooze-week = in a week, { $time }
done-closed = Closed
done-reopened = Reopened
done-snoozed = Snoozed until { $when }
done-woken = Back in the inbox
done-sent = On its way
done-saved = Saved
entry-quoted = Quoted text
entry-html = As it was laid out
entry-raw = Raw mail
entry-automatic = Answered by the assistant
entry-how = How it came about
entry-assistant = Assistant
entry-note-by = { $name }, note
entry-system = Kontor
mail-kind-auto_reply = Automatic reply of a machine
mail-kind-bounce = Delivery report
mail-kind-complaint = Spam complaint
mail-kind-list = Mailing list
delivery-sent = Sent
delivery-queued = Goes out in a moment
delivery-cancelled = Not sent
delivery-failed = Could not be sent. Kept here.
delivery-bounced = Came back. Kept here.
delivery-unknown = Perhaps delivered: the server did not say. Please decide.
delivery-again = Send again
delivery-arrived = It was delivered

draft-title = Draft in pencil
draft-by = Assistant, { $time }
draft-source = { $count ->
   *[other] Source { $count }
}
draft-sources = Sources
draft-checks = Checks
draft-no-source = No source for this statement
draft-held = Held back.
draft-held-why = A statement in it stands in no source. Edit it before it goes out.
draft-why = Sending waits for the failed check.
draft-send = Send
draft-send-close = Send and close
draft-edit = Edit
draft-remove = Set aside

composer-kind = What to write
composer-reply = Reply
composer-note = Note
composer-reply-to = Reply to { $to }
composer-note-label = Only we see this
composer-note-add = Keep the note
composer-send = Send
composer-send-close = Send and close
composer-kept = Kept { $when }
composer-kept-now = Kept
composer-empty = There is nothing to send yet.
composer-no-channel = No reply can go out: the mailbox of this conversation is gone. Connect it again in the settings.
composer-no-address = No reply can go out: the customer left no address.

panel-label = Customer and order
panel-details = Details
panel-back = Back to the conversation
panel-vip = VIP
panel-orders = Orders
panel-other-orders = Other orders
panel-no-order = No order under this address. The customer may have used another one.
panel-look-up = Order number, name, email
panel-look = Look up
panel-before = Before
panel-conversations = { $count ->
    [one] { $count } conversation
   *[other] { $count } conversations
}
panel-lifetime = Lifetime
panel-lifetime-value = { $orders }, { $sum }
panel-order-count = { $count ->
    [one] { $count } order
   *[other] { $count } orders
}
panel-known-as = Known as
panel-unknown = Unknown customer
match-email = found by email
match-number = number in the text, not proven

## How an answer came about
run-title = How this answer came about
run-lead = { $ms } on your own server. Outcome: { $outcome }.
run-asked = What was asked
run-meant = What it took that to mean
run-identity = May they hear about this order?
run-looked-up = What it looked up
run-no-sources = Nothing was looked up: no fact was needed, or none was found.
run-wrote = What it wrote
run-wrote-nothing = It wrote nothing.
run-no-prompt = Worded from a template of yours; no model was asked.
run-prompt = What it was made from, word for word
run-checked = What was checked, without the model
run-no-checks = There was nothing to check.
run-side-message = message
run-side-intent = intent
run-side-identity = identity
run-side-sources = sources
run-side-wording = wording
run-side-checks = checks
run-side-outcome = outcome
run-col-number = No.
run-col-source = Source
run-col-says = What it says
run-col-age = Nearness
run-col-check = Check
run-col-found = What was found
run-col-result = Result
run-passed = passed
run-failed = failed
run-summary = Summary
run-spent = Where the time went
run-fact-model = Model
run-fact-left = Left the server
run-fact-nothing = Nothing
run-fact-action = Outcome
run-fact-reason = Reason
run-note = { $language }, { $sentiment }
run-identity-yes = Yes.
run-identity-no = No.
run-identity-buyer = The message comes from the address that stands on order { $number }.
run-identity-none = No order is concerned.
run-identity-none-head = Not needed.
run-action-answer = Answered by itself
run-action-answer-how = All checks passed and this matter is switched on, so the answer went out at once.
run-action-draft = A draft for a person
run-action-draft-how = The text waits in the conversation until a person sends it.
run-action-handover = Handed to a person
run-action-handover-how = The assistant stepped back; the conversation is in the inbox.
run-action-refuse_identity = Asked for proof
run-action-refuse_identity-how = The sender is not shown to be the buyer, so no detail was given.
run-action-none = Left alone
run-action-none-how = Nothing needed an answer.

## Search
search-title = Search
search-label = Search conversations, orders, articles
search-placeholder = Name, order, words
search-how = Words in any script, an order number, a parcel number, an address.
search-conversations = Conversations
search-took = Found in { $time }
search-nothing = Nothing has “{ $query }”
search-nothing-how = Try fewer words, or the order number alone.
search-filters = Filters
search-filter-phrase = these words, one after another
search-filter-without = not this word
search-filter-people = a name or an address
search-filter-subject = words of the subject
search-filter-tag = a tag of the conversation
search-filter-order = an order number
search-filter-dates = from this day on, or earlier:
search-filter-assignee = who works on it
search-filter-language = the language it is written in:
search-unknown = “{ $word }” is no filter; it was searched for as words.
search-in-note = note
search-more = More
search-reached = Many messages have these words, few of them pass the filters. Searched so far: back to

## Settings
settings-overview = Overview
settings-lead = How { $shop } works. What you change holds at once.
settings-shop = Shop
settings-mailboxes = Mailboxes
settings-assistant = Assistant
settings-team = Team
settings-models = Language models
settings-profile = Your own
settings-card-shop = { $name }, { $language }
settings-card-mailboxes = { $count ->
    [0] No mailbox is connected yet.
    [one] One mailbox.
   *[other] { $count } mailboxes.
}
settings-card-assistant = { $count ->
    [0] Drafts only; nothing is answered by itself.
    [one] Answers one matter by itself.
   *[other] Answers { $count } matters by itself.
}
settings-card-assistant-what = What it may answer by itself, and in which words.
settings-card-team = { $count ->
    [one] One person.
   *[other] { $count } people.
}
settings-card-models = What the machine can do by itself, and what is off.
settings-card-operations = Jobs, mail that came in, replies that go out.
settings-card-knowledge = What the assistant may say.
settings-card-profile = Name, language, day or night, password.

shop-lead = Customers see the name, the language and the colour.
shop-sample = This is the sample shop
shop-sample-how = It goes away in one command: kontor demo --remove.
shop-name = Name
shop-name-hint = Stands in mails and on the portal.
shop-website = Website
shop-language = Main language
shop-country = Country
shop-country-hint = Two letters, for example DE.
shop-currency = Currency
shop-currency-hint = Three letters, for example EUR.
shop-time-zone = Time zone
shop-time-zone-hint = For example Europe/Berlin. Dates in mails follow it.
shop-hue = Colour
shop-hue-hint = One hue; everything customers see follows from it.
shop-portal = Look at the portal
shop-name-missing = The shop needs a name.
shop-country-wrong = Write the two letters of the country, for example DE.
shop-currency-wrong = Write the three letters of the currency, for example EUR.
shop-time-zone-wrong = This time zone is not known. Write it like Europe/Berlin.
shop-website-wrong = Write the whole address, with https.

mailboxes-lead = Kontor reads new mail from them and sends your answers through them. Your mail stays where it is.
mailboxes-none = No mailbox is connected
mailboxes-none-how = You need the address and the password of the mailbox your customers write to.
mailbox-connect = Connect a mailbox
mailbox-lead = Kontor reads new mail from it and sends your answers through it. Your mail stays where it is.
mailbox-pause = Pause
mailbox-go-on = Go on
mailbox-address = Address
mailbox-address-hint = Customers write to it.
mailbox-name = Sender’s name
mailbox-name-hint = Stands before the address in your replies.
mailbox-user = User name
mailbox-user-hint = Mostly the address itself.
mailbox-password = Password
mailbox-password-hint = Gmail and some others want an app password here.
mailbox-password-kept = A password is kept. Leave this empty to keep it.
mailbox-imap = Incoming mail (IMAP)
mailbox-smtp = Outgoing mail (SMTP)
mailbox-host = Server
mailbox-port = Port
mailbox-security = Encryption
mailbox-security-tls = TLS
mailbox-security-starttls = STARTTLS
mailbox-security-plain = None (this machine only)
mailbox-folder = Folder
mailbox-signature = Signature
mailbox-save = Save and connect
mailbox-check = Check first
mailbox-probe = Live check
mailbox-probe-waits = Press “Check first”: each step shows here as it ends.
mailbox-state-off = Paused
mailbox-state-connecting = Connecting
mailbox-state-ok = Connected
mailbox-state-error = Does not work
mailbox-password-missing = Without the password no mail can be read.
mailbox-saved = Saved. Kontor connects now.

assistant-lead = For each message it answers by itself, drafts, or hands over. Facts come from orders and articles; a text with a number that stands in no source is never sent.
assistant-on = The assistant works
assistant-intents = What it may answer by itself
assistant-col-matter = Matter
assistant-col-record = Last 30 days
assistant-col-may = Allowed
assistant-by-itself = Answer by itself
assistant-may-answer = May answer by itself: { $intent }
assistant-record = { $total } messages, { $answered } answered by itself
assistant-record-none = none yet
assistant-wordings = Wordings
assistant-wordings-how = What the assistant says in each language. The facts are put in from the order or the article.
wording-lead = Plain text. Names in double braces are replaced by facts; a fact that is missing stops the sending.
wording-text = Text
wording-restore = Take Kontor’s own again
wording-faulty = This cannot be filled in: { $reason }

team-lead = Who works here. Everybody sees the whole inbox; owners and admins change settings.
team-name = Name
team-role = Role
team-role-owner = Owner
team-role-admin = Admin
team-role-agent = Agent
team-seen = Last here
team-never = not yet
team-you = you
team-disabled = switched off
team-enable = Let in again
team-disable = Switch off
team-add = Add a person
team-add-how = A first password is made and shown once. They can change it.
team-add-do = Add
team-added = { $name } can sign in now
team-password-once = Pass this on; it is not shown again.
team-name-missing = Write a name.
team-email-wrong = Write the whole email address.
team-email-taken = Somebody with this email is already here.
team-last-owner = The last owner cannot be switched off.

models-lead = They run inside Kontor. No customer’s word leaves this server.
models-machine = { $cores } cores, { $memory } memory
models-ability-words = Tell language and mood
models-ability-words-text = Always there; needs no model.
models-ability-meaning = Understand by meaning
models-ability-meaning-on = { $model }: sorts messages by matter and finds articles across languages.
models-ability-meaning-off = Off: matters are guessed from words, and articles are found by words alone.
models-ability-writing = Word drafts freely
models-ability-writing-on = { $model }: words drafts from the sources.
models-ability-writing-off = Off: answers come from your wordings and articles, word for word.
models-catalogue = Models
models-catalogue-how = Fetched and switched on the command line, with checksum and progress.
models-name = Name
models-languages = Languages
models-size = Size
models-licence = Licence
models-state = State
models-state-used = in use
models-state-here = here
models-state-absent = not fetched
models-kind-chat = chat
models-kind-embed = embedding

profile-name-hint = Stands under your replies.
profile-language = Language of the desk
profile-theme = Light
profile-theme-auto = As the system
profile-theme-light = Day
profile-theme-dark = Night
profile-password = Password
profile-password-how = At least 10 characters. All other sessions of yours end.
profile-password-current = The present one
profile-password-new = The new one
profile-password-do = Change it
profile-password-wrong = This is not your present password.
profile-password-short = At least 10 characters, please.
profile-password-changed = The password is changed.

## Articles
knowledge-lead = { $count ->
    [0] The assistant only says what it has read.
    [one] One article. The assistant only says what it has read.
   *[other] { $count } articles. The assistant only says what it has read.
}
knowledge-none = No articles, so no answers yet
knowledge-none-how = Give it your shipping and returns pages first; they cover most questions.
knowledge-search = Find an article
knowledge-no-category = Without a category
article-new = New article
article-language = Language
article-languages = Languages
article-title = Title
article-title-hint = As a customer would ask.
article-category = Category
article-body = Text
article-body-hint = Markdown: # for headings, - for lists, | for tables. Each heading is quoted by itself.
article-draft = Draft
article-published = Published
article-none = Not written yet
article-version = { $count ->
   *[other] version { $count }
}
article-public = See it as customers do
article-publish = Publish
article-save-published = Save and publish
article-save-draft = Keep as a draft
article-unpublish = Take back to a draft
article-remove = Remove this article
article-remove-sure = It goes in all languages. Answers already sent stay as they are.
article-remove-do = Remove
article-title-missing = An article needs a title.
article-body-missing = An article needs a text before it is published.
article-saved = Saved; the assistant reads it now.
article-removed = The article is removed.

## Orders
orders-search = Number, name, email, parcel
orders-status = State
orders-find = Find
orders-none = No orders yet
orders-none-how = Import them as a CSV file from your shop or marketplace. The assistant answers “where is my order” from them.
orders-not-found = No order fits
orders-not-found-how = Try the number without signs, or the email alone.
order-title = Order { $number }
order-number = Number
order-customer = Customer
order-platform = Platform
order-placed = Placed
order-status = State
order-total = Total
order-goods = Goods
order-parcel = Parcel
order-no-parcel = No parcel yet.
order-returns = Returns
order-refunds = Refunds
order-refund = Refund
order-return = Return { $rma }
order-phone = Phone
order-address = Address
order-note = Note
order-status-pending = Not paid
order-status-paid = Paid
order-status-shipped = Shipped
order-status-delivered = Delivered
order-status-cancelled = Cancelled
order-status-refunded = Refunded
shipment-label_created = Label made
shipment-in_transit = On its way
shipment-out_for_delivery = Out for delivery
shipment-delivered = Delivered
shipment-exception = Held up
shipment-returned = Sent back
shipment-expected = Delivery expected
return-requested = Asked for
return-approved = Approved
return-refused = Refused
return-in_transit = On its way
return-received = Received
return-refunded = Refunded
return-closed = Closed
refund-pending = Waits
refund-paid = Paid
refund-failed = Failed
import-title = Import orders
import-lead = A CSV file. You see first what it would change; importing it twice changes nothing.
import-file = File
import-file-hint = CSV, comma or semicolon, The first row names the columns.
import-look = Look at it first
import-columns = Columns
import-columns-how = Names in any order; an order with several goods has a row for each.
import-needed = needed
import-preview = What this file would do
import-rows = { $count ->
    [one] { $count } row
   *[other] { $count } rows
}
import-figure-new = New orders
import-figure-changed = Changed
import-figure-same = As they were
import-figure-errors = Rows with errors
import-errors = Rows that are left out
import-col-row = Row
import-col-column = Column
import-col-problem = What is wrong
import-sample = The first ones
import-do = { $count ->
    [0] Nothing to import
    [one] Import one order
   *[other] Import { $count } orders
}
import-other = Another file
import-done = Imported
import-new = { $count ->
   *[other] { $count } new
}
import-changed = { $count ->
   *[other] { $count } changed
}
import-same = { $count ->
   *[other] { $count } as they were
}
import-skipped = { $count ->
    [one] { $count } row left out
   *[other] { $count } rows left out
}
import-see = See the orders
import-no-file = Choose a file first.
import-gone = The uploaded file is no longer kept. Upload it again.

## Operations
operations-jobs = Jobs
operations-inbound = Mail in
operations-outbox = Mail out
jobs-lead = Work that Kontor does behind the screens. What fails is tried again by itself; what keeps failing waits here for you.
jobs-ready = Waiting
jobs-running = Running
jobs-dead = Given up
jobs-dead-none = Nothing was given up.
jobs-dead-how = Nothing is lost: the work is kept and can be tried again.
jobs-kind = Work
jobs-error = What went wrong
jobs-attempts = Attempts
jobs-when = When
jobs-next = Next try
jobs-drop = Drop
jobs-waiting = Next in line
job-state-ready = waits
job-state-running = runs
inbound-lead = Every mail as it arrived, kept before anything looked at it.
inbound-all = All
inbound-none = No mail has arrived yet
inbound-none-quarantined = No mail is quarantined
inbound-none-how = What cannot be read is kept whole, shown here, and never stops the mail behind it.
inbound-received = Received
inbound-channel = Mailbox
inbound-size = Size
inbound-reason = Where it went
inbound-conversation = Conversation
inbound-one = A mail as it came
inbound-kept = It is kept exactly as it came.
inbound-download = Download
inbound-cut = Only the beginning is shown; the download has all.
inbound-state-received = Waits
inbound-state-filed = Filed
inbound-state-quarantined = Quarantined
inbound-state-ignored = Put aside
outbox-lead = Replies and other mail on the way out. Each is sent once.
outbox-undecided = Perhaps delivered
outbox-undecided-how = Kontor stopped between handing over the mail and hearing that it arrived. Only a person can decide: look into the mailbox’s “sent” folder.
outbox-latest = The latest
outbox-none = Nothing was sent yet.
outbox-when = When
outbox-recipient = To
outbox-subject = Subject
outbox-state-queued = Waits
outbox-state-sending = Being sent
outbox-state-sent = Sent
outbox-state-failed = Failed
outbox-state-unknown = Unknown
outbox-state-cancelled = Cancelled
operations-again-done = It is tried again.
operations-settled = Noted.

## Names of codes
channel-email = Email
channel-portal = Portal
channel-form = Contact form
language-en = English
language-es = Spanish
language-de = German
language-fr = French
language-ja = Japanese
language-zh = Chinese
mood-furious = Furious
mood-negative = Upset
mood-positive = Glad
sentiment-positive = glad
sentiment-neutral = calm
sentiment-negative = upset
sentiment-furious = furious
intent-where_is_my_order = Where is my order
intent-where_is_my_order-hint = Placed: where is it, when does it come
intent-return_request = Return
intent-return_request-hint = Has it, wants to give it back
intent-exchange_request = Exchange
intent-exchange_request-hint = Another size, colour or model
intent-refund_status = Refund
intent-refund_status-hint = Money promised or due: when, how much
intent-cancel_order = Cancel an order
intent-cancel_order-hint = Stop an order not yet received
intent-change_address = Change of address
intent-change_address-hint = Address, recipient, phone, pickup point
intent-product_question = Product question
intent-product_question-hint = Fit, size, contents, care, stock
intent-shipping_info = Shipping
intent-shipping_info-hint = Cost, time, countries, customs
intent-payment_issue = Payment
intent-payment_issue-hint = Declined, charged twice, methods
intent-invoice_request = Invoice
intent-invoice_request-hint = Send, correct, other name
intent-discount_question = Discount
intent-discount_question-hint = Codes, sales, price match
intent-warranty_or_damaged = Damaged or wrong
intent-warranty_or_damaged-hint = Defective, damaged, wrong or missing
intent-complaint = Complaint
intent-complaint-hint = Displeasure without another request
intent-human_request = Wants a person
intent-human_request-hint = The wish for a person is the main thing
intent-other = Other
intent-other-hint = Thanks, press, out of scope
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
time-yesterday = yesterday
time-date = { $day } { $month }
time-date-year = { $day } { $month } { $year }
time-date-at = { $date }, { $time }
time-weekday-date = { $weekday } { $date }
time-today-is = Today, { $date }
time-yesterday-was = Yesterday, { $date }
entry-joined = Wrote in later
entry-copied = Was in copy
event-conversation-assigned = { $user } changed who works on it.
event-conversation-assigned-to = { $user } gave it to { $to }.
event-conversation-assigned-nobody = { $user } put it back for everybody.
event-conversation-prioritised = Priority: { $priority }.
event-conversation-closed = { $user } closed it.
event-conversation-reopened = { $user } opened it again.
event-conversation-woken = Opened again.
event-conversation-snoozed = { $user } snoozed it until { $when }.
event-conversation-tagged = Tagged { $tag }.
event-conversation-untagged = Tag { $tag } removed.
run-sure = It is sure enough of this to act.
run-unsure = It is not sure enough of this to act by itself.
run-identity-stranger = The address is on no order that fits. No detail is given.
run-by-template = worded from a template
run-fact-meaning = Understanding by meaning
run-fact-meaning-yes = the embedding model took part
run-fact-meaning-no = off; from words alone
run-fact-time = Time
check-bound-passed = Every statement stands in a source
check-bound-failed = A statement stands in no source
check-loop-passed = No talk between two machines
check-loop-failed = Too many automatic messages within an hour
check-near-passed = The article fits the question
check-near-failed = The article may not fit the question
check-sure-passed = Sure of what is meant
check-sure-failed = Not sure of what is meant
check-switched_on-passed = May be answered by itself
check-switched_on-failed = Not switched on for answering by itself
reason-not_the_buyer = The sender is not shown to be a buyer.
reason-no_article = No article speaks about this.
reason-outside_knowledge = The articles do not answer this.
reason-other_language = The article is not written in the customer’s language.
reason-not_near = The article may not fit the question.
reason-unbound = A statement stood in no source.
reason-switched_off = This matter is not switched on for answering by itself.
reason-unsure = What is meant is not sure enough.
reason-furious = The customer is furious.
reason-wants_person = The customer asks for a person.
reason-complaint = It is a complaint.
reason-legal_or_safety = It sounds of law or safety.
assistant-tells-handover = Tell the customer when a person takes over
wording-original = Kontor’s own
models-loading = The model is being loaded.
models-failed = It could not be loaded: { $reason }
models-state-proposed = fits this machine
import-column-order-number = Number, as the customer knows it
import-column-placed-at = Date, for example 2026-11-22
import-column-customer-name = Who bought
import-column-email = Address; answers go only there
import-column-status = paid, shipped, delivered, cancelled, refunded
import-column-item-title = What was bought
import-column-quantity = How many
import-column-unit-price = Price of one
import-column-total = What was paid
import-column-carrier = Who carries it
import-column-tracking-number = The carrier’s number
import-column-shipment-status = in_transit, delivered, …
import-platform-other = Another
mailbox-since = since { $when }
probe-works = works
probe-fails = does not work
probe-skipped = not tried
mailbox-host-hint = Empty: found from the address, for well-known providers.
