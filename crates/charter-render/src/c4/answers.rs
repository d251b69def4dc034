//! Which models a route asks, and in which part of its answer.

use charter_spec::ast::{Answer, AnswerKind, ModelNode};
use charter_spec::{Id, Span};

/// A model that an answer asks.
pub(super) struct Asked {
    pub(super) model: Id,
    /// `asks first`, `falls back to`, `copies calls to` …
    pub(super) verb: String,
    pub(super) span: Span,
}

const ASKS: &str = "asks";
const FALLS_BACK: &str = "falls back to";
const COPIES: &str = "copies calls to";
const TRIES: &str = "tries as canary";

/// Every model that an answer may ask, in document order. How deep answers nest is bounded by the reader.
pub(super) fn models(answer: &Answer) -> Vec<Asked> {
    let mut found = Vec::new();
    walk(answer, ASKS, &mut found);
    found
}

fn walk(answer: &Answer, verb: &str, found: &mut Vec<Asked>) {
    match &answer.kind {
        AnswerKind::Model(node) => model(node, verb, found),
        AnswerKind::Ladder(node) => {
            for (at, rung) in node.ladder.iter().enumerate() {
                walk(&rung.answer.value, if at == 0 { verb } else { FALLS_BACK }, found);
            }
        }
        AnswerKind::Split(node) => node.split.iter().for_each(|arm| walk(&arm.value.answer.value, verb, found)),
        AnswerKind::Sequence(node) => node.sequence.iter().for_each(|step| walk(&step.value, verb, found)),
        AnswerKind::Shadow(node) => {
            let Some(shadow) = &node.shadow else { return };
            shadow.of.iter().for_each(|answer| walk(&answer.value, verb, found));
            shadow.to.iter().for_each(|answer| walk(&answer.value, COPIES, found));
        }
        AnswerKind::Cascade(node) => node.cascade.iter().for_each(|step| walk(&step.value.answer.value, verb, found)),
        AnswerKind::Ensemble(node) => node.ensemble.iter().for_each(|member| walk(&member.answer.value, verb, found)),
        AnswerKind::Cache(node) => {
            node.cache.iter().filter_map(|cache| cache.of.as_ref()).for_each(|answer| walk(&answer.value, verb, found));
        }
        AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => {}
    }
}

fn model(node: &ModelNode, verb: &str, found: &mut Vec<Asked>) {
    if let Some(model) = &node.model {
        found.push(Asked { model: model.value.model.clone(), verb: verb.to_owned(), span: model.span });
    }
    if let Some(version) = node.canary.as_ref().and_then(|canary| canary.version.as_ref()) {
        found.push(Asked { model: version.value.model.clone(), verb: TRIES.to_owned(), span: version.span });
    }
}
