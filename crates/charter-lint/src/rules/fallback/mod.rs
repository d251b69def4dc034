//! `F`: fallbacks.

mod f001;
mod f002;
mod f003;
mod f004;
mod f005;
mod f006;
mod f007;
mod f008;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] =
    &[&f001::RULE, &f002::RULE, &f003::RULE, &f004::RULE, &f005::RULE, &f006::RULE, &f007::RULE, &f008::RULE];
