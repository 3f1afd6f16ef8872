//! The small real models, where the machine has them.

use kontor::{
    config::Config,
    llm::{Engine, ModelKind},
};

/// An engine with the models of `$KONTOR_MODELS`; `None`, said loudly, where there are none.
pub fn engine_with_models() -> Option<Engine> {
    let Some(folder) = std::env::var_os("KONTOR_MODELS") else {
        eprintln!(
            "SKIPPED: KONTOR_MODELS names no folder of models, this test needs the embedding model"
        );
        return None;
    };
    let store = Config {
        models: Some(folder.clone().into()),
        ..Config::default()
    }
    .model_store();
    let has_embedding = store
        .active()
        .is_ok_and(|active| active.get(ModelKind::Embed).is_some());
    if !has_embedding {
        eprintln!("SKIPPED: no embedding model in {folder:?} is in use (kontor model pull)");
        return None;
    }
    let mut config = store.engine_config();
    // Only understanding is tested here; a chat model would make every run slower.
    config.chat_model = None;
    Some(Engine::start(config))
}
