//! What a rule is, and what it sees.

use charter_plan::Evidence;
use charter_plan::resolved::Resolved;
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, Severity};

/// One rule. Its file holds its page and its check.
pub struct Rule {
    /// Family letter and three digits: `L002`. Never reused.
    pub code: &'static str,
    /// How bad a finding is, unless the check says otherwise.
    pub severity: Severity,
    /// What is wrong, in a few words; reads after "error:".
    pub title: &'static str,
    /// The rule's page in Markdown: what it finds, why, and the way out.
    pub page: &'static str,
    pub check: fn(&Lint<'_>, &mut Findings),
}

impl Rule {
    /// A finding of this rule, to be given its places, arithmetic, way out and basis.
    pub fn finding(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, self.severity, self.title, message)
    }

    /// The same with another severity, for rules that have two.
    pub fn finding_of(&self, severity: Severity, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.code, severity, self.title, message)
    }
}

/// Everything a rule may look at.
#[derive(Clone, Copy)]
pub struct Lint<'a> {
    pub resolved: &'a Resolved,
    pub evidence: &'a [Evidence],
    pub today: Date,
}

/// Where rules put what they find.
#[derive(Default)]
pub struct Findings {
    found: Vec<Diagnostic>,
}

/// One rule may not flood the report; what is beyond is counted in its last finding.
const FINDINGS_A_RULE_MAX: usize = 200;

impl Findings {
    pub fn push(&mut self, finding: Diagnostic) {
        self.found.push(finding);
    }
}

/// Runs every rule over one charter. Findings come in the order of their places.
pub fn run(lint: &Lint<'_>) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for rule in crate::rules::all() {
        let mut findings = Findings::default();
        (rule.check)(lint, &mut findings);
        let beyond = findings.found.len().saturating_sub(FINDINGS_A_RULE_MAX);
        findings.found.truncate(FINDINGS_A_RULE_MAX);
        if let Some(last) = findings.found.last_mut().filter(|_| beyond > 0) {
            last.message = format!("{} (and {beyond} more of this rule)", last.message);
        }
        all.append(&mut findings.found);
    }
    all.sort_by_key(|finding| (finding.span(), finding.code));
    all
}
