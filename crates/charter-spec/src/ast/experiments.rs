//! Experiments: which of several answers is better.

use crate::measure::Criterion;
use crate::names::{Entries, Field, List, Ref, target};
use crate::quantity::{Date, Duration, Share};

section! {
    /// An experiment: arms, what is counted, and when to stop.
    pub struct Experiment {
        /// What is believed.
        hypothesis: Field<String>,
        /// The route that it happens on.
        route: Field<Ref<target::Route>>,
        /// The input that names who is assigned: a user, a session.
        unit: Field<String>,
        /// The arms; their weights add up to 100 %. The first is the control.
        arms: Entries<ExperimentArm>,
        /// What should get better.
        goals: List<Criterion>,
        /// What must not get worse.
        guardrails: List<Criterion>,
        /// Smallest effect worth having.
        minimum_effect: Field<Share>,
        /// Chance of a false win that is accepted.
        alpha: Field<Share>,
        /// Longest time.
        max_duration: Field<Duration>,
        /// What was known before the assignment, to reduce noise.
        covariate: Field<String>,
        /// Changes the assignment without changing anything else.
        salt: Field<String>,
        /// First day.
        starts: Field<Date>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
    }
}

section! {
    /// An arm of an experiment.
    pub struct ExperimentArm {
        /// Its share of the units.
        @shorthand weight: Field<Share>,
        /// The model version that answers in it: `fraud@v3`.
        model: Field<crate::names::ModelVersionRef>,
        /// The flag value in it.
        flag: Field<String>,
        /// What is different in it.
        about: Field<String>,
    }
}
