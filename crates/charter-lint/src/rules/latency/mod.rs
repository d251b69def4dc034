//! `L`: latency budgets.

mod l001;
mod l002;
mod l003;
mod l004;
mod l005;
mod l006;
mod l007;
mod tree;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&l001::RULE, &l002::RULE, &l003::RULE, &l004::RULE, &l005::RULE, &l006::RULE, &l007::RULE];
