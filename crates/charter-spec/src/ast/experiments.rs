//! Experiments: which of several answers is better.

use crate::measure::Criterion;
use crate::names::{Entries, Field, List, Ref, target};
use crate::quantity::{Date, Duration, Number, Share};

section! {
    /// An experiment: arms, what is counted, and when to stop.
    pub struct Experiment {
        /// What is believed.
        hypothesis: Field<String>,
        /// The route that it happens on.
        route: Field<Ref<target::Route>>,
        /// The input that names who is assigned: a user, a session; without it the key that a call brings.
        unit: Field<String>,
        /// The arms; their weights add up to 100 %. The first is the control.
        arms: Entries<ExperimentArm>,
        /// What should get better: `mean(outcome.revenue)`, `ratio(outcome.converted)`, `ratio(outcome.revenue over outcome.visits)`, `p90(latency)`,
        /// `mean(output.score)`, `ratio(error)`, `ratio(fallback)`, each bare or inside `uplift(…) > 0`. `>` says that more is better, `<` that less is;
        /// bare, less latency, errors and fallbacks are better, and more of everything else.
        goals: List<Criterion>,
        /// What must not get worse; `uplift(mean(latency)) < 5%` says how much worse is still the same, else the smallest effect, else 1 %.
        guardrails: List<Criterion>,
        /// Smallest effect worth having.
        minimum_effect: Field<Share>,
        /// Largest value that counts, by outcome or output: `{ revenue: 500 }`.
        caps: Entries<Number>,
        /// Chance of a false win that is accepted; 5 % without it.
        @above_zero alpha: Field<Share>,
        /// Longest time.
        max_duration: Field<Duration>,
        /// An outcome known before the assignment, to reduce noise.
        covariate: Field<String>,
        /// Changes the assignment without changing anything else; the experiment's name without it.
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
