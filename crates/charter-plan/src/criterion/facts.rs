//! Everything that criteria are judged by.

use crate::evidence::Evidence;
use crate::gate::sign_off::SignOff;
use crate::plan::Plan;
use crate::resolved::Resolved;
use crate::standing::StatusLine;
use charter_spec::FileSet;
use charter_spec::quantity::Date;

/// What is known today.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub resolved: &'a Resolved,
    /// The files that the charter was read from, for fingerprints of what is signed.
    pub files: &'a FileSet,
    /// The plan, where the charter compiles.
    pub plan: Option<&'a Plan>,
    /// Of every requirement, and of every rung that was tried: see [`standings`](crate::standing::standings).
    pub standings: &'a [StatusLine],
    /// Everything that was measured and kept, in any order.
    pub evidence: &'a [Evidence],
    /// In any order.
    pub sign_offs: &'a [SignOff],
    pub today: Date,
}

impl<'a> Facts<'a> {
    /// The standing of a requirement or exercise.
    pub fn standing(&self, id: &str) -> Option<&'a StatusLine> {
        self.standings.iter().find(|line| line.requirement == id)
    }
}
