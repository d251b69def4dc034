//! Latency budgets: what each stage may take.

use crate::names::{Entries, Extensions, Field, Link, target};
use crate::quantity::{Count, Duration, Share};

section! {
    /// What each stage of an answer may take; the stages add up to the total.
    pub struct LatencyBudget {
        /// What the whole may take.
        total: Field<Duration>,
        /// The percentile at which each stage is held; without it the one of the scenario.
        percentile: Field<Share>,
        /// The stages in order.
        stages: Entries<Stage>,
        /// Stages that differ for a route or model.
        @key("override") overrides: Extensions<target::Served, Entries<Stage>>,
        /// The scenario that it implements, when the id differs.
        implements: Field<crate::names::Ref<target::Scenario>>,
    }
}

section! {
    /// A stage of an answer.
    pub struct Stage {
        /// What it may take.
        @shorthand budget: Field<Duration>,
        /// What it calls: a dependency, a feature, `model`.
        calls: Field<Link>,
        /// When it gives up.
        timeout: Field<Duration>,
        /// How often it tries again.
        retries: Field<Count>,
        /// Whether it lies outside our edge, on the network; known by its name when it starts with `network`.
        outside: Field<bool>,
        /// Parts one after the other, each only when needed.
        cascade: Entries<Stage>,
        /// Parts one after the other.
        serial: Entries<Stage>,
        /// Parts at the same time.
        parallel: Entries<Stage>,
    }
}
