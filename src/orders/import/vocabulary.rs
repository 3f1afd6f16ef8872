//! The words that files use: headers of the format and of platforms' exports in six languages,
//! words for states, names of countries.

use super::Column;

/// Column, its name in the format, and other headers for it.
pub const COLUMNS: [(Column, &str, &[&str]); 24] = [
    (
        Column::Platform,
        "platform",
        &[
            "sales channel",
            "channel",
            "marketplace",
            "plattform",
            "plataforma",
            "plateforme",
            "平台",
            "プラットフォーム",
        ],
    ),
    (
        Column::OrderNumber,
        "order_number",
        &[
            "order",
            "order id",
            "order no",
            "order name",
            "amazon order id",
            "number",
            "name",
            "sales record number",
            "bestellnummer",
            "bestellung",
            "auftragsnummer",
            "numero de pedido",
            "número de pedido",
            "pedido",
            "numéro de commande",
            "commande",
            "n° de commande",
            "订单号",
            "订单编号",
            "注文番号",
        ],
    ),
    (
        Column::PlacedAt,
        "placed_at",
        &[
            "created at",
            "order date",
            "purchase date",
            "date",
            "paid at",
            "sale date",
            "bestelldatum",
            "datum",
            "fecha",
            "fecha del pedido",
            "fecha de pedido",
            "date de commande",
            "下单时间",
            "订单日期",
            "下单日期",
            "注文日",
            "注文日時",
        ],
    ),
    (
        Column::CustomerName,
        "customer_name",
        &[
            "customer",
            "buyer name",
            "shipping name",
            "recipient name",
            "billing name",
            "kunde",
            "kundenname",
            "cliente",
            "nombre del cliente",
            "nombre",
            "client",
            "nom du client",
            "nom",
            "客户",
            "客户姓名",
            "收件人",
            "顧客名",
            "氏名",
            "お名前",
        ],
    ),
    (
        Column::Email,
        "email",
        &[
            "e-mail",
            "mail",
            "customer email",
            "buyer email",
            "email address",
            "e-mail-adresse",
            "correo",
            "correo electrónico",
            "adresse e-mail",
            "courriel",
            "邮箱",
            "电子邮箱",
            "メール",
            "メールアドレス",
        ],
    ),
    (
        Column::Phone,
        "phone",
        &[
            "telephone",
            "phone number",
            "buyer phone number",
            "shipping phone",
            "telefon",
            "telefonnummer",
            "teléfono",
            "téléphone",
            "电话",
            "手机",
            "电话号码",
            "電話番号",
        ],
    ),
    (
        Column::Country,
        "country",
        &[
            "country code",
            "ship country",
            "shipping country",
            "land",
            "país",
            "pays",
            "国家",
            "国",
            "国名",
        ],
    ),
    (
        Column::Language,
        "language",
        &["locale", "sprache", "idioma", "langue", "语言", "言語"],
    ),
    (
        Column::Status,
        "status",
        &[
            "order status",
            "state",
            "bestellstatus",
            "estado",
            "statut",
            "订单状态",
            "状态",
            "ステータス",
            "注文状況",
        ],
    ),
    (
        Column::ItemSku,
        "item_sku",
        &[
            "sku",
            "lineitem sku",
            "item number",
            "custom label",
            "artikelnummer",
            "referencia",
            "référence",
            "商品编码",
            "商品コード",
        ],
    ),
    (
        Column::ItemTitle,
        "item_title",
        &[
            "item",
            "title",
            "product",
            "product name",
            "lineitem name",
            "item title",
            "item name",
            "artikel",
            "produkt",
            "artículo",
            "producto",
            "article",
            "produit",
            "商品",
            "商品名称",
            "商品名",
        ],
    ),
    (
        Column::Variant,
        "variant",
        &[
            "variation",
            "variation details",
            "option",
            "variante",
            "variante des artikels",
            "规格",
            "款式",
            "バリエーション",
        ],
    ),
    (
        Column::Quantity,
        "quantity",
        &[
            "qty",
            "lineitem quantity",
            "quantity purchased",
            "menge",
            "anzahl",
            "cantidad",
            "quantité",
            "数量",
        ],
    ),
    (
        Column::UnitPrice,
        "unit_price",
        &[
            "price",
            "lineitem price",
            "item price",
            "sold for",
            "preis",
            "einzelpreis",
            "precio",
            "precio unitario",
            "prix",
            "prix unitaire",
            "单价",
            "价格",
            "単価",
            "価格",
        ],
    ),
    (
        Column::Currency,
        "currency",
        &[
            "currency code",
            "währung",
            "moneda",
            "devise",
            "币种",
            "货币",
            "通貨",
        ],
    ),
    (
        Column::Total,
        "total",
        &[
            "order total",
            "total price",
            "gesamt",
            "gesamtbetrag",
            "summe",
            "importe total",
            "montant total",
            "总金额",
            "总价",
            "合計",
        ],
    ),
    (
        Column::ShippingAddress,
        "shipping_address",
        &[
            "address",
            "ship to",
            "lieferadresse",
            "adresse",
            "dirección",
            "dirección de envío",
            "adresse de livraison",
            "收货地址",
            "地址",
            "住所",
            "お届け先",
        ],
    ),
    (
        Column::Carrier,
        "carrier",
        &[
            "shipping carrier",
            "tracking company",
            "versanddienstleister",
            "paketdienst",
            "transportista",
            "transporteur",
            "承运商",
            "快递公司",
            "配送会社",
            "配送業者",
        ],
    ),
    (
        Column::TrackingNumber,
        "tracking_number",
        &[
            "tracking",
            "tracking no",
            "tracking id",
            "sendungsnummer",
            "paketnummer",
            "número de seguimiento",
            "numéro de suivi",
            "物流单号",
            "快递单号",
            "运单号",
            "追跡番号",
            "お問い合わせ番号",
        ],
    ),
    (
        Column::TrackingUrl,
        "tracking_url",
        &[
            "tracking link",
            "sendungsverfolgung",
            "enlace de seguimiento",
            "lien de suivi",
            "物流链接",
            "追跡url",
        ],
    ),
    (
        Column::ShipmentStatus,
        "shipment_status",
        &[
            "delivery status",
            "tracking status",
            "fulfillment status",
            "lieferstatus",
            "estado del envío",
            "statut de livraison",
            "物流状态",
            "配送状況",
        ],
    ),
    (
        Column::ShippedAt,
        "shipped_at",
        &[
            "shipped on",
            "ship date",
            "fulfilled at",
            "versanddatum",
            "fecha de envío",
            "date d'expédition",
            "发货时间",
            "発送日",
        ],
    ),
    (
        Column::DeliveredAt,
        "delivered_at",
        &[
            "delivered on",
            "delivery date",
            "zustelldatum",
            "fecha de entrega",
            "date de livraison",
            "签收时间",
            "配達日",
        ],
    ),
    (
        Column::Note,
        "note",
        &[
            "notes",
            "notiz",
            "bemerkung",
            "nota",
            "remarque",
            "备注",
            "備考",
        ],
    ),
];

