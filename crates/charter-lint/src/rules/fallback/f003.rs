//! A ladder of which every rung can fail.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::RungMeans;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "F003",
    severity: Severity::Warning,
    title: "last rung is not static",
    page: include_str!("../../../tests/rules/F003.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for ladder in &lint.resolved.ladders.all {
        // A ladder of one rung is another finding.
        let Some(last) = ladder.rungs.last().filter(|_| ladder.rungs.len() > 1) else { continue };
        if last.cannot_fail {
            continue;
        }
        let finding = RULE
            .finding(format!("ladder `{}` has no rung that cannot fail", ladder.of.id))
            .at(last.span, "the last one that is asked")
            .at(ladder.span, "for this ladder");
        let finding = match &last.means {
            RungMeans::Lookup => finding.proven().help("give the table a `default`, so that a key that is not in it is answered too"),
            RungMeans::Other(word) => finding
                .help("end it with a rule or something `static`")
                .assumes(format!("`{word}` is neither a constant nor a rule"))
                .asks(format!("how `{}` answers: `static`, or a rule", last.name)),
            _ => finding.proven().help("end it with a rule or something `static`"),
        };
        findings.push(finding);
    }
}
