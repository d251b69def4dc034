//! Givens that are not negotiable here, and the team.

use crate::ast::Skill;
use crate::measure::Criterion;
use crate::names::{Entries, Field, List, Ref, target};
use crate::quantity::Number;

section! {
    /// A given: not negotiable here, and checked somewhere.
    pub struct Constraint {
        /// The constraint in words.
        @shorthand text: Field<String>,
        /// What checks it: `cost.total <= 50_000 USD/month`.
        check: List<Criterion>,
        /// The law or standard behind it.
        law: Field<String>,
        /// Who imposes it.
        owner: Field<Ref<target::Stakeholder>>,
        /// Why it is there.
        why: Field<String>,
    }
}

section! {
    /// The people who build and run it: `ml-engineer: 2`.
    pub struct Team {
        /// What the team can do: `{ kubernetes: strong, kserve: none }`.
        skills: Entries<Skill>,
        /// How many there are of each role.
        @rest roles: Entries<Number>,
    }
}
