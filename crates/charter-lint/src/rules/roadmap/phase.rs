//! Which of the usual phases a phase is, and what kind of work a task is.
//!
//! What is wrong with a phase belongs to the rules.

use charter_spec::ast::{Phase, PhaseBox, PhaseTask, TaskKind};
use charter_spec::names::Entry;

/// The usual phases, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usual {
    Discovery,
    ProofOfConcept,
    FirstProduct,
    Production,
}

impl Usual {
    /// By the phase's id.
    pub(super) fn of(phase: &Entry<Phase>) -> Option<Self> {
        match phase.id.value.as_str() {
            "discovery" | "exploration" | "feasibility" => Some(Self::Discovery),
            "poc" | "proof-of-concept" | "prototype" => Some(Self::ProofOfConcept),
            "mvp" | "minimum-viable-product" | "pilot" => Some(Self::FirstProduct),
            "production" | "hardening" | "launch" => Some(Self::Production),
            _ => None,
        }
    }

    /// Shortest length that is usual, in weeks.
    pub(super) const fn weeks_min(self) -> f64 {
        match self {
            Self::Discovery => 2.0,
            Self::ProofOfConcept => 4.0,
            Self::FirstProduct => 6.0,
            Self::Production => 8.0,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::ProofOfConcept => "a proof of concept",
            Self::FirstProduct => "an MVP",
            Self::Production => "making ready for production",
        }
    }
}

pub(super) fn is_ongoing(phase: &Phase) -> bool {
    phase.time_box.as_ref().is_some_and(|time_box| time_box.value == PhaseBox::Ongoing)
}

/// Whether a task is of one of these kinds, and whether the charter says so (`true`) or only its name does (`false`).
pub(super) fn is_kind(task: &Entry<PhaseTask>, kinds: &[TaskKind], words: &[&str]) -> Option<bool> {
    match &task.kind {
        Some(kind) => kinds.contains(&kind.value).then_some(true),
        None => {
            let name = task.id.value.as_str().to_ascii_lowercase();
            words.iter().any(|word| name.contains(word)).then_some(false)
        }
    }
}
