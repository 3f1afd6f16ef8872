//! What a message means: the trained heads over its embedding and its letters.

use kontor_text::classify::{self, Intent, Sentiment, Urgency};

/// The heads as shipped: trained by `kontor train` on `data/intents/`, scores in
/// `docs/PERFORMANCE.md`.
const SHIPPED: &[u8] = include_bytes!("../../data/intents/heads.bin");

/// The trained heads, or none where the file is not ours.
pub struct Heads(Option<classify::Heads>);

/// What was understood of a message.
#[derive(Clone, Debug)]
pub struct Understood {
    /// The likeliest intents with their probability, best first.
    pub intents: Vec<(Intent, f32)>,
    /// Whether the first is above the threshold found in cross-validation.
    pub is_sure: bool,
    /// The likeliest sentiment.
    pub sentiment: Sentiment,
    /// The likeliest urgency.
    pub urgency: Urgency,
    /// Whether the writer asks for a person.
    pub wants_person: bool,
    /// Whether the embedding was part of it.
    pub with_embedding: bool,
}

impl Heads {
    /// Reads the shipped heads.
    pub fn load() -> Self {
        match classify::Heads::from_bytes(SHIPPED) {
            Ok(heads) => Self(Some(heads)),
            Err(error) => {
                tracing::error!(%error, "the trained heads cannot be read: every message goes to a person");
                Self(None)
            }
        }
    }

    /// Understands a message. Without heads nothing is sure, so a person gets it.
    pub fn understand(&self, text: &str, embedding: Option<&[f32]>) -> Understood {
        let Some(heads) = &self.0 else {
            return Understood {
                intents: vec![(Intent::Other, 0.0)],
                is_sure: false,
                sentiment: Sentiment::Neutral,
                urgency: Urgency::Normal,
                wants_person: false,
                with_embedding: false,
            };
        };
        let p = heads.predict(text, embedding);
        Understood {
            sentiment: p.sentiment.first().map_or(Sentiment::Neutral, |s| s.0),
            urgency: p.urgency.first().map_or(Urgency::Normal, |u| u.0),
            wants_person: p.wants_person >= 0.5,
            is_sure: p.is_sure,
            with_embedding: p.with_embedding,
            intents: p.intent,
        }
    }
}
