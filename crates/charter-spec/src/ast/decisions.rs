//! Decisions with their options, weights and the condition that overturns them.

use crate::ast::Level;
use crate::measure::Criterion;
use crate::names::{Entries, Field, FileRef, List, Record, Ref, target};
use crate::quantity::{Date, MoneyPerTime, MoneyPerUnit, Number, Share};

section! {
    /// A decision: the question, the options, why one was chosen, and what would overturn it.
    pub struct Decision {
        /// The decision in a line: `Use KServe`.
        title: Field<String>,
        /// The record in prose.
        record: Field<FileRef<Record>>,
        /// Where it stands.
        status: Field<DecisionStatus>,
        /// When it was taken.
        date: Field<Date>,
        /// What was asked.
        question: Field<String>,
        /// Which of the choices that every system with models makes; its options are then read by how their ids begin: `async-webhook` is `async`.
        kind: Field<DecisionKind>,
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
        /// The people who took it, by name.
        deciders: List<String>,
        /// Who was asked, by name.
        consulted: List<String>,
        /// Who was told, by name.
        informed: List<String>,
        /// What it was weighed by, in words.
        drivers: List<String>,
        /// How one sees that it is followed.
        confirmation: Field<String>,
        /// Other decisions that it has to do with, without replacing them.
        related: List<Ref<target::Decision>>,
        /// Why it came up.
        context: Field<String>,
        /// Why the chosen option.
        rationale: Field<String>,
        /// Free facts about it, for documents.
        facts: Entries<String>,
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
    /// A choice that every system with models makes.
    pub enum DecisionKind {
        /// Whether callers wait for the answer: `sync` or `async`.
        SyncOrAsync = "sync-or-async",
        /// Whether models run inside the application or beside it: `embedded` or `service`.
        EmbeddedOrService = "embedded-or-service",
        /// Whether features are there before the call or made for it: `precomputed` or `on-the-fly`.
        PrecomputedOrOnTheFly = "precomputed-or-on-the-fly",
        /// Where models are trained: `own`, `managed`, `edge` or `nowhere`.
        TrainingPlace = "training-place",
        /// Whether anything is remembered between calls: `stateless` or `sessions`.
        StatelessOrSessions = "stateless-or-sessions",
        /// How several models make one answer: `single`, `pipeline`, `ensemble` or `cascade`.
        PipelineEnsembleOrCascade = "pipeline-ensemble-or-cascade",
        /// Who moves data: `push` or `pull`.
        PushOrPull = "push-or-pull",
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
        /// What speaks for it.
        pros: List<String>,
        /// What speaks against it.
        cons: List<String>,
        /// Constraints that it breaks.
        violates: List<Ref<target::Requirement>>,
        /// Skills that it needs.
        skills: List<String>,
        /// What it costs a month, however much it is used.
        cost: Field<MoneyPerTime>,
        /// What each call costs on top: `0.2 USD/thousand`. With both, the volume at which two options cost the same is known.
        cost_per_call: Field<MoneyPerUnit>,
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
        /// As soon as this holds. A requirement, named by its id, stands for its breach: what was promised no longer holds.
        @key("if") condition: List<Criterion>,
    }
}
