//! Caches of answers: settings only.

use serde::{Deserialize, Serialize};

/// Index into [`Plan::caches`](super::Plan::caches).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CacheId(pub u16);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cache {
    pub id: CacheId,
    /// The place in the charter: `search-ranking` or `search-ranking/full`.
    pub name: String,
    pub ttl_ms: u64,
    /// Keys and answers together.
    pub bytes_max: u64,
    pub scope: Scope,
}

/// Who shares an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Everyone who sends the same inputs.
    Everyone,
    /// Only the same identity; the default.
    Identity,
}
