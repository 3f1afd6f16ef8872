//! What files people have, and what hostile ones do.

use jiff::tz::TimeZone;

use super::{
    apply::apply,
    cells::{self, DayOrder},
    *,
};
use crate::db::Db;

const HEADER: &str = "platform,order_number,placed_at,customer_name,email,phone,country,language,status,item_sku,item_title,\
                      variant,quantity,unit_price,currency,carrier,tracking_number,tracking_url,shipment_status,shipped_at,\
                      delivered_at\n";

fn row(number: &str, rest: &str) -> String {
    format!(
        "shopify,{number},2026-11-19T10:00:00Z,Anna Weiß,Anna@Example.org,+49 176 04069214,DE,de,,SL-1,Shirt,M,1,59.00,EUR,{rest}\n"
    )
}

fn parse(text: &str) -> File {
    read(text.as_bytes(), &Defaults::default()).expect("a table")
}

fn codes(file: &File) -> Vec<(Option<usize>, Option<Column>, Code)> {
    file.faults
        .iter()
        .map(|fault| (fault.row, fault.column, fault.code))
        .collect()
}

#[test]
fn a_plain_file_is_read() {
    let rest = "DHL,00340434161094042557,https://example.org/t/1,delivered,2026-11-20,2026-11-21";
    let file = parse(&format!("{HEADER}{}", row("#1042", rest)));
    assert_eq!(file.faults, []);
    let order = &file.orders[0];
    assert_eq!(
        (order.email.as_str(), order.phone.as_str()),
        ("anna@example.org", "+4917604069214")
    );
    assert_eq!(
        (order.status, order.total_minor, order.country.as_str()),
        ("delivered", 5_900, "DE")
    );
    assert_eq!(order.parcels[0].tracking_number, "00340434161094042557");
    assert_eq!(
        file.columns[1],
        ("order_number".to_owned(), Some(Column::OrderNumber))
    );
}

#[test]
fn encodings_of_spreadsheets_are_told_apart() {
    let text = "Bestellnummer;Bestelldatum;Kunde\n#1;19.11.2026;Jürgen Weiß\n";
    let utf16 = |big: bool, mark: bool| -> Vec<u8> {
        let units = text.encode_utf16().map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        });
        let mark: &[u8] = match (mark, big) {
            (false, _) => &[],
            (true, true) => &[0xFE, 0xFF],
            (true, false) => &[0xFF, 0xFE],
        };
        mark.iter().copied().chain(units.flatten()).collect()
    };
    let cases: [(Vec<u8>, &str); 6] = [
        (text.as_bytes().to_vec(), "UTF-8"),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), "UTF-8"),
        (utf16(false, true), "UTF-16LE"),
        (utf16(true, true), "UTF-16BE"),
        (utf16(false, false), "UTF-16LE"),
        (
            encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
            "windows-1252",
        ),
    ];
    for (bytes, encoding) in cases {
        let file = read(&bytes, &Defaults::default()).expect(encoding);
        assert_eq!((file.encoding, file.delimiter), (encoding, ';'));
        assert_eq!(file.orders[0].customer_name, "Jürgen Weiß", "{encoding}");
    }
    let chinese = "订单号,下单时间,收件人\n#1,2026年11月19日,陈晓岚\n";
    let file = read(
        &encoding_rs::GB18030.encode(chinese).0,
        &Defaults::default(),
    )
    .expect("GB18030");
    assert_eq!(
        (file.encoding, file.orders[0].customer_name.as_str()),
        ("gb18030", "陈晓岚")
    );
}

#[test]
fn every_delimiter_and_foreign_headers_are_known() {
    for (delimiter, header) in [
        (',', ["Name", "Created at", "Lineitem price"]),
        (';', ["Bestellnummer", "Bestelldatum", "Einzelpreis"]),
        ('\t', ["número de pedido", "Fecha", "Precio"]),
        ('|', ["注文番号", "注文日", "単価"]),
    ] {
        let sep = delimiter.to_string();
        let file = parse(&format!(
            "{}\n{}\n",
            header.join(&sep),
            ["#1001", "2026-11-19 10:00:00 +0100", "5"].join(&sep)
        ));
        assert_eq!(
            (file.delimiter, file.orders.len()),
            (delimiter, 1),
            "{header:?} {:?}",
            file.faults
        );
        assert_eq!(file.orders[0].placed_at, 1_795_078_800_000);
    }
    let hinted = parse("sep=;\r\norder_number;placed_at\r\n7001;2026-11-19\r\n");
    assert_eq!(hinted.orders[0].number, "7001");
    assert_eq!(hinted.orders[0].row, 3);
}

