//! How a new version comes in, and is taken back.

use crate::measure::Criterion;
use crate::names::{Field, List, Ref, target};
use crate::quantity::{Count, Duration, Factor, Share};

section! {
    /// How a new version of a model comes in, step by step, and who judges.
    pub struct Rollout {
        /// The route that it happens on.
        route: Field<Ref<target::Route>>,
        /// The model that changes.
        model: Field<Ref<target::Model>>,
        /// The version in use.
        from: Field<String>,
        /// The version that comes in.
        to: Field<String>,
        /// How long it runs in the shadow first.
        shadow: Field<Duration>,
        /// Shares of the calls, rising to 100 %.
        steps: List<Share>,
        /// Shortest time on a step.
        dwell: Field<Duration>,
        /// Fewest calls to the new version on a step.
        requests_min: Field<Count>,
        /// Longest time in all.
        max_duration: Field<Duration>,
        /// What must not get worse.
        guardrails: List<Criterion>,
        /// How the new version is judged.
        judge: Field<Judge>,
        /// The objective that the error bounds come from.
        slo: Field<Share>,
        /// How many times as many errors are still no harm.
        harm: Field<Factor>,
        /// How many times as many errors are surely harm.
        bad: Field<Factor>,
        /// Error share that is fine in itself.
        errors_ok: Field<Share>,
        /// Error share that is bad in itself.
        errors_bad: Field<Share>,
        /// Error share that ends it at once.
        errors_ceiling: Field<Share>,
        /// What happens when time is up without a verdict.
        on_inconclusive: Field<OnInconclusive>,
        /// How long after 100 % monitors may still take it back.
        watch: Field<Duration>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
    }
}

words! {
    /// How a new version is judged.
    pub enum Judge {
        /// By tests that hold at any time.
        Anytime = "anytime",
        /// As Kayenta does.
        Kayenta = "kayenta",
        /// By fixed thresholds.
        Fixed = "fixed",
    }
}

words! {
    /// What happens when time is up without a verdict.
    pub enum OnInconclusive {
        /// Stay.
        Hold = "hold",
        /// Take it back.
        Rollback = "rollback",
        /// Go on.
        Extend = "extend",
    }
}
