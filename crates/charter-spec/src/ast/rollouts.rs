//! How a new version comes in, and is taken back.

use crate::ast::Compare;
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
        /// The version in use; without it the one that the route asks for.
        from: Field<String>,
        /// The version that comes in.
        to: Field<String>,
        /// When it begins: by command, or as soon as this charter is served.
        starts: Field<Starts>,
        /// How long it runs in the shadow first; without it, it goes to the first step at once.
        shadow: Field<Duration>,
        /// Compared answers that the shadow needs, whatever the time; without it as many as `requests_min`.
        shadow_pairs: Field<Count>,
        /// Shares of the calls, rising to 100 %; 5, 10, 25, 50 and 100 % without them.
        steps: List<Share>,
        /// Shortest time on a step; 60 s without it.
        dwell: Field<Duration>,
        /// Fewest calls to the new version on a step; 50 without it.
        requests_min: Field<Count>,
        /// Longest time in all; 24 h without it.
        @above_zero max_duration: Field<Duration>,
        /// What must not get worse: `ratio(error)`, `ratio(slow)`, `p99(latency) < 80ms`, `ratio(fallback) <= 2%`, `ratio(disagreement) <= 1%`,
        /// `ratio(feedback == bad) <= 1%`, or a quality scenario that says one of them. The limit is the share that is bad in itself, half of it is fine in
        /// itself, five times as much ends it at once. Errors are always watched; slowness too, where nothing is written.
        guardrails: List<Criterion>,
        /// How answers of the two versions are compared.
        compare: Field<Compare>,
        /// How the new version is judged.
        judge: Field<Judge>,
        /// The objective that the error bounds come from; 99 % without it.
        slo: Field<Share>,
        /// Chance of taking back a good version, over the whole rollout; 1 % without it.
        @above_zero alpha: Field<Share>,
        /// Chance of letting a bad version through; 5 % without it.
        @above_zero beta: Field<Share>,
        /// How many times as many errors are still no harm; 1.25 without it.
        @one_or_more harm: Field<Factor>,
        /// How many times as many errors are surely harm; 2 without it.
        @one_or_more bad: Field<Factor>,
        /// Error share that is fine in itself.
        errors_ok: Field<Share>,
        /// Error share that is bad in itself.
        errors_bad: Field<Share>,
        /// Error share that ends it at once.
        errors_ceiling: Field<Share>,
        /// What happens when time is up without a verdict.
        on_inconclusive: Field<OnInconclusive>,
        /// How long after 100 % it may still be taken back; 10 min without it.
        watch: Field<Duration>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
    }
}

words! {
    /// When a rollout begins.
    pub enum Starts {
        /// When somebody says so.
        Command = "command",
        /// As soon as a charter with it is served.
        Served = "served",
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
