//! Ladders of what is no route: a feature store, a provider, or a model that runs elsewhere.

use crate::ast::{Breaker, FailMode};
use crate::names::{Entries, Extensions, Field, List, Ref, target};
use crate::quantity::{Date, Duration};

section! {
    /// Ladders for what breaks. Keys beside `default` are routes, models, dependencies, providers or features.
    pub struct Degradation {
        /// What holds for every ladder that says nothing else.
        @key("default") defaults: Field<DegradationDefaults>,
        /// The ladders.
        @rest ladders: Extensions<target::Degradable, DegradationLadder>,
    }
}

section! {
    /// What holds for every ladder that says nothing else.
    pub struct DegradationDefaults {
        /// How long a step down may take.
        within: Field<Duration>,
        /// When to stop asking the rung above.
        breaker: Field<Breaker>,
        /// What happens when no rung can answer.
        fail: Field<FailMode>,
    }
}

section! {
    /// A ladder: rungs from the best to the safest. Keys beside the ones below are rungs: `full`, `degraded`, `fallback`.
    pub struct DegradationLadder {
        /// How long a step down may take.
        within: Field<Duration>,
        /// When to stop asking the rung above.
        breaker: Field<Breaker>,
        /// What happens when no rung can answer.
        fail: Field<FailMode>,
        /// The last day on which every rung was tried on purpose.
        exercised: Field<Date>,
        /// The rungs in order.
        @rest rungs: Entries<DegradationRung>,
    }
}

section! {
    /// A rung: its name, or a name with how it answers (`{ bm25: local-index }`).
    pub struct DegradationRung {
        /// What answers, where nothing more is to be said.
        @shorthand name: Field<String>,
        /// How old a cached answer may be.
        cached: Field<Duration>,
        /// How old what was computed beforehand may be.
        precomputed: Field<Duration>,
        /// Oldest data it may use.
        max_age: Field<Duration>,
        /// How long it may take.
        within: Field<Duration>,
        /// What it needs at run time.
        needs: List<Ref<target::Needed>>,
        /// Whether its version never moves.
        pinned: Field<bool>,
        /// What happens when it cannot answer either.
        fail: Field<FailMode>,
        /// The last day on which it was tried on purpose.
        exercised: Field<Date>,
        /// What answers, by name, and how.
        @rest means: Entries<RungMeans>,
    }
}

section! {
    /// How a rung answers.
    pub struct RungMeans {
        /// In a word or a rule: `static`, `pinned`, `local-index`, `thresholds`, `same-provider`, `amount > 10_000 USD`.
        @shorthand how: Field<String>,
        /// How old a cached answer may be.
        cached: Field<Duration>,
        /// How old what was computed beforehand may be.
        precomputed: Field<Duration>,
        /// Oldest data it may use.
        max_age: Field<Duration>,
        /// What it needs at run time.
        needs: List<Ref<target::Needed>>,
        /// Whether its version never moves.
        pinned: Field<bool>,
    }
}
