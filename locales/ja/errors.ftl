# What went wrong, whether anything was lost, what to do.

error-notfound-title = このページはありません
error-notfound-text = アドレスが間違っているか、内容が削除された可能性があります。失われたものはありません。
error-forbidden-title = このページは表示できません
error-forbidden-text = ログインしていないか、権限がありません。もう一度ログインしてください。
error-invalid-title = 受け付けられませんでした
error-invalid-text = 入力内容に不足があるか、形式が異なります。何も変更されていません。
error-toomany-title = 試行回数が多すぎます
error-toomany-text = { $count ->
    [one] { $count } 秒待ってからもう一度お試しください。
   *[other] { $count } 秒待ってからもう一度お試しください。
}
error-broken-title = こちら側で問題が発生しました
error-broken-text = 入力された内容は送信されていません。もう一度お試しください。
error-back = 最初に戻る
error-sign-in = アドレスまたはパスワードが正しくありません。
error-password-short = パスワードは10文字以上必要です。
error-email = メールアドレスの形式ではありません。
error-name = 名前がありません。
error-role = この役割はありません。
error-email-taken = このアドレスはすでに使われています。
error-last-owner = 最後のオーナーは停止できません。
error-preferences = この言語またはテーマはありません。
error-priority = この優先度はありません。
error-snooze = 日時は今後1年以内にしてください。
error-tag = タグは1～40文字です。
error-reply-empty = 返信が空です。
error-reply-long = 文章が長すぎます。
error-note-empty = メモが空です。
error-no-recipient = 返信先のアドレスがありません。
error-inbound-filed = このメッセージはすでに登録されています。
error-outbox-state = 状態が変わりました。もう一度ご確認ください。
error-draft-held = この下書きには根拠のない記述があります。修正し、ご自身の返信として送信してください。
error-article-title = タイトルがないか、長すぎます。
