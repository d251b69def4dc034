//! `A`: architecture.

mod a001;
mod a002;
mod a003;
mod a004;
mod a005;
mod a006;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&a001::RULE, &a002::RULE, &a003::RULE, &a004::RULE, &a005::RULE, &a006::RULE];
