## The ledger of what arrived
inbound-every-mailbox = Every mailbox
inbound-show = Show
inbound-mail = Mail
inbound-no-subject = (no subject)
inbound-none-such = No such mail
inbound-replay = Try all { $count } once more
inbound-replay-how = What is filed already stays as it is; nothing doubles.
inbound-aliases = { $count ->
    [one] and one more number of the mailbox
   *[other] and { $count } more numbers of the mailbox
}

## The proof that all of it is here
operations-mailboxes = Proof
proofs-lead = Once a day Kontor counts every mail in the mailbox and finds it in the ledger. What is missing is fetched at once.
proof-now = Compare now
proof-begun = The comparison runs. It shows here when it is done.
proof-ledger = Its mail
proof-settings = Its settings
proof-none-how = It is compared for the first time once it has been read.
proof-when = Compared
proof-in-mailbox = In the mailbox
proof-in-ledger = In the ledger
proof-aliased = Known under another number
proof-outside = Older than wanted
proof-to-come = Still to come
proof-missing = Missing
proof-fetched-now = Fetched at once
proof-refused = Of those here: refused
proof-gone = Gone there
proof-sum = In the mailbox = in the ledger + known under another number + older than wanted + still to come + missing. Refused mails stand in the ledger without their content: they are too large, or the server does not hand them out. “Gone there” are mails that are here and were since removed from the mailbox.
lookback = Looking back
lookback-progress = { $done } of { $total }
lookback-ended = { $count } mails, all here.
mailbox-lookback = Mail from before
mailbox-lookback-hint = Older mail is filed as closed and never answered by itself. Counts from the day the mailbox was connected; you can ask for more later.
mailbox-mark-read = Mark new mail as read in the mailbox once it is filed here

## Names of codes
proof-equal = All here
proof-fetched = All here, some fetched now
proof-waiting = Looking back
proof-unequal = Something is missing
proof-failed = Could not be compared
proof-none = Not compared yet
lookback-none = Nothing
lookback-days30 = 30 days
lookback-year = One year
lookback-everything = Everything
inbound-why-too-large = Too large to fetch
inbound-why-unfetchable = The server does not hand it out
inbound-why-parser = The mail made the parser fail
inbound-why-missing = Its bytes are missing on our disk
inbound-why-duplicate = The same mail was filed before
inbound-why-own = Our own mail come back
