//! One number for all classes.

use super::measure::measure_of;
use crate::rule::{Findings, Lint, Rule};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "Q007",
    severity: Severity::Error,
    title: "accuracy target without `by` classes",
    page: include_str!("../../../tests/rules/Q007.md"),
    check,
};

/// Metrics of a classifier that are averages over classes or groups.
const OVER_CLASSES: &[&str] = &["accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "fpr", "fnr", "tpr", "mcc"];

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for scenario in &lint.resolved.spec.quality {
        let Some(measure) = measure_of(scenario) else { continue };
        let Some(name) = measure.term.metric_path().and_then(|path| path.single()).filter(|name| OVER_CLASSES.contains(name)) else {
            continue;
        };
        // How much better than a heuristic is no target for the answers themselves.
        let compares = measure.term.function().is_some_and(|function| matches!(function.as_str(), "uplift" | "change"));
        if compares || !scenario.by.is_empty() || !measure.by.is_empty() {
            continue;
        }
        let finding = RULE.finding(format!("`{}` holds `{name}` for all classes together", scenario.id.value));
        findings.push(
            finding
                .at(measure.span, "a rare class or group can fail behind this number")
                .help("say for which classes or groups it holds each, for example `by: [class]`")
                .proven(),
        );
    }
}
