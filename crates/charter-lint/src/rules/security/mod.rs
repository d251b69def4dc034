//! `S`: security, zero trust.

mod principle;
mod s001;
mod s002;
mod s003;
mod s004;
mod s005;
mod s006;
mod s007;
mod s008;
mod s009;
mod s010;
mod s011;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[
    &s001::RULE,
    &s002::RULE,
    &s003::RULE,
    &s004::RULE,
    &s005::RULE,
    &s006::RULE,
    &s007::RULE,
    &s008::RULE,
    &s009::RULE,
    &s010::RULE,
    &s011::RULE,
];
