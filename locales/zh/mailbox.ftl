# 连接邮箱：实时检查的步骤
mailbox-step-imap-host = 连接 IMAP 服务器
mailbox-step-imap-tls = 加密连接
mailbox-step-imap-login = 登录收信
mailbox-step-imap-folder = 打开文件夹
mailbox-step-imap-read = 读取邮件
mailbox-step-storage = 保存已读取的邮件
mailbox-step-smtp-host = 连接 SMTP 服务器
mailbox-step-smtp-tls = 加密连接
mailbox-step-smtp-login = 登录发信
mailbox-step-smtp-send = 投递邮件

# 出了什么问题，以及怎么办
mailbox-problem-unknown-host = 没有这个名称的服务器。请检查拼写；邮箱服务商的帮助页面会写明服务器名称。
mailbox-problem-refused = 服务器存在，但这个端口拒绝连接。请检查端口。
mailbox-problem-timeout = 服务器没有回应。请检查服务器名称和端口；中间可能有防火墙。
mailbox-problem-lost = 连接中断。Kontor 会自动重试。
mailbox-problem-protocol = 那里回应的不是邮件服务器。请检查端口和加密方式：993 和 465 用 TLS，143 和 587 用 STARTTLS。
mailbox-problem-unwilling = 服务器存在，但现在不愿意提供服务。原因见服务器的原话。
mailbox-problem-no-start-tls = 服务器在这个端口不提供 STARTTLS。请改用 TLS：IMAP 端口 993，SMTP 端口 465。
mailbox-problem-plain-remote = 不加密时密码可能在途中被读取，因此只允许用于本机上的服务器。
mailbox-problem-certificate-expired = 服务器的证书已过期，或者本机时钟不对。证书要由服务商更新。
mailbox-problem-certificate-name = 服务器的证书属于另一个名称。请使用服务商给出的名称，不要用别名。
mailbox-problem-certificate-untrusted = 服务器的证书不是由受信任的机构签发的。如果是自己的证书机构，请设置 SSL_CERT_FILE。
mailbox-problem-tls = 无法建立加密连接。请检查端口和加密方式：993 和 465 用 TLS，143 和 587 用 STARTTLS。
mailbox-problem-login = 服务器不接受这个用户名和密码。有些服务器要求用完整的邮箱地址作为用户名。
mailbox-problem-app-password = 服务商在这里不接受账户的普通密码。请在其安全设置中开启 IMAP 并生成应用专用密码（QQ 和 163 为授权码），然后使用它。
mailbox-problem-passwords-off = 服务商已对邮件程序停用密码登录。请把这个邮箱的来信转发到允许密码登录的邮箱。
mailbox-problem-no-mechanism = 服务器在这个端口不提供密码登录。请检查端口和加密方式。
mailbox-problem-folder = 邮箱里没有这个文件夹，或者不允许打开。INBOX 总是存在的。
mailbox-problem-said = 服务器拒绝了。原因见服务器的原话。
mailbox-problem-storage = Kontor 无法写入自己的磁盘。请腾出空间，之后会自动继续。

error-mailbox-host = 缺少服务器名称，或者名称不正确。
error-mailbox-port = 端口是 1 到 65535 之间的数字。
error-mailbox-user = 缺少登录用户名，或者其中有不允许的字符。
error-mailbox-signature = 签名太长。
error-mailbox-plain = 不加密只能用于本机上的服务器。
error-mailbox-taken = 这个地址已经连接过了。
error-mailbox-password = 服务器已更改，请重新输入密码。
error-mailbox-busy = 这个邮箱正在发送一封邮件，请稍后再试。
error-mailbox-attachments = 附件上限最多为 100 MB。
