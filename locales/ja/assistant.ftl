# Stands on every answer that no person wrote
assistant-wrote-this = この返信は { $shop } のデータをもとにアシスタント（ソフトウェア）が作成したもので、送信前に担当者は確認しておりません。
assistant-reach-person = 担当者をご希望の場合は、その旨をご返信ください。
assistant-told-this = このお知らせはアシスタント（ソフトウェア）が送信しました。この後、担当者がメッセージを拝見します。

# Names of the wordings, for the merchant’s editor
assistant-wording-where-is-my-order = ご注文の状況
assistant-wording-refund-status = 返金の状況
assistant-wording-cancellation-status = キャンセルの状況
assistant-wording-refuse-identity = 本人確認前の回答
assistant-wording-not-found = 注文が見つからない
assistant-wording-policy-quote = ヘルプページの引用
assistant-wording-handover = 担当者が返信します
