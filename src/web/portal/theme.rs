//! The merchant's look: one hue, from which the stylesheet derives the rest, and a sign for the
//! browser's tab. Own addresses, because the content policy allows no style inside a page.

use poem::{Response, handler, http::header};

use super::visitor::Visitor;

/// `GET /s/:shop/theme.css`
#[handler]
pub fn stylesheet(visitor: Visitor) -> Response {
    let hue = visitor.shop.hue.clamp(0, 360);
    cached("text/css; charset=utf-8").body(format!(".shop-page{{--shop-hue:{hue}}}\n"))
}

/// `GET /s/:shop/icon.svg`: the shop's first letter on its colour.
#[handler]
pub fn icon(visitor: Visitor) -> Response {
    let hue = visitor.shop.hue.clamp(0, 360);
    // Only a letter or digit: nothing of the name can be markup.
    let letter: String = visitor
        .shop
        .name
        .chars()
        .find(|c| c.is_alphanumeric())
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    cached("image/svg+xml").body(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">\
         <rect width=\"32\" height=\"32\" rx=\"4\" fill=\"oklch(0.40 0.058 {hue})\"/>\
         <text x=\"16\" y=\"23\" font-family=\"Georgia,serif\" font-size=\"20\" text-anchor=\"middle\" fill=\"#fff\">{letter}</text></svg>\n"
    ))
}

fn cached(content_type: &str) -> poem::ResponseBuilder {
    Response::builder()
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "public, max-age=300")
}
