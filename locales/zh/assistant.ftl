# Stands on every answer that no person wrote
assistant-wrote-this = 此回复由助手（软件）根据 { $shop } 的数据撰写，发送前没有人工阅读。
assistant-reach-person = 想与工作人员联系？请回复并说明。
assistant-told-this = 此通知由助手（软件）发送，接下来会有工作人员阅读您的消息。

# Names of the wordings, for the merchant’s editor
assistant-wording-where-is-my-order = 订单在哪里
assistant-wording-refund-status = 退款状态
assistant-wording-cancellation-status = 取消状态
assistant-wording-refuse-identity = 未验证身份时不提供详情
assistant-wording-not-found = 未找到订单
assistant-wording-policy-quote = 引用帮助页面
assistant-wording-handover = 将由工作人员回复
