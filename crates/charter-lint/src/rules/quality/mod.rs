//! `Q`: quality scenarios.

mod q001;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&q001::RULE];