/// A header or word without case, spaces and signs: `Order-Number` is `order_number`.
pub fn key(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Words for the state of an order.
const ORDER_STATES: [(&str, &[&str]); 6] = [
    (
        "pending",
        &[
            "pending",
            "unpaid",
            "awaiting payment",
            "open",
            "authorized",
            "offen",
            "pendiente",
            "en attente",
            "待付款",
            "未払い",
        ],
    ),
    (
        "paid",
        &[
            "paid",
            "processing",
            "unfulfilled",
            "unshipped",
            "confirmed",
            "partially paid",
            "bezahlt",
            "pagado",
            "payé",
            "payée",
            "已付款",
            "待发货",
            "支払い済み",
        ],
    ),
    (
        "shipped",
        &[
            "shipped",
            "fulfilled",
            "sent",
            "in transit",
            "partial",
            "versandt",
            "versendet",
            "enviado",
            "expédié",
            "expédiée",
            "已发货",
            "発送済み",
        ],
    ),
    (
        "delivered",
        &[
            "delivered",
            "completed",
            "complete",
            "zugestellt",
            "geliefert",
            "entregado",
            "livré",
            "livrée",
            "已签收",
            "已完成",
            "配達済み",
        ],
    ),
    (
        "cancelled",
        &[
            "cancelled",
            "canceled",
            "voided",
            "storniert",
            "cancelado",
            "annulé",
            "annulée",
            "已取消",
            "キャンセル",
        ],
    ),
    (
        "refunded",
        &[
            "refunded",
            "returned",
            "partially refunded",
            "erstattet",
            "reembolsado",
            "remboursé",
            "remboursée",
            "已退款",
            "返金済み",
        ],
    ),
];

/// Words for the state of a parcel.
const PARCEL_STATES: [(&str, &[&str]); 6] = [
    (
        "label_created",
        &[
            "label_created",
            "label created",
            "pre transit",
            "info received",
            "unfulfilled",
            "etikett erstellt",
            "已出面单",
        ],
    ),
    (
        "in_transit",
        &[
            "in_transit",
            "in transit",
            "transit",
            "shipped",
            "fulfilled",
            "unterwegs",
            "en tránsito",
            "en camino",
            "en transit",
            "运输中",
            "輸送中",
        ],
    ),
    (
        "out_for_delivery",
        &[
            "out_for_delivery",
            "out for delivery",
            "in zustellung",
            "en reparto",
            "en livraison",
            "派送中",
            "配達中",
        ],
    ),
    (
        "delivered",
        &[
            "delivered",
            "zugestellt",
            "entregado",
            "livré",
            "已签收",
            "配達済み",
        ],
    ),
    (
        "exception",
        &[
            "exception",
            "delayed",
            "failure",
            "failed",
            "attempted delivery",
            "verspätet",
            "con retraso",
            "en retard",
            "延误",
            "遅延",
        ],
    ),
    (
        "returned",
        &[
            "returned",
            "returned to sender",
            "return to sender",
            "zurück an absender",
            "devuelto",
            "retourné",
            "退回",
            "返送",
        ],
    ),
];

fn state(states: &[(&'static str, &[&str])], word: &str) -> Option<&'static str> {
    let word = key(word);
    states
        .iter()
        .find(|(_, words)| words.iter().any(|known| key(known) == word))
        .map(|(state, _)| *state)
}

/// The state of an order that a word means.
pub fn order_state(word: &str) -> Option<&'static str> {
    state(&ORDER_STATES, word)
}

/// The state of a parcel that a word means.
pub fn parcel_state(word: &str) -> Option<&'static str> {
    state(&PARCEL_STATES, word)
}

/// Names of countries that small shops sell to most; others as ISO 3166-1 alpha-2.
const COUNTRIES: [(&str, &[&str]); 14] = [
    (
        "DE",
        &[
            "germany",
            "deutschland",
            "alemania",
            "allemagne",
            "德国",
            "ドイツ",
        ],
    ),
    ("AT", &["austria", "österreich", "autriche", "奥地利"]),
    ("CH", &["switzerland", "schweiz", "suisse", "suiza", "瑞士"]),
    (
        "FR",
        &["france", "frankreich", "francia", "法国", "フランス"],
    ),
    (
        "ES",
        &[
            "spain",
            "españa",
            "spanien",
            "espagne",
            "西班牙",
            "スペイン",
        ],
    ),
    ("IT", &["italy", "italia", "italien", "italie", "意大利"]),
    (
        "NL",
        &[
            "netherlands",
            "niederlande",
            "países bajos",
            "pays-bas",
            "荷兰",
        ],
    ),
    (
        "GB",
        &[
            "uk",
            "united kingdom",
            "great britain",
            "england",
            "vereinigtes königreich",
            "reino unido",
            "royaume-uni",
            "英国",
            "イギリス",
        ],
    ),
    ("IE", &["ireland", "irland", "irlanda", "irlande", "爱尔兰"]),
    (
        "US",
        &[
            "usa",
            "united states",
            "united states of america",
            "vereinigte staaten",
            "estados unidos",
            "états-unis",
            "美国",
            "アメリカ",
        ],
    ),
    ("CA", &["canada", "kanada", "加拿大", "カナダ"]),
    ("JP", &["japan", "japón", "japon", "日本"]),
    ("CN", &["china", "chine", "中国"]),
    ("AU", &["australia", "australien", "australie", "澳大利亚"]),
];

/// The ISO 3166-1 alpha-2 code of a country.
pub fn country(word: &str) -> Option<String> {
    let name = key(word);
    if let Some((code, _)) = COUNTRIES
        .iter()
        .find(|(_, names)| names.iter().any(|known| key(known) == name))
    {
        return Some((*code).to_owned());
    }
    let code = word.trim();
    (code.len() == 2 && code.chars().all(|c| c.is_ascii_alphabetic()))
        .then(|| code.to_ascii_uppercase())
}
