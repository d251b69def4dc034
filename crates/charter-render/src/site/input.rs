//! What a site is made from: the charter and everything that was found out about it, as plain data.

use charter_plan::artifact::Artifacts;
use charter_plan::criterion::Facts;
use charter_plan::gate::sign_off::SignOff;
use charter_plan::resolved::Resolved;
use charter_plan::standing::StatusLine;
use charter_plan::{Evidence, Plan};
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, FileSet};

/// Everything that a site shows. The same input gives the same bytes.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub resolved: &'a Resolved,
    /// The plan, where the charter compiles.
    pub plan: Option<&'a Plan>,
    /// The files that the charter was read from and those that it names: decision records and model cards among them.
    pub files: &'a FileSet,
    /// Facts about model files, as far as they could be read.
    pub artifacts: &'a Artifacts,
    pub evidence: &'a [Evidence],
    /// What the evidence says of each requirement today.
    pub standings: &'a [StatusLine],
    /// Who signed what.
    pub sign_offs: &'a [SignOff],
    /// What lint found, after waivers, and what waivers cover.
    pub findings: &'a [Diagnostic],
    pub waived: &'a [Waived<'a>],
    /// The rules and their pages. They are data here, so that drawing a finding needs no edge to the crate that makes findings.
    pub rules: &'a [RulePage<'a>],
    pub today: Date,
}

impl<'a> Input<'a> {
    /// What criteria are judged by.
    pub(super) fn facts(&self) -> Facts<'a> {
        Facts {
            resolved: self.resolved,
            files: self.files,
            plan: self.plan,
            standings: self.standings,
            evidence: self.evidence,
            sign_offs: self.sign_offs,
            today: self.today,
        }
    }
}

/// A finding that someone has taken on until a date.
#[derive(Clone, Copy, Debug)]
pub struct Waived<'a> {
    pub finding: &'a Diagnostic,
    pub waiver: &'a str,
    pub until: Date,
}

/// A rule of lint, of the reader or of the compiler.
#[derive(Clone, Copy, Debug)]
pub struct RulePage<'a> {
    pub code: &'a str,
    pub severity: &'a str,
    pub title: &'a str,
    /// Markdown.
    pub page: &'a str,
}

/// A file of the site; its path is relative to the site's folder and has no folders in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}
