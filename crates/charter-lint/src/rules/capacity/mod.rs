//! `C`: capacity.

mod c001;
mod c002;
mod c003;
mod c004;
mod c005;
mod c006;
mod c007;
mod c008;
mod c009;
mod c010;
mod c011;
mod promise;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &c001::RULE,
    &c002::RULE,
    &c003::RULE,
    &c004::RULE,
    &c005::RULE,
    &c006::RULE,
    &c007::RULE,
    &c008::RULE,
    &c009::RULE,
    &c010::RULE,
    &c011::RULE,
];
