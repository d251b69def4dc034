//! Exactly one arm answers, chosen by weight.
//!
//! Sticky by key: how a key is assigned is said in [`crate::assign`]. Without a key the call's seed chooses.
//!
//! Whether an arm deserves its weight does not belong here.

use super::Frame;
use crate::assign;
use crate::chance::{Purpose, derive};
use charter_plan::plan::{Split, WeightedNode};

/// The position of the arm that answers, and the arm; `None` without arms or weights. What is hashed is the call's key, else the first row of the input
/// that `key` names.
pub(crate) fn choose<'a>(frame: &Frame<'_>, split: &'a Split) -> Option<(usize, &'a WeightedNode)> {
    let named = || split.key.as_deref().and_then(|name| frame.input(name)).and_then(assign::first_row);
    let hash = match frame.key {
        Some(key) => assign::hash(&split.salt, key.as_bytes()),
        None => match named() {
            Some(text) => assign::hash(&split.salt, &text),
            None => (derive(frame.context.seed, Purpose::Split, u64::from(frame.depth)) >> 32) as u32,
        },
    };
    let position = assign::part(split.arms.iter().map(|arm| arm.weight), hash)?;
    split.arms.get(position).map(|arm| (position, arm))
}
