//! Flags: what can be turned on and off without a release.

use crate::names::{Entries, Field, Link, List, Ref, target};
use crate::quantity::{Date, Share};
use crate::yaml::Plain;

section! {
    /// A flag: variants, and who gets which.
    pub struct Flag {
        /// What it is for.
        about: Field<String>,
        /// Values by name; without them `true` is on and `false` is off.
        variants: Entries<Plain>,
        /// The variant when nothing else says so.
        @key("default") default_variant: Field<String>,
        /// Whether it is evaluated at all.
        enabled: Field<bool>,
        /// What it turns on and off: a route, a rung (`fraud/degraded`), a model, a feature.
        turns: List<Link>,
        /// Who gets which variant, the first that applies.
        rules: List<FlagRule>,
        /// When it is to be removed.
        until: Field<Date>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
    }
}

section! {
    /// Who gets a variant.
    pub struct FlagRule {
        /// To whom it applies (CEL over the evaluation context).
        when: Field<String>,
        /// The variant.
        serve: Field<String>,
        /// Shares by variant, instead of one.
        split: Entries<Share>,
    }
}
