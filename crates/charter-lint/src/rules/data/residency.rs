//! Where data must stay: what the plan reads out of the promises, under the name that the rules know.

pub(in crate::rules) use charter_plan::resolved::{Residency, inside, residency};
