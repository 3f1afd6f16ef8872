//! Who works here.

use std::collections::HashMap;

use poem::{
    Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Query},
};
use sea_orm::FromQueryResult;
use serde::Deserialize;

use super::Asked;
use crate::{
    accounts::users,
    app::App,
    db::{Sql, SqlExt},
    error::Error as Domain,
    ids,
    web::{
        agent::{
            desk::Desk,
            views::{
                Choice, Problems, Who,
                settings::{Member, Team},
            },
        },
        auth::{Admin, Agent},
        error::Error,
        render::{html, html_with, see_other},
    },
};

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct MemberForm {
    name: String,
    email: String,
    role: String,
}

#[derive(FromQueryResult)]
struct Seen {
    user_id: i64,
    at: i64,
}

async fn page(
    app: &App,
    agent: &Agent,
    done: &str,
    form: MemberForm,
    problems: Problems,
    fresh: Option<(String, String, String)>,
) -> Result<Team, Error> {
    let desk = Desk::open(app, agent, "settings").await?.flash(done);
    let seen: Vec<Seen> = app
        .db
        .read()
        .all(Sql::new(
            "SELECT user_id, max(seen_at) AS at FROM sessions WHERE user_id IS NOT NULL GROUP BY user_id",
        ))
        .await?;
    let seen: HashMap<i64, i64> = seen.into_iter().map(|s| (s.user_id, s.at)).collect();
    let t = desk.t;
    let role_name = |role: &str| t.s(&format!("team-role-{role}"));
    let members = users::of_shop(&app.db, agent.shop_id)
        .await?
        .into_iter()
        .map(|user| Member {
            who: Who::new(&user.name),
            email: user.email,
            role: role_name(&user.role),
            disabled: user.disabled_at.is_some(),
            own: user.id == agent.user_id,
            seen: seen.get(&user.id).map(|at| desk.times.near(*at)),
            id: user.public_id,
        })
        .collect();
    let chosen = if form.role.is_empty() {
        "agent"
    } else {
        &form.role
    };
    Ok(Team {
        t,
        members,
        roles: ["agent", "admin", "owner"]
            .into_iter()
            .map(|role| Choice::new(role, role_name(role), role == chosen))
            .collect(),
        chrome: desk.chrome,
        name: form.name,
        email: form.email,
        problems,
        fresh,
    })
}

/// `GET /settings/team`.
#[handler]
pub async fn index(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let page = page(
        app,
        &agent,
        &asked.done,
        MemberForm::default(),
        Problems::none(),
        None,
    );
    html(&page.await?)
}

/// `POST /settings/team`: takes a person in, with a first password that is shown once. Only an
/// owner makes owners.
#[handler]
pub async fn create(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Form(form): Form<MemberForm>,
) -> Result<Response, Error> {
    if form.role == "owner" && agent.role != "owner" {
        return Err(Domain::Forbidden.into());
    }
    let password = ids::password();
    let new = users::New {
        email: form.email.clone(),
        name: form.name.clone(),
        password: password.clone(),
        role: form.role.clone(),
        language: agent.t.lang().to_owned(),
        shops: vec![agent.shop_id],
        sample_shop_id: None,
    };
    match users::create(&app.db, new, app.now()).await {
        Ok(_) => {
            let fresh = Some((form.name, form.email.trim().to_lowercase(), password));
            let page = page(
                app,
                &agent,
                "",
                MemberForm::default(),
                Problems::none(),
                fresh,
            );
            html(&page.await?)
        }
        Err(Domain::Invalid(key)) => {
            let mut problems = Problems::none();
            let field = if key == "error-name" { "name" } else { "email" };
            problems.add(field, agent.t.s(&key));
            let page = page(app, &agent, "", form, problems, None).await?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether this person works for the agent's shop, and may be changed by them.
async fn may_change(app: &App, agent: &Agent, id: &str) -> Result<(), Error> {
    let people = users::of_shop(&app.db, agent.shop_id).await?;
    let person = people
        .iter()
        .find(|p| p.public_id == id)
        .ok_or(Domain::NotFound)?;
    let allowed = person.id != agent.user_id && (agent.role == "owner" || person.role != "owner");
    if allowed {
        Ok(())
    } else {
        Err(Domain::Forbidden.into())
    }
}

/// `POST /settings/team/{id}/suspension`: switches an account off and ends its sessions.
#[handler]
pub async fn disable(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    may_change(app, &agent, &id).await?;
    users::set_disabled(&app.db, &id, true, app.now()).await?;
    Ok(see_other("/settings/team?done=done-saved"))
}

/// `POST /settings/team/{id}/suspension/removal`.
#[handler]
pub async fn enable(
    Data(app): Data<&App>,
    Admin(agent): Admin,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    may_change(app, &agent, &id).await?;
    users::set_disabled(&app.db, &id, false, app.now()).await?;
    Ok(see_other("/settings/team?done=done-saved"))
}
