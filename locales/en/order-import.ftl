# Import of orders from a table: what is wrong, row by row. { $row } counts like a spreadsheet.
order-import-too-large = The file is larger than { $value } MiB. Split it and import the parts.
order-import-workbook = This is an Excel workbook. Save it as “CSV UTF-8” and import that file.
order-import-not-text = This file is not a table of text.
order-import-empty = The file has no header or no row below it.
order-import-missing-column = The column “{ $value }” is missing.
order-import-double-column = The column “{ $value }” is there twice under different names. Remove one of the two.
order-import-broken-csv = The file is broken: { $value }
order-import-too-many-cells = Row { $row } has more cells than the header. A separator inside a cell needs quotation marks. First extra cell: “{ $value }”
order-import-empty-cell = Row { $row }, { $column }: must not be empty.
order-import-too-long = Row { $row }, { $column }: too long.
order-import-date = Row { $row }, { $column }: “{ $value }” is not a date. Write 2026-11-30 or 30.11.2026.
order-import-ambiguous-date = Row { $row }, { $column }: in “{ $value }” it is not clear which part is the month. Write 2026-11-30.
order-import-money = Row { $row }, { $column }: “{ $value }” is not an amount of money.
order-import-quantity = Row { $row }, { $column }: “{ $value }” is not a whole number of at least 1.
order-import-currency = Row { $row }, { $column }: “{ $value }” is not a currency. Write EUR, GBP or JPY, for example.
order-import-country = Row { $row }, { $column }: “{ $value }” is not a country. Write two letters, such as DE or FR.
order-import-language = Row { $row }, { $column }: “{ $value }” is not a language. Write two letters, such as de or zh.
order-import-email = Row { $row }, { $column }: “{ $value }” is not an email address.
order-import-status = Row { $row }, { $column }: the state “{ $value }” is not known.
order-import-url = Row { $row }, { $column }: “{ $value }” is not a web address that begins with https:// or http://.
order-import-mangled-number = Row { $row }, { $column }: a spreadsheet has shortened the number to “{ $value }”, its digits are lost. Format the column as text and export it again.
order-import-number = Row { $row }, { $column }: “{ $value }” has signs that no such number has.
order-import-contradiction = Row { $row }, { $column }: “{ $value }” contradicts an earlier row of the same order.
order-import-formula = Row { $row }, { $column }: the cell looked like a formula and was taken over as plain text.
order-import-damaged = Some characters could not be read as { $value } and were replaced.
order-import-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
order-import-summary = { $new } new, { $changed } changed, { $unchanged } unchanged, { $skipped } left out
order-import-dry-run = Nothing was written (dry run).
