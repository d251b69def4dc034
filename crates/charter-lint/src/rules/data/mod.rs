//! `D`: data and dependencies.

mod agreed;
pub(super) mod call;
mod d001;
mod d002;
mod d003;
mod d004;
mod d005;
mod d006;
mod d007;
pub(super) mod residency;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&d001::RULE, &d002::RULE, &d003::RULE, &d004::RULE, &d005::RULE, &d006::RULE, &d007::RULE];
