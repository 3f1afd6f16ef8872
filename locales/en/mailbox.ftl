# Connecting a mailbox: the steps of the live check
mailbox-step-imap-host = Reach the IMAP server
mailbox-step-imap-tls = Encrypt the way to it
mailbox-step-imap-login = Sign in for reading
mailbox-step-imap-folder = Open the folder
mailbox-step-imap-read = Read mail
mailbox-step-storage = Keep what was read
mailbox-step-smtp-host = Reach the SMTP server
mailbox-step-smtp-tls = Encrypt the way to it
mailbox-step-smtp-login = Sign in for sending
mailbox-step-smtp-send = Hand a mail over

# What is wrong, and what to do about it
mailbox-problem-unknown-host = There is no server of this name. Check the spelling; your provider's help pages name it.
mailbox-problem-refused = The server is there but refuses connections on this port. Check the port.
mailbox-problem-timeout = The server does not answer. Check host and port; a firewall may be in between.
mailbox-problem-lost = The connection broke. Kontor tries again by itself.
mailbox-problem-protocol = Something else answers there. Check port and encryption: 993 and 465 want TLS, 143 and 587 STARTTLS.
mailbox-problem-unwilling = The server is there but does not want to talk to us now. Its own words say why.
mailbox-problem-no-start-tls = The server does not offer STARTTLS on this port. Try TLS with port 993 (IMAP) or 465 (SMTP).
mailbox-problem-plain-remote = Without encryption the password could be read on the way. That is allowed only for a server on this machine.
mailbox-problem-certificate-expired = The server's certificate is expired, or this machine's clock is wrong. Your provider has to renew it.
mailbox-problem-certificate-name = The server's certificate is for another name. Use the name your provider gives, not an alias.
mailbox-problem-certificate-untrusted = The server's certificate is signed by nobody Kontor trusts. For an authority of your own set SSL_CERT_FILE.
mailbox-problem-tls = Encryption could not be set up. Check port and encryption: 993 and 465 want TLS, 143 and 587 STARTTLS.
mailbox-problem-login = The server does not accept this name and password. Some want the whole address as the name.
mailbox-problem-app-password = Your provider does not accept the account's usual password here. Make an app password (QQ and 163: an authorization code) in its security settings, switch IMAP on there, and use that.
mailbox-problem-passwords-off = Your provider has switched passwords off for mail programs. Forward this mailbox to one that allows them.
mailbox-problem-no-mechanism = The server offers no way to sign in with a password on this port. Check port and encryption.
mailbox-problem-folder = There is no such folder in the mailbox, or it may not be opened. INBOX always exists.
mailbox-problem-said = The server said no. Its own words say why.
mailbox-problem-storage = Kontor could not write to its own disk. Make room; it goes on by itself.

error-mailbox-host = The name of a server is missing or cannot be one.
error-mailbox-port = A port is a number from 1 to 65535.
error-mailbox-user = The name to sign in with is missing or has letters that cannot be.
error-mailbox-signature = The signature is too long.
error-mailbox-plain = Without encryption only a server on this machine can be used.
error-mailbox-taken = This address is connected already.
error-mailbox-password = The server was changed: please type the password again.
error-mailbox-busy = A mail is going out by this mailbox right now. Try again in a moment.
error-mailbox-attachments = The limit for attachments is at most 100 MB.
