//! What operators chose for flags, kept as one document that replicas merge: for each flag the latest choice stands.
//!
//! What a choice does belongs to [`crate::flag`].

use super::monitor::Restored;
use crate::flag::{Flags, NotChosen};
use serde_json::{Map, Value, json};

/// The document's key.
pub(super) const CHOICES: &str = "flags";

/// Most choices that are kept; a charter has far fewer flags.
const CHOICES_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Choices {
    /// `{flag: {"variant": "off" | null, "by": "…", "at_unix_ms": 1}}`; `null` lets the flag's rules decide.
    chosen: Map<String, Value>,
}

impl Choices {
    /// Notes a choice; gives the document to keep. A clock that went back does not make a choice older than the one before it.
    pub(super) fn set(&mut self, flag: &str, variant: Option<&str>, by: &str, unix_ms: u64) -> Vec<u8> {
        let at = unix_ms.max(at(self.chosen.get(flag)).saturating_add(1));
        self.chosen.insert(flag.to_owned(), json!({ "variant": variant, "by": by, "at_unix_ms": at }));
        self.document()
    }

    /// Takes what is kept, and says whether something here is newer.
    pub(super) fn merge(&mut self, bytes: Option<&[u8]>) -> Restored {
        let theirs = match bytes.map(serde_json::from_slice::<Map<String, Value>>) {
            None => Map::new(),
            Some(Ok(theirs)) => theirs,
            Some(Err(error)) => {
                tracing::error!(%error, "the kept choices of flags cannot be read; they are written anew with the next choice");
                return Restored::Taken;
            }
        };
        for (flag, choice) in &theirs {
            if at(Some(choice)) > at(self.chosen.get(flag)) && self.chosen.len() < CHOICES_MAX {
                self.chosen.insert(flag.clone(), choice.clone());
            }
        }
        if self.chosen.iter().all(|(flag, choice)| theirs.get(flag) == Some(choice)) {
            Restored::Taken
        } else {
            Restored::Own(self.document())
        }
    }

    /// Makes the choices for a plan's flags; those that it does not have are left alone.
    pub(super) fn apply(&self, flags: &Flags) {
        for (flag, choice) in &self.chosen {
            let variant = choice.get("variant").and_then(Value::as_str);
            match flags.choose(flag, variant) {
                Ok(()) => {}
                Err(NotChosen::NoSuchFlag) => tracing::debug!(flag, variant, "a choice is kept for a flag that the plan does not have"),
                Err(NotChosen::NoSuchVariant) => {
                    tracing::warn!(flag, variant, "the variant that was chosen is gone from the plan: rules and default decide");
                }
            }
        }
    }

    fn document(&self) -> Vec<u8> {
        // A map of strings and numbers has a text.
        serde_json::to_vec(&self.chosen).unwrap_or_default()
    }
}

/// When a choice was made; 0 for none.
fn at(choice: Option<&Value>) -> u64 {
    choice.and_then(|choice| choice.get("at_unix_ms")).and_then(Value::as_u64).unwrap_or(0)
}
