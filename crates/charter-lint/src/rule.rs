//! What a rule is, and what it sees.

use charter_plan::resolved::Resolved;
use charter_plan::{Evidence, Plan};
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, Severity};
use std::collections::BTreeMap;

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

/// What stands before a page's line on why its rule matters.
const WHY: &str = "> Why it matters: ";

impl Rule {
    /// What happens to whoever leaves it as it is, in a line; empty when the page does not say.
    pub fn why(&self) -> &'static str {
        self.page.lines().find_map(|line| line.strip_prefix(WHY)).unwrap_or("")
    }

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
    /// The plan, where the charter compiles: evidence of another one shows nothing about this one.
    pub plan: Option<&'a Plan>,
    pub today: Date,
}

/// Where a rule puts what it finds.
#[derive(Default)]
pub struct Findings {
    found: Vec<Diagnostic>,
    left_out: Counts,
}

/// One rule may not flood the report; what is beyond is counted, and told in its last finding.
const FINDINGS_A_RULE_MAX: usize = 200;

impl Findings {
    pub fn push(&mut self, finding: Diagnostic) {
        if self.found.len() < FINDINGS_A_RULE_MAX {
            self.found.push(finding);
        } else {
            self.left_out.add(finding.severity);
        }
    }
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    errors: usize,
    warnings: usize,
    hints: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, severity: Severity) {
        *self.of_mut(severity) += 1;
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        for severity in [Severity::Error, Severity::Warning, Severity::Hint] {
            *self.of_mut(severity) += other.of(severity);
        }
    }

    pub(crate) fn of(self, severity: Severity) -> usize {
        match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
            Severity::Hint => self.hints,
        }
    }

    pub(crate) fn sum(self) -> usize {
        self.errors + self.warnings + self.hints
    }

    pub(crate) fn of_mut(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Hint => &mut self.hints,
        }
    }
}

/// What the rules found, and how many findings of a code are not among it.
pub(crate) struct Found {
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) left_out: BTreeMap<&'static str, Counts>,
}

/// Why findings under a code matter, in a line: of a rule, of reading or of compiling. Empty for a code that nothing has.
pub fn why(code: &str) -> &'static str {
    if let Some(rule) = crate::rules::find(code) {
        return rule.why();
    }
    if charter_spec::diagnostic::explain(code).is_some() {
        return "what cannot be read is neither checked nor served";
    }
    match charter_plan::PlanCode::find(code) {
        Some(code) if code.is_about_serving() || code.severity() == Severity::Hint => {
            "what is stated and not run is a promise that nobody keeps"
        }
        Some(_) => "what does not compile cannot be served, so nothing keeps the promises around it",
        None => "",
    }
}

/// Runs every rule over one charter. Findings come in the order of their places, at most 200 of a rule.
pub fn run(lint: &Lint<'_>) -> Vec<Diagnostic> {
    run_counted(lint).findings
}

pub(crate) fn run_counted(lint: &Lint<'_>) -> Found {
    let mut all = Vec::new();
    let mut left_out = BTreeMap::new();
    for rule in crate::rules::all() {
        let mut findings = Findings::default();
        (rule.check)(lint, &mut findings);
        let beyond = findings.left_out.sum();
        if beyond > 0 {
            left_out.insert(rule.code, findings.left_out);
        }
        if let Some(last) = findings.found.last_mut().filter(|_| beyond > 0) {
            last.message = format!("{} (and {beyond} more of this rule)", last.message);
        }
        all.append(&mut findings.found);
    }
    all.sort_by_key(|finding| (finding.span(), finding.code));
    Found { findings: all, left_out }
}
