//! Which control serves which principle of zero trust.
//!
//! Whether a control really holds belongs to S009 and S010.

use crate::rule::{Findings, Lint, Rule};
use charter_spec::Spec;
use charter_spec::ast::{Control, Principle};
use charter_spec::names::Entry;

/// What a rule of this kind is about.
pub(super) struct Asked {
    pub(super) principle: Principle,
    /// Words in a control's id or in what it enforces that say the same.
    pub(super) words: &'static [&'static str],
    /// What is missing, completing "no control …".
    pub(super) missing: &'static str,
    pub(super) help: &'static str,
}

/// One finding when controls are written and none serves the principle. A charter without controls has not come to them yet.
pub(super) fn check(rule: &Rule, asked: &Asked, lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let Some(first) = spec.controls.iter().next() else { return };
    if serving(spec, asked).next().is_some() {
        return;
    }
    findings
        .push(rule.finding(format!("no control {}", asked.missing)).at(first.id.span, "the controls start here").help(asked.help).proven());
}

/// Controls that serve a principle: they say so, or their words do.
pub(super) fn serving<'a>(spec: &'a Spec, asked: &'a Asked) -> impl Iterator<Item = &'a Entry<Control>> {
    spec.controls.iter().filter(|control| {
        let stated = control.principle.iter().any(|principle| principle.value == asked.principle);
        let says = |text: &str| asked.words.iter().any(|word| text.to_ascii_lowercase().contains(word));
        stated || says(control.id.value.as_str()) || control.enforce.iter().any(|enforced| says(&enforced.value))
    })
}
