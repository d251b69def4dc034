//! `Q`: quality scenarios.

mod little;
pub(super) mod measure;
mod q001;
mod q002;
mod q003;
mod q004;
mod q005;
mod q006;
mod q007;
mod q008;
mod q009;
mod q010;
mod q011;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &q001::RULE,
    &q002::RULE,
    &q003::RULE,
    &q004::RULE,
    &q005::RULE,
    &q006::RULE,
    &q007::RULE,
    &q008::RULE,
    &q009::RULE,
    &q010::RULE,
    &q011::RULE,
];
