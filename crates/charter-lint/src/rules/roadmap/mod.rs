//! `R`: the roadmap.

mod phase;
mod r001;
mod r002;
mod r003;
mod r004;
mod r005;
mod r006;
mod r007;
mod r008;
mod r009;
mod r010;
mod r011;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &r001::RULE,
    &r002::RULE,
    &r003::RULE,
    &r004::RULE,
    &r005::RULE,
    &r006::RULE,
    &r007::RULE,
    &r008::RULE,
    &r009::RULE,
    &r010::RULE,
    &r011::RULE,
];
