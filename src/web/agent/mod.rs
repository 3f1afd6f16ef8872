//! The agents' desk: signing in, inbox, conversations, orders, articles, settings, operations.

mod acting;
mod backups;
mod conversation;
mod desk;
mod imports;
mod inbox;
mod knowledge;
mod message;
mod operations;
mod orders;
mod panel;
mod proposal;
mod replying;
mod runs;
mod search;
mod senders;
mod session;
mod settings;
mod thread;
mod times;
pub mod views;

use poem::{Response, Route, get, handler, post, put};

use crate::web::render::see_other;

/// `GET /`: the desk begins with the inbox.
#[handler]
fn home() -> Response {
    see_other("/inbox")
}

/// The routes of the workspace.
pub fn routes() -> Route {
    Route::new()
        .at("/", get(home))
        .at("/session", get(session::new).post(session::create))
        .at("/session/end", post(session::end))
        .at("/inbox", get(inbox::index))
        .at("/inbox/rows/:id", get(inbox::row_update))
        .at("/conversations/:id", get(conversation::show))
        .at("/conversations/:id/replies", post(replying::reply))
        .at(
            "/conversations/:id/replies/:message/removal",
            post(replying::take_back),
        )
        .at(
            "/conversations/:id/replies/:message/dispatch",
            post(replying::send_now),
        )
        .at(
            "/conversations/:id/replies/:message/hold/removal",
            post(replying::release),
        )
        .at(
            "/conversations/:id/draft/files/:file/removal",
            post(replying::remove_file),
        )
        .at("/conversations/:id/notes", post(acting::note))
        .at("/conversations/:id/assignment", post(acting::assign))
        .at("/conversations/:id/priority", post(acting::prioritise))
        .at("/conversations/:id/tags", post(acting::tag))
        .at("/conversations/:id/tags/:tag/removal", post(acting::untag))
        .at("/conversations/:id/closure", post(acting::close))
        .at("/conversations/:id/closure/removal", post(acting::reopen))
        .at("/conversations/:id/snooze", post(acting::snooze))
        .at("/conversations/:id/snooze/removal", post(acting::reopen))
        .at(
            "/conversations/:id/draft",
            put(acting::keep_draft).post(acting::keep_draft),
        )
        .at(
            "/conversations/:id/draft/adoption",
            post(acting::adopt_draft),
        )
        .at(
            "/conversations/:id/draft/removal",
            post(acting::remove_draft),
        )
        .at("/messages/:id/body", get(message::show_html))
        .at("/messages/:id/raw", get(message::raw))
        .at("/messages/:id/details", get(senders::details))
        .at("/attachments/:id", get(message::attachment))
        .at("/inline/:id", get(message::inline))
        .at("/runs/:id", get(runs::show))
        .at("/search", get(search::index))
        .at("/orders", get(orders::index))
        .at("/orders/import", get(imports::new).post(imports::preview))
        .at("/orders/import/:upload", post(imports::create))
        .at("/orders/:id", get(orders::show))
        .at("/knowledge", get(knowledge::index))
        .at(
            "/knowledge/new",
            get(knowledge::new).post(knowledge::create),
        )
        .at("/knowledge/:id", get(knowledge::show).post(knowledge::save))
        .at("/knowledge/:id/removal", post(knowledge::remove))
        .at("/operations/jobs", get(operations::jobs_index))
        .at("/operations/jobs/:id/retry", post(operations::jobs_retry))
        .at(
            "/operations/jobs/:id/removal",
            post(operations::jobs_remove),
        )
        .at("/operations/inbound", get(operations::ledger::index))
        .at(
            "/operations/inbound/replays",
            post(operations::ledger::retry_all),
        )
        .at("/operations/inbound/:id", get(operations::ledger::show))
        .at(
            "/operations/inbound/:id/raw",
            get(operations::ledger::download),
        )
        .at(
            "/operations/inbound/:id/retry",
            post(operations::ledger::retry),
        )
        .at("/operations/mailboxes", get(operations::proofs::index))
        .at("/operations/mailboxes/:id", get(operations::proofs::show))
        .at(
            "/operations/mailboxes/:id/comparison",
            post(operations::proofs::compare),
        )
        .at(
            "/operations/inbound/:id/release",
            post(operations::ledger::release),
        )
        .at("/operations/outbox", get(operations::outbox_index))
        .at(
            "/operations/outbox/:id/retry",
            post(operations::outbox_retry),
        )
        .at(
            "/operations/outbox/:id/receipt",
            post(operations::outbox_receipt),
        )
        .at(
            "/operations/backups",
            get(backups::index).post(backups::create),
        )
        .at("/operations/backups/settings", post(backups::save))
        .at("/settings", get(settings::overview))
        .at(
            "/settings/shop",
            get(settings::shop::show).post(settings::shop::save),
        )
        .at(
            "/settings/mailboxes",
            get(settings::mailboxes::index).post(settings::mailboxes::create),
        )
        .at(
            "/settings/mailboxes/new",
            get(settings::mailboxes::show_new),
        )
        .at(
            "/settings/mailboxes/probe",
            post(settings::mailboxes::try_out),
        )
        .at("/settings/mailboxes/grant", get(settings::granting::end))
        .at(
            "/settings/mailboxes/:id/grant",
            post(settings::granting::begin),
        )
        .at("/settings/sending", post(settings::granting::save_sending))
        .at(
            "/settings/mailboxes/:id",
            get(settings::mailboxes::show).post(settings::mailboxes::save),
        )
        .at(
            "/settings/mailboxes/:id/pause",
            post(settings::mailboxes::pause),
        )
        .at(
            "/settings/mailboxes/:id/pause/removal",
            post(settings::mailboxes::go_on),
        )
        .at(
            "/settings/assistant",
            get(settings::assistant::show).post(settings::assistant::save),
        )
        .at(
            "/settings/assistant/templates/:name",
            get(settings::assistant::show_wording).post(settings::assistant::save_wording),
        )
        .at(
            "/settings/assistant/templates/:name/removal",
            post(settings::assistant::remove_wording),
        )
        .at("/settings/models", get(settings::models::show))
        .at(
            "/settings/team",
            get(settings::team::index).post(settings::team::create),
        )
        .at(
            "/settings/team/:id/suspension",
            post(settings::team::disable),
        )
        .at(
            "/settings/team/:id/suspension/removal",
            post(settings::team::enable),
        )
        .at(
            "/settings/profile",
            get(settings::profile::show).post(settings::profile::save),
        )
        .at(
            "/settings/profile/password",
            post(settings::profile::save_password),
        )
}
