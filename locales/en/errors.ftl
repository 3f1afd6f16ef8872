# What went wrong, whether anything was lost, what to do.

error-notfound-title = This page does not exist
error-notfound-text = The address may be mistyped, or what stood here was removed. Nothing was lost.
error-forbidden-title = This is not open to you
error-forbidden-text = You are not signed in, or your role does not include this. Sign in again, or ask the owner of the shop.
error-invalid-title = That could not be taken
error-invalid-text = Something in the form is missing or has another form than expected. Nothing was changed.
error-toomany-title = Too many attempts
error-toomany-text = { $count ->
    [one] Please wait { $count } second and try again.
   *[other] Please wait { $count } seconds and try again.
}
error-broken-title = Something broke on our side
error-broken-text = Nothing you wrote was sent. Please try again; the operator finds the reason in the log.
error-back = Back to the start
error-sign-in = The address or the password is not right.
error-password-short = The password needs at least 10 characters.
error-email = This is not a mail address.
error-name = The name is missing.
error-role = This role does not exist.
error-email-taken = Somebody with this address is here already.
error-last-owner = The last owner cannot be disabled.
error-preferences = This language or theme does not exist.
error-priority = This priority does not exist.
error-snooze = The time must lie ahead, within a year.
error-tag = A tag has 1 to 40 characters.
error-reply-empty = The reply is empty.
error-reply-long = The text is too long.
error-note-empty = The note is empty.
error-no-recipient = There is no address to answer to.
error-inbound-filed = This message is filed already.
error-outbox-state = It is in another state by now. Look again.
error-draft-held = This draft states something that no source states. Edit it and send it as your own.
error-article-title = The title is missing or too long.
