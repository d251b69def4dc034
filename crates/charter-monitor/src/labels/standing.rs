//! What is to be made of a prediction: labelled, open, or negative because nothing came while it could have.

use super::writes::Write;
use serde::{Deserialize, Serialize};

/// What a prediction counts as.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A label says so, be it late: then it replaces an implicit negative, and figures are restated.
    Labelled(f64),
    /// The window is open, or there is no such rule: unknown.
    Open,
    /// Nothing came while the window was open, and that means no.
    ImplicitNegative,
}

/// The standing of a prediction made at `predicted_ms`, at `now_ms`. `negative_after_ms` is the window after which silence means no, where it does:
/// never before the window has closed. A label received after now is not known yet.
pub fn standing(predicted_ms: u64, label: Option<Write>, negative_after_ms: Option<u64>, now_ms: u64) -> Standing {
    match (label, negative_after_ms) {
        (Some(write), _) if write.received_ms <= now_ms => Standing::Labelled(write.value),
        (_, Some(window_ms)) if now_ms.saturating_sub(predicted_ms) >= window_ms && now_ms >= predicted_ms => Standing::ImplicitNegative,
        _ => Standing::Open,
    }
}
