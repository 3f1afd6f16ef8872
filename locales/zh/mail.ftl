# Sign-in code for a customer
mail-code-subject = { $shop } 登录验证码：{ $code }
mail-code-title = 您的登录验证码
mail-code-text = 请在您请求验证码的页面输入：
mail-code-or = 或通过此链接打开您的订单：
mail-code-button = 打开我的订单
mail-code-valid = 验证码和链接只能使用一次，{ $count } 分钟内有效。
mail-code-not-you = 不是您本人请求的？无需任何操作：没有验证码，谁也看不到您的订单。我们绝不会向您索要验证码。

# Under every mail to a customer
mail-footer-why = 您收到此邮件是因为您曾联系 { $shop }。
mail-footer-asked = 您收到此邮件是因为有人用您的邮箱在 { $shop } 请求了验证码。
mail-footer-portal = 您的订单和消息
mail-footer-automatic = 这是一封自动确认邮件。

# After the contact form
mail-contact-subject = 我们已收到您的消息
mail-contact-title = 您的消息已收到
mail-contact-text = 感谢您联系 { $shop }。我们会阅读您的消息并回复到此邮箱。如需补充，直接回复本邮件即可。
mail-contact-not-you = 如果您没有联系过我们，可能是他人填写了您的邮箱。无需任何操作。

# Invitation of a colleague
mail-invite-subject = { $name } 邀请您加入 Kontor
mail-invite-title = 您在 { $shop } 的席位
mail-invite-text = { $name } 希望与您一起为 { $shop } 的顾客服务。请设置密码并开始：
mail-invite-button = 设置密码
mail-invite-valid = 链接只能使用一次，{ $count } 天内有效。
mail-invite-not-you = 如果您不认识 { $name }，请忽略此邮件。
mail-files-linked = 以下文件太大，无法随邮件发送，您可以在 { $date } 之前下载：
