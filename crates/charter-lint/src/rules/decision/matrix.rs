//! The matrix of a decision, under the name that the rules know; its arithmetic is shared with `charter decide` and documents.

pub(super) use charter_plan::decision::{Matrix, chosen, is_accepted, scores};