#[test]
fn faults_name_row_and_column_and_the_rest_goes_in() {
    let file = parse(
        "order_number,placed_at,email,quantity,unit_price,item_sku,tracking_url,tracking_number,country\n\
         #1,2026-11-19,a@example.org,1,10,X,,,DE\n\
         \n\
         #2,yesterday,a@example.org,0,ten,X,javascript:alert(1),3.24E+15,Atlantis\n\
         ,2026-11-19,,,,,,,\n\
         #3,2026-11-19,not an address,1,10,X,,,DE\n\
         #4,2026-11-19,a@example.org,1,10,X,,,DE,one cell more\n\
         #3,2026-11-19,a@example.org,1,10,Y,,,DE\n",
    );
    assert_eq!(
        file.orders
            .iter()
            .map(|order| order.number.as_str())
            .collect::<Vec<_>>(),
        ["#1"]
    );
    assert_eq!(file.skipped_orders, 4);
    let mut found = codes(&file);
    found.sort();
    let cell = |row, column, code| (Some(row), Some(column), code);
    assert_eq!(
        found,
        [
            cell(4, Column::PlacedAt, Code::Date),
            cell(4, Column::Country, Code::Country),
            cell(4, Column::Quantity, Code::Quantity),
            cell(4, Column::UnitPrice, Code::Money),
            cell(4, Column::TrackingNumber, Code::MangledNumber),
            cell(4, Column::TrackingUrl, Code::Url),
            cell(5, Column::OrderNumber, Code::EmptyCell),
            cell(6, Column::Email, Code::Email),
            (Some(7), None, Code::TooManyCells),
        ]
    );
}

#[test]
fn rows_are_counted_as_a_spreadsheet_counts_them() {
    let file = parse("order_number,placed_at,note\n#1,2026-11-19,\"two\nlines\"\n\n#2,never,x\n");
    assert_eq!(
        codes(&file),
        [(Some(4), Some(Column::PlacedAt), Code::Date)]
    );
    assert_eq!(file.orders[0].note, "two lines");
}

#[test]
fn formulas_come_in_as_harmless_text() {
    let file = parse(
        "order_number,placed_at,customer_name,item_title,tracking_number,phone\n\
         #1,2026-11-19,\"=HYPERLINK(\"\"http://evil.example\"\",\"\"Click\"\")\",@SUM(A1),\"=\"\"00340434161094042557\"\"\",+49 176 04069214\n",
    );
    let order = &file.orders[0];
    assert!(
        order.customer_name.starts_with("'="),
        "{}",
        order.customer_name
    );
    assert_eq!(order.items[0].title, "'@SUM(A1)");
    assert_eq!(order.parcels[0].tracking_number, "00340434161094042557");
    assert_eq!(order.phone, "+4917604069214");
    assert_eq!(
        file.notices
            .iter()
            .filter(|notice| notice.code == Code::Formula)
            .count(),
        2
    );
    assert!(
        file.preview
            .iter()
            .flatten()
            .all(|cell| !cell.starts_with(['=', '@', '+', '-']))
    );
    let refused = parse("order_number,placed_at\n\"=cmd|' /C calc'!A0\",2026-11-19\n");
    assert_eq!(
        codes(&refused),
        [(Some(2), Some(Column::OrderNumber), Code::Number)]
    );
}

#[test]
fn what_is_no_table_is_refused_with_a_word() {
    let refused = |bytes: &[u8]| read(bytes, &Defaults::default()).expect_err("refused").code;
    assert_eq!(refused(b"PK\x03\x04rest"), Code::Workbook);
    assert_eq!(refused(b"a\0b\0\0\0\xff\x00"), Code::NotText);
    assert_eq!(refused(b""), Code::Empty);
    assert_eq!(refused(b"order_number,placed_at\n"), Code::Empty);
    assert_eq!(
        refused(b"email,placed_at\na@b.de,2026-11-19\n"),
        Code::MissingColumn
    );
    assert_eq!(
        refused(b"order_number,placed_at,Order\n1,2,3\n"),
        Code::DoubleColumn
    );
    let missing =
        read(b"email,order_number\na@b.de,1\n", &Defaults::default()).expect_err("refused");
    assert_eq!(missing.value, "placed_at");
}

