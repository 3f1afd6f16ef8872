## 收件账本
inbound-every-mailbox = 所有邮箱
inbound-show = 显示
inbound-mail = 邮件
inbound-no-subject = （无主题）
inbound-none-such = 没有这样的邮件
inbound-replay = 全部 { $count } 封再试一次
inbound-replay-how = 已归档的保持不变，不会重复。
inbound-aliases = { $count ->
   *[other] 另有 { $count } 个邮箱编号
}

## 证明全部都在
operations-mailboxes = 核对
proofs-lead = Kontor 每天清点邮箱里的每封邮件，并在账本中逐一找到；缺少的立即取回。
proof-now = 立即核对
proof-begun = 正在核对，完成后结果显示在这里。
proof-ledger = 查看邮件
proof-settings = 邮箱设置
proof-none-how = 邮箱读取完成后进行第一次核对。
proof-when = 核对时间
proof-in-mailbox = 邮箱中
proof-in-ledger = 账本中
proof-aliased = 以其他编号已知
proof-outside = 早于所需范围
proof-to-come = 待取回
proof-missing = 缺少
proof-fetched-now = 已立即取回
proof-refused = 其中被拒收
proof-gone = 邮箱中已删除
proof-sum = 邮箱中 = 账本中 + 以其他编号已知 + 早于所需范围 + 待取回 + 缺少。被拒收的邮件在账本中没有内容：太大，或服务器不给。“邮箱中已删除”是这里有、但后来从邮箱移除的邮件。
lookback = 回溯
lookback-progress = { $done } / { $total }
lookback-ended = { $count } 封，全部已取回。
mailbox-lookback = 之前的邮件
mailbox-lookback-hint = 较早的邮件归档为已关闭，绝不自动回复。从连接邮箱之日算起，以后可以要求更多。
mailbox-mark-read = 新邮件归档后在邮箱中标为已读

## 代码名称
proof-equal = 全部都在
proof-fetched = 全部都在，部分刚取回
proof-waiting = 正在回溯
proof-unequal = 有邮件缺少
proof-failed = 无法核对
proof-none = 尚未核对
lookback-none = 不读取
lookback-days30 = 30 天
lookback-year = 一年
lookback-everything = 全部
inbound-why-too-large = 太大，无法取回
inbound-why-unfetchable = 服务器不提供此邮件
inbound-why-parser = 此邮件使解析器出错
inbound-why-missing = 磁盘上缺少其内容
inbound-why-duplicate = 相同的邮件已归档
inbound-why-own = 我们自己的邮件又回来了
