//! Known deviations: each has a reason, an owner and an end.

use crate::names::{Field, Link, List, Ref, target};
use crate::quantity::Date;

section! {
    /// A known deviation from a rule. It is a promise too: it has an owner and an end.
    pub struct Waiver {
        /// The rule: `R003`.
        rule: Field<String>,
        /// The elements that it is for; all without it.
        @key("for") of: List<Link>,
        /// Why.
        why: Field<String>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// The last day.
        until: Field<Date>,
    }
}
