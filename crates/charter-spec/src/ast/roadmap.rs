//! Proof in order: assurance layers, and phases with gates.

use crate::measure::Criterion;
use crate::names::{Entries, Field, Link, List, Named, Ref, target};
use crate::quantity::{Date, Duration, DurationRange, Share};

section! {
    /// A layer of assurance between a model and all users.
    pub struct AssuranceLayer {
        /// What may not start before it is passed.
        before: Field<Link>,
        /// Where it goes on.
        @key("in") during: Field<Link>,
        /// What is checked.
        check: List<Criterion>,
        /// How long.
        @key("for") duration: Field<Duration>,
        /// Share of the traffic.
        traffic: Field<Share>,
        /// What happens when a check fails.
        on_breach: Field<OnBreach>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What it is.
        about: Field<String>,
    }
}

words! {
    /// What happens when a check fails.
    pub enum OnBreach {
        /// Take the version back.
        Rollback = "rollback",
        /// Stay.
        Hold = "hold",
        /// Tell someone.
        Alert = "alert",
    }
}

section! {
    /// A phase of the roadmap: a time box, what is done, and the gate at its end.
    pub struct Phase {
        /// How long it takes: `4w`, `2w..4w`, or `ongoing`.
        @key("box") time_box: Field<PhaseBox>,
        /// What is done: names, or names with figures.
        @key("do") tasks: Named<PhaseTask>,
        /// Outcomes, each with what decides it: `{ go: [...], stop: ... }`.
        gate: Entries<List<Criterion>>,
        /// Whether one person may sign for several stakeholders; without it each of them needs a person of their own.
        same_signer: Field<bool>,
        /// Share of the traffic that it serves.
        traffic: Field<Share>,
        /// Phases that must be over before; without it the one above.
        after: List<Ref<target::Phase>>,
        /// First day.
        starts: Field<Date>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What it is for.
        about: Field<String>,
    }
}

/// How long a phase takes.
#[derive(Clone, Debug, PartialEq)]
pub enum PhaseBox {
    /// This long, or within this range.
    Time(DurationRange),
    /// Without an end.
    Ongoing,
}

section! {
    /// A task of a phase.
    pub struct PhaseTask {
        /// What it is.
        @shorthand about: Field<String>,
        /// The kind of work.
        kind: Field<TaskKind>,
        /// Work for one person.
        effort: Field<Duration>,
        /// The role that does it.
        role: Field<String>,
        /// Skills that it needs.
        skills: List<String>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
    }
}

words! {
    /// The kind of work.
    pub enum TaskKind {
        /// Finding out.
        Research = "research",
        /// Data.
        Data = "data",
        /// The model.
        Model = "model",
        /// What it runs on.
        Infrastructure = "infrastructure",
        /// What users see.
        Application = "application",
        /// Watching it.
        Monitoring = "monitoring",
        /// Making it fit for production.
        Hardening = "hardening",
        /// Running it.
        Operations = "operations",
    }
}
