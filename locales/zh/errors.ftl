# What went wrong, whether anything was lost, what to do.

error-notfound-title = 没有这个页面
error-notfound-text = 地址可能有误，或者内容已被移除。没有任何内容丢失。
error-forbidden-title = 您无权查看此内容
error-forbidden-text = 您尚未登录，或者您的角色不包含此权限。请重新登录，或联系店主。
error-invalid-title = 无法接受该输入
error-invalid-text = 表单中有内容缺失或格式不正确。没有任何更改。
error-toomany-title = 尝试次数过多
error-toomany-text = { $count ->
    [one] 请等待 { $count } 秒后再试。
   *[other] 请等待 { $count } 秒后再试。
}
error-broken-title = 我们这边出了问题
error-broken-text = 您写的内容没有发送。请再试一次；运维人员可以在日志中找到原因。
error-back = 返回首页
error-sign-in = 邮箱地址或密码不正确。
error-password-short = 密码至少需要 10 个字符。
error-email = 这不是有效的邮箱地址。
error-name = 缺少姓名。
error-role = 没有这个角色。
error-email-taken = 该邮箱地址已有人使用。
error-last-owner = 不能停用最后一位店主。
error-preferences = 没有这种语言或主题。
error-priority = 没有这个优先级。
error-snooze = 时间必须在未来一年之内。
error-tag = 标签长度为 1 到 40 个字符。
error-reply-empty = 回复内容为空。
error-reply-long = 内容过长。
error-note-empty = 备注内容为空。
error-no-recipient = 没有可以回复的地址。
error-inbound-filed = 这条消息已经归档。
error-outbox-state = 它的状态已经改变，请重新查看。
error-draft-held = 这份草稿包含没有来源的说法。请修改后以您自己的名义发送。
error-article-title = 缺少标题或标题过长。
