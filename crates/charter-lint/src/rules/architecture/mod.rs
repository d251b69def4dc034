//! `A`: architecture.

mod a001;
mod a002;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&a001::RULE, &a002::RULE];
