//! Parcels of the sample shop: tracking numbers with their check digits, and what the carrier
//! scanned when.

use super::{
    data::Route,
    rng::Rng,
    time::{DAY, HOUR, MINUTE},
};

/// A parcel.
#[derive(Clone, Debug)]
pub struct Shipment {
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: String,
    /// `label_created`, `in_transit`, `out_for_delivery`, `delivered`, `exception` or `returned`.
    pub status: &'static str,
    /// When it left Hamburg.
    pub shipped_at: Option<i64>,
    pub expected_at: Option<i64>,
    pub delivered_at: Option<i64>,
    pub events: Vec<Scan>,
}

/// One entry of a parcel's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub at: i64,
    /// As [`Shipment::status`].
    pub status: &'static str,
    pub place: String,
}

/// How a parcel's way goes, times in unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// Packed; leaves later.
    Label { printed: i64 },
    /// Left at `shipped`, still on its way.
    Transit { shipped: i64 },
    /// Left at `shipped`, in the van since `van`.
    Van { shipped: i64, van: i64 },
    /// Left at `shipped`, handed over at `delivered`.
    Delivered { shipped: i64, delivered: i64 },
    /// Left at `shipped`, stuck.
    Stuck { shipped: i64 },
    /// Left at `shipped`, nobody there, going back since `back`.
    Back { shipped: i64, back: i64 },
}

/// Calendar days that `working` working days take at most.
pub fn calendar_days(working: i64) -> i64 {
    (working * 7 + 4) / 5
}

/// The parcel that went this way, seen at `now`. `tracking` is set for fixed buyers.
pub fn parcel(
    route: &Route,
    city: &str,
    way: Way,
    now: i64,
    tracking: Option<&str>,
    rng: &mut Rng,
) -> Shipment {
    let number = tracking.map_or_else(|| number(route, rng), str::to_owned);
    let mut scans = Scans {
        now,
        list: Vec::new(),
    };
    let (status, shipped, delivered) = match way {
        Way::Label { printed } => {
            scans.add(printed, "label_created", "Hamburg");
            ("label_created", None, None)
        }
        Way::Transit { shipped } => {
            scans.hubs(route, shipped, calendar_days(route.max_days) * DAY, 3);
            ("in_transit", Some(shipped), None)
        }
        Way::Van { shipped, van } => {
            scans.hubs(route, shipped, van - shipped, 3);
            scans.add(van, "out_for_delivery", city);
            ("out_for_delivery", Some(shipped), None)
        }
        Way::Delivered { shipped, delivered } => {
            let van = delivered - rng.range(2 * HOUR, 6 * HOUR);
            scans.hubs(route, shipped, van - shipped, 3);
            scans.add(van, "out_for_delivery", city);
            scans.add(delivered, "delivered", city);
            ("delivered", Some(shipped), Some(delivered))
        }
        Way::Stuck { shipped } => {
            let usual = calendar_days(route.max_days) * DAY;
            scans.hubs(route, shipped, usual, 2);
            let place = route.hubs.last().map_or(city, String::as_str);
            scans.add(shipped + usual * 4 / 5, "exception", place);
            ("exception", Some(shipped), None)
        }
        Way::Back { shipped, back } => {
            scans.hubs(route, shipped, back - shipped - DAY, 3);
            scans.add(back - DAY, "out_for_delivery", city);
            scans.add(back - DAY + 5 * HOUR, "exception", city);
            scans.add(back, "returned", city);
            ("returned", Some(shipped), None)
        }
    };
    let expected_at = match way {
        Way::Back { .. } => None,
        Way::Label { printed } => Some(printed + calendar_days(route.max_days) * DAY),
        Way::Van { .. } => Some(now),
        _ => shipped.map(|at| at + calendar_days(route.max_days) * DAY),
    };
    Shipment {
        carrier: route.carrier.clone(),
        tracking_url: route.url.replace("{tracking}", &number),
        tracking_number: number,
        status,
        shipped_at: shipped,
        expected_at,
        delivered_at: delivered,
        events: scans.list,
    }
}

struct Scans {
    now: i64,
    list: Vec<Scan>,
}

impl Scans {
    /// Adds a scan, unless it lies in the future or before the last one.
    fn add(&mut self, at: i64, status: &'static str, place: &str) {
        let at = at - at.rem_euclid(MINUTE);
        if at <= self.now && self.list.last().is_none_or(|last| last.at < at) {
            self.list.push(Scan {
                at,
                status,
                place: place.to_owned(),
            });
        }
    }

    /// Label, hand-over and the first `hubs` places on a way that takes `ms`.
    fn hubs(&mut self, route: &Route, shipped: i64, ms: i64, hubs: usize) {
        self.add(shipped - 5 * HOUR, "label_created", "Hamburg");
        self.add(shipped, "in_transit", "Hamburg");
        let count = route.hubs.len() as i64;
        for (place, step) in route.hubs.iter().zip(1..).take(hubs) {
            self.add(
                shipped + ms * step / (count + 1) + 37 * MINUTE,
                "in_transit",
                place,
            );
        }
    }
}

/// A tracking number in the carrier's form.
fn number(route: &Route, rng: &mut Rng) -> String {
    let raw = rng.digits(&route.tracking);
    let digits: String = raw
        .split("{check}")
        .next()
        .unwrap_or(&raw)
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let check = match route.scheme.as_str() {
        "sscc" => sscc(&digits),
        "s10" => s10(&digits),
        _ => return raw,
    };
    raw.replace("{check}", &check.to_string())
}

/// The check digit of an SSCC (GS1 General Specifications, 7.9.1: modulo 10, weights 3 and 1 from
/// the right).
pub fn sscc(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .sum();
    (10 - sum % 10) % 10
}

/// The check digit of an international parcel (UPU S10: modulo 11, weights 8 6 4 2 3 5 9 7).
pub fn s10(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .filter_map(|c| c.to_digit(10))
        .zip([8, 6, 4, 2, 3, 5, 9, 7])
        .map(|(digit, weight)| digit * weight)
        .sum();
    match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        check => check,
    }
}
