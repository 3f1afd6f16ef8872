//! The assistant: reads each message, and answers it, drafts an answer, or hands it to a person.
//! Facts come from data and articles; wordings are templates; a checker that is no model holds
//! every number, date, amount and link against the sources before anything is sent.

mod alarm;
mod composing;
mod considering;
mod drafting;
mod effects;
pub mod heads;
pub mod run;
pub mod settings;
pub mod wording;

pub use considering::{Question, consider};
pub use drafting::draft;
pub use effects::understand;
pub use heads::Heads;
pub use run::{Action, Trace};
