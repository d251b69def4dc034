//! Evidence: one measured result about one requirement.
//!
//! Plain data, so that lint and documents can read it without knowing who measured or where it is kept.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The requirement's id.
    pub requirement: String,
    /// `static`, `evaluation`, `load` …, as [`Proof::name`](crate::plan::Proof::name) says.
    pub proof: String,
    pub verdict: Verdict,
    /// What was measured and its 95 % interval, in `unit`; for a verdict over groups, the group that decides.
    pub figure: Option<f64>,
    pub interval: Option<(f64, f64)>,
    pub unit: String,
    /// The requirement as it was then: the sentence and the limit that the figure was held against.
    pub text: String,
    pub limit: String,
    /// Each group of a `by` clause, or each route of a load.
    pub parts: Vec<Part>,
    /// What a reader must know to believe or repeat it: sentences.
    pub notes: Vec<String>,
    /// The whole plan, and the part of it that this requirement speaks of.
    pub plan: String,
    pub requirement_fingerprint: String,
    /// RFC 3339, UTC.
    pub measured_at: String,
    pub host: Host,
    pub command: String,
    pub seed: u64,
    /// The run's full report, in the proof kind's own shape.
    pub report: serde_json::Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Proved,
    Broken,
    Inconclusive,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub count: u64,
    pub figure: Option<f64>,
    pub interval: Option<(f64, f64)>,
    pub holds: Option<bool>,
}

/// The machine on which something was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    pub os: String,
    pub kernel: String,
    pub cpu: String,
    pub cores: u32,
    pub memory_bytes: u64,
    /// Anything else worth keeping, such as the load of the machine before the run.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
}
