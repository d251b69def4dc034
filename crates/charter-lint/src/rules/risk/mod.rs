//! `K`: the risk register.

mod k001;
mod k002;
mod k003;
mod k004;
mod k005;
mod k006;
mod level;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&k001::RULE, &k002::RULE, &k003::RULE, &k004::RULE, &k005::RULE, &k006::RULE];
