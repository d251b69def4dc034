//! `N`: decisions.

mod matrix;
mod n001;
mod n002;
mod n003;
mod n004;
mod n005;
mod n006;
mod n007;
mod n008;
mod n009;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] =
    &[&n001::RULE, &n002::RULE, &n003::RULE, &n004::RULE, &n005::RULE, &n006::RULE, &n007::RULE, &n008::RULE, &n009::RULE];