#[test]
fn a_line_with_another_parcel_is_one_line_and_two_parcels() {
    let text = format!(
        "{HEADER}{}{}",
        row("#1", "DHL,AAA11111,,delivered,,"),
        row("#1", "DHL,BBB22222,,in transit,,")
    );
    let file = parse(&text);
    let order = &file.orders[0];
    assert_eq!(
        (order.items.len(), order.parcels.len(), order.status),
        (1, 2, "shipped")
    );
    let contradiction = format!(
        "{HEADER}{}{}",
        row("#1", ",,,,,"),
        row("#1", ",,,,,").replace(",1,59.00,", ",3,59.00,")
    );
    let file = parse(&contradiction);
    assert_eq!(file.orders.len(), 0);
    assert_eq!(
        codes(&file),
        [(Some(3), Some(Column::Quantity), Code::Contradiction)]
    );
}

#[test]
fn money_is_read_as_each_country_writes_it() {
    for (cell, currency, minor) in [
        ("59.00", "EUR", 5_900),
        ("59,00 €", "EUR", 5_900),
        ("1.234,50", "EUR", 123_450),
        ("1,234.50", "USD", 123_450),
        ("1 234,5", "EUR", 123_450),
        ("1.234", "EUR", 123_400),
        ("1,234,567", "USD", 123_456_700),
        ("¥1,800", "JPY", 1_800),
        ("1800.00", "JPY", 1_800),
        ("1.234", "KWD", 1_234),
        ("0", "EUR", 0),
    ] {
        assert_eq!(cells::money(cell, currency), Ok(minor), "{cell}");
    }
    for cell in [
        "",
        "-5",
        "12,50,3",
        "1.2345",
        "1e5",
        "5 or 6",
        "12.5.0",
        "99999999999999999999",
    ] {
        assert_eq!(cells::money(cell, "EUR"), Err(Code::Money), "{cell}");
    }
    assert_eq!(cells::money("12.50", "JPY"), Err(Code::Money));
}

#[test]
fn dates_are_read_in_the_shops_zone() {
    let utc = TimeZone::UTC;
    let noon = 1_795_089_600_000; // 2026-11-19T12:00Z
    for cell in [
        "2026-11-19",
        "2026/11/19",
        "19.11.2026",
        "2026年11月19日",
        "2026-11-19T12:00:00Z",
        "19-11-2026 12:00",
    ] {
        assert_eq!(
            cells::date(cell, &utc, DayOrder::Unknown),
            Ok(noon),
            "{cell}"
        );
    }
    assert_eq!(
        cells::date("19/11/2026", &utc, DayOrder::DayFirst),
        Ok(noon)
    );
    assert_eq!(
        cells::date("11/19/2026 12:00 PM", &utc, DayOrder::MonthFirst),
        Ok(noon)
    );
    assert_eq!(
        cells::date("03/04/2026", &utc, DayOrder::Unknown),
        Err(Code::AmbiguousDate)
    );
    for cell in [
        "",
        "soon",
        "2026-13-01",
        "31.02.2026",
        "1.1.26",
        "45000",
        "2026-11-19 25:00",
        "1850-01-01",
        "+",
        "T",
        "2026-11-19 +é",
    ] {
        assert_eq!(
            cells::date(cell, &utc, DayOrder::DayFirst),
            Err(Code::Date),
            "{cell}"
        );
    }
    let east = TimeZone::fixed(jiff::tz::offset(9));
    assert_eq!(
        cells::date("2026-11-19 21:00", &east, DayOrder::Unknown),
        Ok(noon)
    );
    // One date shows how all are meant.
    let file = parse("order_number,placed_at\n#1,03/04/2026\n#2,25/12/2026\n");
    assert_eq!(file.faults, []);
    assert_eq!(file.orders[0].placed_at, 1_775_217_600_000); // 3 April
    let file = parse("order_number,placed_at\n#1,03/04/2026\n");
    assert_eq!(codes(&file)[0].2, Code::AmbiguousDate);
}

