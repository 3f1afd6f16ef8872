//! The language models: what works, what is off, what there is to fetch.

use poem::{Response, handler, web::Data};

use crate::{
    app::App,
    i18n::Tr,
    llm::{
        LaneStatus, ModelKind, ModelState,
        catalogue::{self, CATALOGUE, Entry},
        machine::Machine,
        store::{Active, ModelStore},
    },
    web::{
        agent::{
            desk::Desk,
            times,
            views::{
                Tag,
                settings::{Ability, ModelLine, Models},
            },
        },
        auth::Admin,
        error::Error,
        render::html,
    },
};

/// `GET /settings/models`.
#[handler]
pub async fn show(Data(app): Data<&App>, Admin(agent): Admin) -> Result<Response, Error> {
    let desk = Desk::open(app, &agent, "settings").await?;
    let t = desk.t;
    let status = app.engine.status();
    let store = ModelStore::of_data(&app.config.data);
    // A folder that is not there yet is an empty one.
    let files = store.files().unwrap_or_default();
    let active = store.active().unwrap_or_default();
    let machine = Machine::here();
    let proposed = catalogue::proposed(&machine);
    html(&Models {
        t,
        chrome: desk.chrome,
        abilities: vec![
            Ability {
                on: true,
                name: t.s("models-ability-words"),
                text: t.s("models-ability-words-text"),
            },
            ability(t, "meaning", &status.embed),
            ability(t, "writing", &status.chat),
        ],
        models: CATALOGUE
            .iter()
            .map(|entry| {
                let wanted = proposed.iter().any(|p| p.name == entry.name);
                line(t, entry, &files, &active, wanted)
            })
            .collect(),
        machine: t.s2(
            "models-machine",
            "cores",
            machine.cores,
            "memory",
            times::size(i64::try_from(machine.memory).unwrap_or(i64::MAX)),
        ),
    })
}

fn ability(t: Tr, name: &str, lane: &LaneStatus) -> Ability {
    let on = matches!(lane.state, ModelState::Ready);
    let text = match (&lane.state, &lane.model) {
        (ModelState::Ready, Some(model)) => {
            t.s1(&format!("models-ability-{name}-on"), "model", &model.name)
        }
        (ModelState::Loading, _) => t.s("models-loading"),
        (ModelState::Failed(why), _) => t.s1("models-failed", "reason", why),
        _ => t.s(&format!("models-ability-{name}-off")),
    };
    Ability {
        on,
        name: t.s(&format!("models-ability-{name}")),
        text,
    }
}

fn line(t: Tr, entry: &Entry, files: &[String], active: &Active, wanted: bool) -> ModelLine {
    let here = files.iter().any(|file| file == entry.file);
    let used = active.get(entry.kind) == Some(entry.file);
    let (state, command) = match (here, used) {
        (true, true) => (Tag::new(t.s("models-state-used"), "done"), String::new()),
        (true, false) => (
            Tag::new(t.s("models-state-here"), ""),
            format!("kontor model use {}", entry.name),
        ),
        (false, _) => (
            if wanted {
                Tag::new(t.s("models-state-proposed"), "sea")
            } else {
                Tag::new(t.s("models-state-absent"), "")
            },
            format!("kontor model pull {}", entry.name),
        ),
    };
    ModelLine {
        name: entry.name.into(),
        kind: t.s(match entry.kind {
            ModelKind::Chat => "models-kind-chat",
            ModelKind::Embed => "models-kind-embed",
        }),
        size: times::size(i64::try_from(entry.bytes).unwrap_or(i64::MAX)),
        licence: entry.licence.into(),
        languages: entry.languages.join(" "),
        state,
        command,
    }
}
