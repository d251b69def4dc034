//! `T`: traces from requirements to proofs.

mod t001;
mod t002;
mod t003;
pub(crate) mod t004;
mod t005;
pub(crate) mod t006;
mod undecided;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&t001::RULE, &t002::RULE, &t003::RULE, &t004::RULE, &t005::RULE, &t006::RULE];
