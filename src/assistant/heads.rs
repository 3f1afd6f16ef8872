//! What a message means: the trained heads over its embedding and its letters.

use kontor_text::classify::{self, Intent, Sentiment, Urgency};

/// The trained heads: those of the program, from `data/intents/`; how they were trained and how
/// well they do stands in `crates/text/README.md`.
pub struct Heads(&'static classify::Heads);

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
    /// The shipped heads.
    pub fn load() -> Self {
        Self(classify::Heads::shipped())
    }

    /// Understands a message.
    pub fn understand(&self, text: &str, embedding: Option<&[f32]>) -> Understood {
        let p = self.0.predict(text, embedding);
        Understood {
            sentiment: sentiment(&p),
            urgency: p.urgency.first().map_or(Urgency::Normal, |u| u.0),
            wants_person: p.wants_person >= 0.5,
            is_sure: p.is_sure,
            with_embedding: p.with_embedding,
            intents: p.intent,
        }
    }
}

/// The likeliest sentiment; fury has a threshold of its own, as missing it costs more than a
/// person's look.
fn sentiment(p: &classify::Understanding) -> Sentiment {
    if p.is_furious {
        return Sentiment::Furious;
    }
    p.sentiment
        .iter()
        .map(|s| s.0)
        .find(|s| *s != Sentiment::Furious)
        .unwrap_or(Sentiment::Neutral)
}
