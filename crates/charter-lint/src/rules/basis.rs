//! What a finding rests on, as the figures that it uses say.
//!
//! Judging the figures belongs to the rules.

use charter_plan::resolved::Figure;
use charter_spec::{Diagnostic, Fix, Span};

/// Adds the arithmetic of a figure, line by line.
pub(super) fn sums(finding: Diagnostic, figure: &Figure) -> Diagnostic {
    figure.derivation.steps.iter().fold(finding, |finding, step| finding.sum(step.clone()))
}

/// Proven when nothing had to be assumed for the figures; else under what was assumed, asking for the figures that would settle it.
pub(super) fn rests_on(finding: Diagnostic, figures: &[&Figure]) -> Diagnostic {
    let mut texts: Vec<&str> = Vec::new();
    let mut asks: Vec<String> = Vec::new();
    for assumption in figures.iter().flat_map(|figure| &figure.assumptions) {
        if texts.contains(&assumption.text.as_str()) {
            continue;
        }
        texts.push(&assumption.text);
        let key = format!("`{}`", assumption.asks);
        if !asks.contains(&key) {
            asks.push(key);
        }
    }
    if texts.is_empty() { finding.proven() } else { finding.assumes(texts.join("; ")).asks(asks.join(", ")) }
}

/// A derived count that is written wrongly, written as it is derived: replicas and places in a queue come in whole numbers.
pub(in crate::rules) fn derived(span: Span, value: f64) -> Fix {
    Fix::replace(span, format!("{:.0}", value.ceil()))
}
