//! Batches that take longer to fill than an answer may take.

use super::promise::Promises;
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::sums;
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::ServedCapacity;
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "C008",
    severity: Severity::Warning,
    title: "a batch takes longer to fill than the inference budget",
    page: include_str!("../../../tests/rules/C008.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let promises = Promises::new(lint);
    for served in &lint.resolved.capacity.models {
        let Some(fill) = &served.batch_fill_ms else { continue };
        // With its own settings the runtime takes what already waits, or waits for a stated time.
        if takes_what_waits(lint, served) {
            continue;
        }
        let Some(promise) = promises.of(&served.id) else { continue };
        if fill.value() <= promise.room_ms() {
            continue;
        }
        let (room, words) = (number(promise.room_ms()), promise.room_words());
        let message = format!("a batch of `{}` is full after {} ms, longer than the {room} ms {words}", served.id, number(fill.value()));
        let finding = RULE
            .finding(message)
            .at(fill.span(), "the first one in waits for all others")
            .at(promise.room_span(), "what an answer may take");
        let mut finding = sums(finding, fill).sum(format!("{} ms > {room} ms {words}", number(fill.value())));
        finding = finding.help("make the batch smaller, or send it after a wait, full or not");
        // Below the peak it takes longer still, so only the waiting itself is assumed.
        let mut texts = vec!["a batch waits until it is full"];
        texts.extend(fill.assumptions.iter().map(|assumption| assumption.text.as_str()));
        finding = finding.assumes(texts.join("; "));
        findings.push(match fill.assumptions.first() {
            Some(first) => finding.asks(format!("`{}`", first.asks)),
            None => finding.asks(format!("how long a batch of `{}` waits: `models.{}.protect.batch`", served.id, served.id)),
        });
    }
}

/// Whether the model that is sized, or every model that the sized route asks, has settings of its own for batches.
fn takes_what_waits(lint: &Lint<'_>, served: &ServedCapacity) -> bool {
    let models = &lint.resolved.spec.models;
    let set = |id: &str| models.get(id).and_then(|model| model.protect.as_ref()).is_some_and(|protect| protect.batch.is_some());
    let mut asked = lint.resolved.references.from(&served.element).filter(|reference| reference.role == "answer").peekable();
    set(&served.id) || asked.peek().is_some() && asked.all(|reference| set(&reference.to.id))
}
