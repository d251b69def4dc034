//! Decisions with their options, weights and the condition that overturns them.

use crate::ast::Level;
use crate::measure::Criterion;
use crate::names::{Entries, Field, FileRef, List, Record, Ref, target};
use crate::quantity::{Date, MoneyPerTime, Number, Share};

section! {
    /// A decision: the question, the options, why one was chosen, and what would overturn it.
    pub struct Decision {
        /// The record in prose.
        record: Field<FileRef<Record>>,
        /// Where it stands.
        status: Field<DecisionStatus>,
        /// When it was taken.
        date: Field<Date>,
        /// What was asked.
        question: Field<String>,
        /// Requirements that it answers.
        answers: List<Ref<target::Requirement>>,
        /// Whether something is built, bought or adapted.
        mode: Field<DecisionMode>,
        /// What speaks for the mode: `{ differentiation: high, time-to-market: low }`.
        factors: Entries<Level>,
        /// Weights by criterion; they add up to 100 %.
        criteria: Entries<Share>,
        /// What was considered.
        options: Entries<DecisionOption>,
        /// What follows from it, good and bad.
        consequences: Entries<Consequence>,
        /// Risks that come with it.
        accepts: List<Ref<target::Risk>>,
        /// When to think again.
        revisit: Field<Revisit>,
        /// Decisions that it replaces.
        supersedes: List<Ref<target::Decision>>,
        /// The decision that replaces it.
        superseded_by: Field<Ref<target::Decision>>,
        /// Who took it.
        owner: Field<Ref<target::Stakeholder>>,
        /// Why it came up.
        context: Field<String>,
        /// Why the chosen option.
        rationale: Field<String>,
    }
}

section! {
    /// What follows from a decision.
    pub struct Consequence {
        /// What it is.
        @shorthand about: Field<String>,
        /// Whether it is welcome; a consequence that is not is carried as a risk.
        good: Field<bool>,
        /// The risk that carries it.
        risk: Field<Ref<target::Risk>>,
    }
}

words! {
    /// Where a decision stands.
    pub enum DecisionStatus {
        /// Under discussion.
        Proposed = "proposed",
        /// In force.
        Accepted = "accepted",
        /// Turned down.
        Rejected = "rejected",
        /// No longer followed.
        Deprecated = "deprecated",
        /// Replaced by another.
        Superseded = "superseded",
    }
}

words! {
    /// How something is got.
    pub enum DecisionMode {
        /// We make it.
        Build = "build",
        /// We pay for it.
        Buy = "buy",
        /// We take what exists and change it.
        Adapt = "adapt",
    }
}

section! {
    /// An option of a decision.
    pub struct DecisionOption {
        /// Scores in the order of the criteria, or by criterion.
        scores: Field<Scores>,
        /// Whether it was chosen.
        chosen: Field<bool>,
        /// Why it was not.
        because_not: Field<String>,
        /// Constraints that it breaks.
        violates: List<Ref<target::Requirement>>,
        /// Skills that it needs.
        skills: List<String>,
        /// What it costs.
        cost: Field<MoneyPerTime>,
        /// Where it would run.
        region: Field<String>,
        /// What it is.
        about: Field<String>,
    }
}

/// Scores of an option, commonly 1 to 5.
#[derive(Clone, Debug, PartialEq)]
pub enum Scores {
    /// In the order of the criteria.
    InOrder(List<Number>),
    /// By criterion.
    ByCriterion(Entries<Number>),
}

section! {
    /// When to think again.
    pub struct Revisit {
        /// At the latest on this day.
        by: Field<Date>,
        /// As soon as this holds.
        @key("if") condition: List<Criterion>,
    }
}
