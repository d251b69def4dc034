//! `M`: money.

mod bill;
mod m001;
mod m002;
mod m003;
mod m004;

use crate::rule::Rule;

pub(super) const RULES: &[&Rule] = &[&m001::RULE, &m002::RULE, &m003::RULE, &m004::RULE];
