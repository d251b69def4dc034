//! What was said of one prediction: each word counts once, the last by its own time holds, what was said before is kept.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Words that are kept of a prediction and kind: the latest.
pub const HISTORY_MAX: usize = 16;

/// One word about a prediction, of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Write {
    pub value: f64,
    /// When what it tells of happened.
    pub event_ms: u64,
    /// When it came.
    pub received_ms: u64,
}

/// What became of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The first of its kind.
    First,
    /// Holds now, instead of another value.
    Replaced,
    /// Confirms the value that held, with a later time.
    Confirmed,
    /// Kept; a later one holds.
    Superseded,
    /// Known already: nothing changed.
    Duplicate,
    /// Not a finite number, which could not be saved either: not taken.
    NotFinite,
}

/// The words of one kind about one prediction. The same words in any order, told once or often, leave the same word in force, as long as fewer than 16
/// values are told of one and the same time; which words a full history has at its oldest end may depend on the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Writes {
    /// The latest last.
    history: Vec<Write>,
}

impl Writes {
    /// Takes a word. One of the same event time and value is the same word, however often it comes: its first receipt is kept. Of two values for the
    /// same time the one received later holds, and of two received together the greater.
    pub fn apply(&mut self, write: Write) -> Outcome {
        if !write.value.is_finite() {
            return Outcome::NotFinite;
        }
        if let Some(known) =
            self.history.iter_mut().find(|known| known.event_ms == write.event_ms && known.value.total_cmp(&write.value).is_eq())
        {
            known.received_ms = known.received_ms.min(write.received_ms);
            self.history.sort_by(order);
            return Outcome::Duplicate;
        }
        let before = self.current();
        self.history.push(write);
        self.history.sort_by(order);
        if self.history.len() > HISTORY_MAX {
            self.history.remove(0);
        }
        match (before, self.current()) {
            (None, _) => Outcome::First,
            (Some(before), Some(now)) if order(&before, &now).is_eq() => Outcome::Superseded,
            (Some(before), Some(now)) if before.value.total_cmp(&now.value).is_eq() => Outcome::Confirmed,
            _ => Outcome::Replaced,
        }
    }

    /// The word that holds.
    pub fn current(&self) -> Option<Write> {
        self.history.last().copied()
    }

    /// The latest words, the one that holds last.
    pub fn history(&self) -> &[Write] {
        &self.history
    }
}

fn order(first: &Write, second: &Write) -> Ordering {
    let times = (first.event_ms, first.received_ms).cmp(&(second.event_ms, second.received_ms));
    times.then(first.value.total_cmp(&second.value))
}
