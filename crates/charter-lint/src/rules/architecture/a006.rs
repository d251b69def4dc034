//! Choices that were made without anybody deciding.

use crate::catalogue::{CHOICES, Choice, Fact, Places, Shown};
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "A006",
    severity: Severity::Hint,
    title: "choice that no decision answers",
    page: include_str!("../../../tests/rules/A006.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    // Without decisions the charter has not come to them yet; without models there is nothing to choose.
    let (Some(first), Some(model)) = (spec.decisions.iter().next(), spec.models.iter().next()) else { return };
    let answered = |kind| spec.decisions.iter().any(|decision| decision.kind.as_ref().is_some_and(|stated| stated.value == kind));
    let open: Vec<&str> = CHOICES.iter().filter(|choice| !answered(choice.kind)).map(|choice| choice.kind.word()).collect();
    if open.is_empty() {
        return;
    }
    let finding = RULE
        .finding(format!("no decision answers: {}", open.join(", ")))
        .at(first.id.span, "the decisions start here")
        .at(model.id.span, "every system with models has made these choices")
        .sum(format!("{} of {} choices are answered", CHOICES.len() - open.len(), CHOICES.len()));
    let mut shown = Shown::default();
    let unanswered = CHOICES.iter().filter(|choice| !answered(choice.kind));
    let finding = unanswered
        .filter_map(|choice| Some((choice, made(lint, &mut shown, choice)?)))
        .fold(finding, |finding, (choice, word)| finding.sum(format!("{}: by what the charter shows, `{word}`", choice.kind.word())));
    findings.push(
        finding
            .help(format!(
                "write each down with its `kind:`, for example `kind: {}`; what is not decided is decided anyway",
                open.first().unwrap_or(&"sync-or-async")
            ))
            .proven(),
    );
}

/// The only way to choose of which the charter shows every fact; `None` when it shows none, or several.
fn made(lint: &Lint<'_>, shown: &mut Shown, choice: &Choice) -> Option<&'static str> {
    let mut shows = |facts: &[Fact]| !facts.is_empty() && facts.iter().all(|fact| shown.has(lint, fact, Places::default()));
    let mut made = choice.alternatives.iter().filter(|alternative| shows(alternative.facts)).map(|alternative| alternative.word);
    let only = made.next();
    only.filter(|_| made.next().is_none())
}
