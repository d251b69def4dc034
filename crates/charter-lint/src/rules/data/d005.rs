//! A model that shapes its own data, and nobody wrote down how.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;
use charter_spec::ast::{FeedbackLoop, Runtime};

pub(super) const RULE: Rule = Rule {
    code: "D005",
    severity: Severity::Warning,
    title: "model without a feedback-loop statement and control",
    page: include_str!("../../../tests/rules/D005.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for model in &lint.resolved.spec.models {
        if model.runtime.as_ref().is_some_and(|runtime| runtime.value == Runtime::Rules) {
            continue;
        }
        let id = &model.id.value;
        let help = "say how its answers come back as data and what keeps that in check, for example `feedback: { loop: clicks retrain it, control: 5% exploration }`";
        let Some(feedback) = &model.feedback else {
            findings.push(
                RULE.finding(format!("nothing says whether the answers of `{id}` come back as its data"))
                    .at(model.id.span, "what it predicts may become what it learns")
                    .help(help)
                    .proven()
                    .asks(format!("`models.{id}.feedback`")),
            );
            continue;
        };
        let loops = feedback.value.about.as_ref().filter(|about| !says_none(&about.value));
        if loops.is_some() && !is_controlled(&feedback.value) {
            findings.push(
                RULE.finding(format!("the feedback loop of `{id}` has no control"))
                    .at(feedback.span, "a loop, and nothing that keeps it in check")
                    .help(help)
                    .proven()
                    .asks(format!("`models.{id}.feedback.control`")),
            );
        }
    }
}

fn says_none(about: &str) -> bool {
    let about = about.trim().to_ascii_lowercase();
    about == "none" || about == "no loop" || about.starts_with("none:")
}

fn is_controlled(feedback: &FeedbackLoop) -> bool {
    feedback.control.is_some() || feedback.holdout.is_some()
}
