# Sign-in code for a customer
mail-code-subject = { $shop } の認証コード：{ $code }
mail-code-title = 認証コード
mail-code-text = コードを請求した画面にご入力ください：
mail-code-or = または、次のリンクからご注文を開けます：
mail-code-button = ご注文を開く
mail-code-valid = コードとリンクは一度だけ、{ $count }分間有効です。
mail-code-not-you = お心当たりがない場合、何もする必要はありません。コードがなければ誰もご注文を見られません。当店がコードをお尋ねすることはありません。

# Under every mail to a customer
mail-footer-why = { $shop } へお問い合わせいただいたため、このメールをお送りしています。
mail-footer-asked = { $shop } でお客様のアドレスの認証コードが請求されたため、このメールをお送りしています。
mail-footer-portal = ご注文とメッセージ
mail-footer-automatic = これは自動送信の確認メールです。

# After the contact form
mail-contact-subject = メッセージを受け付けました
mail-contact-title = メッセージを受け付けました
mail-contact-text = { $shop } へお問い合わせいただきありがとうございます。内容を拝見し、このアドレスへ返信いたします。追記がある場合は、このメールにご返信ください。
mail-contact-not-you = お心当たりがない場合は、どなたかがアドレスを誤って入力された可能性があります。何もする必要はありません。

# Invitation of a colleague
mail-invite-subject = { $name } さんから Kontor への招待
mail-invite-title = { $shop } へようこそ
mail-invite-text = { $name } さんが { $shop } のお客様対応にお誘いしています。パスワードを設定して始めてください：
mail-invite-button = パスワードを設定
mail-invite-valid = リンクは一度だけ、{ $count }日間有効です。
mail-invite-not-you = { $name } さんをご存じない場合は、このメールを無視してください。
mail-files-linked = 以下のファイルは大きいためメールに添付できません。{ $date } までダウンロードできます：