#[test]
fn links_lead_where_they_seem_to() {
    for good in ["https://example.org/t?n=1", "http://example.org"] {
        assert!(cells::url(good).is_ok(), "{good}");
    }
    for bad in [
        "javascript:alert(1)",
        "https://dhl.de@evil.example/",
        "//evil.example",
        "https://",
        "https://a b",
        "data:text/html,x",
        "https://a\"b",
    ] {
        assert_eq!(cells::url(bad), Err(Code::Url), "{bad}");
    }
}

#[test]
fn every_code_has_its_words() {
    use crate::i18n::{Lang, Tr};
    for code in Code::ALL {
        let fault = Fault::cell(7, Column::Email, code, "this cell");
        let (english, chinese) = (fault.words(Tr(Lang::En)), fault.words(Tr(Lang::Zh)));
        assert_ne!(english, chinese, "{code:?}");
        for words in [english, chinese] {
            assert!(
                !words.contains("order-import") && !words.contains('{'),
                "{words}"
            );
        }
    }
}

async fn database() -> (tempfile::TempDir, Db, i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&folder.path().join("kontor.db"))
        .await
        .expect("a database");
    let new = crate::settings::shop::New {
        slug: "mine".into(),
        name: "Mine".into(),
        language: "en".into(),
        country: "DE".into(),
        currency: "EUR".into(),
        time_zone: "UTC".into(),
        website: String::new(),
        hue: 10,
        is_sample: false,
    };
    let shop = db
        .write(move |tx| Box::pin(async move { crate::settings::shop::create(tx, new, 1).await }))
        .await;
    (folder, db, shop.expect("a shop"))
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing_and_an_older_one_undoes_nothing() {
    let (_folder, db, shop) = database().await;
    let shipped = format!(
        "{HEADER}{}",
        row("#1", "DHL,AAA11111,,in transit,2026-11-20,")
    );
    let delivered = format!(
        "{HEADER}{}",
        row("#1", "DHL,AAA11111,,delivered,2026-11-20,2026-11-21")
    );
    let import = |text: String, dry: bool| {
        let db = db.clone();
        async move {
            apply(&db, shop, parse(&text), dry, 5)
                .await
                .expect("import")
                .orders
        }
    };
    let counts = |new, changed, unchanged| plan::Counts {
        new,
        changed,
        unchanged,
    };
    assert_eq!(import(shipped.clone(), true).await, counts(1, 0, 0));
    assert_eq!(import(shipped.clone(), false).await, counts(1, 0, 0));
    assert_eq!(import(shipped.clone(), false).await, counts(0, 0, 1));
    assert_eq!(import(delivered.clone(), true).await, counts(0, 1, 0));
    assert_eq!(import(delivered.clone(), false).await, counts(0, 1, 0));
    assert_eq!(import(shipped, false).await, counts(0, 0, 1));
    let order = crate::orders::reading::by_number(&db, shop, "1")
        .await
        .expect("orders")
        .remove(0);
    let details = crate::orders::reading::details(&db, order)
        .await
        .expect("details");
    assert_eq!(
        (
            details.order.status.as_str(),
            details.parcels.len(),
            details.lines.len()
        ),
        ("delivered", 1, 1)
    );
    let events: Vec<_> = details.parcels[0]
        .events
        .iter()
        .map(|event| event.status.as_str())
        .collect();
    assert_eq!(events, ["in_transit", "delivered"]);
    // The same number on another platform is another order.
    assert_eq!(
        import(delivered.replace("shopify,", "ebay,"), false).await,
        counts(1, 0, 0)
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_fall_over(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let _ = read(&bytes, &Defaults::default());
        let mut table = HEADER.as_bytes().to_vec();
        table.extend_from_slice(&bytes);
        if let Ok(file) = read(&table, &Defaults::default()) {
            for order in file.orders {
                proptest::prop_assert!(!order.number.is_empty() && order.total_minor >= 0);
            }
        }
    }

    #[test]
    fn no_cell_makes_it_fall_over(cell in "\\PC{0,24}") {
        let zone = TimeZone::UTC;
        let _ = cells::date(&cell, &zone, DayOrder::Unknown);
        let _ = cells::date(&format!("2026-11-19 {cell}"), &zone, DayOrder::Unknown);
        let _ = cells::money(&cell, "EUR");
        let _ = (cells::number(&cell, 20), cells::url(&cell), cells::email(&cell), cells::quantity(&cell));
        proptest::prop_assert!(!cells::text(&cell).0.starts_with(['=', '@', '+', '-']));
    }
}
