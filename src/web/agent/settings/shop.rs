//! The shop's identity.

use jiff::tz::TimeZone;
use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Query},
};
use serde::Deserialize;

use super::Asked;
use crate::{
    app::App,
    db::{Sql, SqlExt},
    i18n::{Lang, Tr},
    settings::shop,
    web::{
        agent::{
            desk::Desk,
            inbox::language_choice,
            views::{Problems, settings::ShopSettings},
        },
        auth::Admin,
        error::Error,
        render::{html, html_with, see_other},
    },
};

/// What the form sends.
#[derive(Clone, Debug, Deserialize)]
pub struct ShopForm {
    name: String,
    website: String,
    language: String,
    country: String,
    currency: String,
    time_zone: String,
    hue: u16,
}

impl ShopForm {
    fn of(shop: &shop::Model) -> Self {
        Self {
            name: shop.name.clone(),
            website: shop.website.clone(),
            language: shop.language.clone(),
            country: shop.country.clone(),
            currency: shop.currency.clone(),
            time_zone: shop.time_zone.clone(),
            hue: u16::try_from(shop.hue).unwrap_or(210),
        }
    }

    /// Trims and puts codes into capitals; says what is wrong, by field.
    fn validate(&mut self, t: Tr) -> Problems {
        for field in [
            &mut self.name,
            &mut self.website,
            &mut self.country,
            &mut self.currency,
            &mut self.time_zone,
        ] {
            *field = field.trim().to_owned();
        }
        self.country = self.country.to_uppercase();
        self.currency = self.currency.to_uppercase();
        self.hue = self.hue.min(360);
        let letters =
            |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_uppercase());
        let mut problems = Problems::none();
        if self.name.is_empty() || self.name.chars().count() > 80 {
            problems.add("name", t.s("shop-name-missing"));
        }
        if !self.country.is_empty() && !letters(&self.country, 2) {
            problems.add("country", t.s("shop-country-wrong"));
        }
        if !letters(&self.currency, 3) {
            problems.add("currency", t.s("shop-currency-wrong"));
        }
        if TimeZone::get(&self.time_zone).is_err() {
            problems.add("time_zone", t.s("shop-time-zone-wrong"));
        }
        let web = self.website.starts_with("https://") || self.website.starts_with("http://");
        if !self.website.is_empty() && !web {
            problems.add("website", t.s("shop-website-wrong"));
        }
        if Lang::parse(&self.language).is_none() {
            self.language = "en".into();
        }
        problems
    }
}

fn page(desk: Desk, form: ShopForm, sample: bool, problems: Problems) -> ShopSettings {
    ShopSettings {
        t: desk.t,
        languages: Lang::ALL
            .iter()
            .map(|lang| language_choice(desk.t, *lang, &form.language))
            .collect(),
        portal: format!("/s/{}", desk.slug),
        chrome: desk.chrome,
        name: form.name,
        website: form.website,
        currency: form.currency,
        time_zone: form.time_zone,
        country: form.country,
        hue: form.hue,
        sample,
        problems,
    }
}

/// `GET /settings/shop`.
#[handler]
pub async fn show(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "settings")
        .await?
        .flash(&asked.done);
    let shop = shop::by_id(&app.db, agent.shop_id).await?;
    html(&page(
        desk,
        ShopForm::of(&shop),
        shop.is_sample,
        Problems::none(),
    ))
}

/// `POST /settings/shop`.
#[handler]
pub async fn save(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Form(mut form): Form<ShopForm>,
) -> Result<Response, Error> {
    let problems = form.validate(agent.t);
    if !problems.is_empty() {
        let desk = Desk::open(app, &agent, "settings").await?;
        let shop = shop::by_id(&app.db, agent.shop_id).await?;
        let page = page(desk, form, shop.is_sample, problems);
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    app.db
        .write(move |tx| {
            Box::pin(async move {
                tx.run(
                    Sql::new(
                        "UPDATE shops SET name = ?, website = ?, language = ?, country = ?, currency = ?, time_zone = ?, hue = ?
                         WHERE id = ?",
                    )
                    .bind(form.name)
                    .bind(form.website)
                    .bind(form.language)
                    .bind(form.country)
                    .bind(form.currency)
                    .bind(form.time_zone)
                    .bind(i64::from(form.hue))
                    .bind(agent.shop_id),
                )
                .await
            })
        })
        .await?;
    Ok(see_other("/settings/shop?done=done-saved"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_put_right_and_nonsense_is_named() {
        let mut form = ShopForm {
            name: " Sommerlinn ".into(),
            website: "https://sommerlinn.example".into(),
            language: "de".into(),
            country: "de".into(),
            currency: "eur".into(),
            time_zone: "Europe/Berlin".into(),
            hue: 900,
        };
        let t = Tr(Lang::En);
        assert!(form.validate(t).is_empty());
        assert_eq!(
            (form.name.as_str(), form.country.as_str(), form.hue),
            ("Sommerlinn", "DE", 360)
        );
        form.time_zone = "Mars/Olympus".into();
        form.website = "javascript:alert(1)".into();
        let problems = form.validate(t);
        assert!(!problems.of("time_zone").is_empty() && !problems.of("website").is_empty());
    }
}
