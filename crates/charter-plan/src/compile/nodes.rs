//! Answers as nodes of a plan.

use super::PlanCode;
use super::binding::Slots;
use super::call::call;
use super::compiler::Compiler;
use super::{combine, experiments, inline, rollouts, sequence, split, time};
use crate::plan::{Node, RouteId, Rung, Source};
use crate::resolved::Ladder;
use crate::tensor::TensorSpec;
use charter_spec::ast::{Answer, AnswerKind, LadderNode, ModelNode, Route};
use charter_spec::names::Entry;
use charter_spec::{Span, Spanned};

/// Nodes inside nodes, as the engine allows.
const DEPTH_MAX: usize = 8;
/// Rungs of a ladder: positions are told in one byte.
const RUNGS_MAX: usize = 255;

/// Where a node stands, and what it has to give.
pub(super) struct Place<'p> {
    pub(super) entry: &'p Entry<Route>,
    pub(super) route: &'p str,
    pub(super) id: RouteId,
    /// The version under which an inline model is known: the rung's name.
    pub(super) name: String,
    /// For messages: `rung `full``, `the answer`.
    pub(super) rung: String,
    pub(super) slots: &'p Slots,
    pub(super) slots_span: Span,
    pub(super) answers: &'p [TensorSpec],
    pub(super) answers_span: Span,
    pub(super) time: (u32, Span),
    pub(super) ladder: Option<&'p Ladder>,
    pub(super) depth: usize,
    /// Whether its versions never move, so that no rollout takes place here.
    pub(super) pinned: bool,
}

impl Place<'_> {
    /// The place in the charter, for people and as a salt: `fraud`, `fraud/full`.
    pub(super) fn path(&self) -> String {
        if self.depth == 0 { self.route.to_owned() } else { format!("{}/{}", self.route, self.name) }
    }

    pub(super) fn below(&self, name: String, rung: String) -> Place<'_> {
        Place { name, rung, depth: self.depth + 1, ladder: None, ..*self }
    }
}

/// The node of an answer; `None` when something is wrong with it, which is reported.
pub(super) fn node(compiler: &mut Compiler<'_>, answer: &Spanned<Answer>, place: &Place<'_>) -> Option<Node> {
    if place.depth > DEPTH_MAX {
        compiler.report(PlanCode::TooMuch.at(answer.span, format!("nodes are nested deeper than {DEPTH_MAX}")));
        return None;
    }
    match &answer.value.kind {
        AnswerKind::Model(node) => model(compiler, node, place),
        AnswerKind::Ladder(node) => ladder(compiler, node, place, answer.span),
        AnswerKind::Split(node) => split::split(compiler, node, place, answer.span),
        AnswerKind::Sequence(node) => sequence::sequence(compiler, node, place, answer.span),
        AnswerKind::Shadow(node) => combine::shadow(compiler, node, place, answer.span),
        AnswerKind::Cascade(node) => combine::cascade(compiler, node, place, answer.span),
        AnswerKind::Ensemble(node) => combine::ensemble(compiler, node, place, answer.span),
        AnswerKind::Cache(node) => combine::cache(compiler, node, place),
        AnswerKind::Rule(node) => inline::rule(compiler, node, place).map(Node::Model),
        AnswerKind::Static(node) => inline::fixed(compiler, node, place).map(Node::Model),
        AnswerKind::Lookup(node) => inline::lookup(compiler, node, place).map(Node::Model),
    }
}

/// A call of a model, or of two of its versions while one comes in.
fn model(compiler: &mut Compiler<'_>, node: &ModelNode, place: &Place<'_>) -> Option<Node> {
    let stable = compiler.version(node.model.as_ref()?)?;
    let planned = rollouts::planned(compiler, stable, place);
    let used = call(compiler, stable, &node.rename, place);
    let weight = node.canary.as_ref().and_then(|canary| canary.weight.as_ref()).or(node.weight.as_ref());
    let (candidate, canary) = match &node.canary {
        Some(canary) => (compiler.version(canary.version.as_ref()?)?, Some(canary.span)),
        None => match planned.and_then(|entry| rollouts::candidate(compiler, entry)) {
            Some(candidate) => (candidate, None),
            None => return used.map(Node::Model),
        },
    };
    if let (Some(span), Some(entry)) = (canary, planned)
        && (weight.is_some() || entry.to.as_ref().is_none_or(|to| to.value != *candidate.version.id.value))
    {
        rollouts::two(compiler, entry, span);
        return None;
    }
    let tried = call(compiler, candidate, &node.rename, place);
    if let (Some(_), Some(weight)) = (canary, weight) {
        return split::canary(compiler, used?, tried?, weight, place);
    }
    rollouts::node(compiler, planned, (stable, used?), (candidate, tried?), place)
}

fn ladder(compiler: &mut Compiler<'_>, node: &LadderNode, place: &Place<'_>, span: Span) -> Option<Node> {
    if node.ladder.is_empty() || node.ladder.len() > RUNGS_MAX {
        compiler.report(PlanCode::TooMuch.at(span, format!("a ladder has {} rungs; 1 to {RUNGS_MAX} are possible", node.ladder.len())));
        return None;
    }
    let shares = time::shares(compiler.resolved, place.entry, node, place.ladder, place.time, span);
    let shares = shares.map_err(|problem| compiler.report(*problem)).ok();
    let mut rungs = Vec::with_capacity(node.ladder.len());
    let mut sound = shares.is_some();
    for (at, rung) in node.ladder.iter().enumerate() {
        let name = rung.id.value.as_str();
        let within_ms = shares.as_ref().and_then(|shares| shares.get(at)).copied().unwrap_or(1);
        let reserve: u64 = shares.iter().flat_map(|shares| shares.iter().skip(at + 1)).map(|share| u64::from(*share)).sum();
        let pinned = place.pinned || rung.terms.pinned.as_ref().is_some_and(|pinned| pinned.value);
        let inner = if place.depth == 0 { name.to_owned() } else { format!("{}-{name}", place.name) };
        let below = Place { time: (within_ms, place.time.1), pinned, ..place.below(inner, format!("rung `{name}`")) };
        // An experiment on the route is about its first rung.
        let wrapped = at == 0 && place.depth == 0;
        let node = self::node(compiler, &rung.answer, &below);
        match if wrapped { experiments::wrap(compiler, node, &rung.answer, &below) } else { node } {
            Some(node) => {
                same_file(compiler, &rungs, (name, &node), rung.answer.span);
                let reserve_ms = u32::try_from(reserve).unwrap_or(u32::MAX);
                rungs.push(Rung { name: name.to_owned(), node, within_ms, reserve_ms });
            }
            None => sound = false,
        }
    }
    sound.then_some(Node::Ladder { rungs })
}

/// Reports a rung whose file holds the bytes of a rung above it under another name.
fn same_file(compiler: &mut Compiler<'_>, above: &[Rung], (name, node): (&str, &Node), span: Span) {
    let Some((path, digest)) = file(compiler, node) else { return };
    let twin = above.iter().find_map(|rung| {
        let (other, bytes) = file(compiler, &rung.node)?;
        (bytes == digest && other != path).then_some((rung.name.as_str(), other))
    });
    let Some((rung, other)) = twin else { return };
    let message = format!("`{path}` of rung `{name}` is the same file as `{other}` of rung `{rung}`");
    let help = "what breaks the one breaks the other: put another model, a rule, a table or a constant there";
    let problem = PlanCode::SameFile.at(span, message).sum(format!("both have the digest {digest}")).help(help);
    compiler.report(problem);
}

/// The file and digest of a rung that asks one model from here.
fn file(compiler: &Compiler<'_>, node: &Node) -> Option<(String, String)> {
    let Node::Model(call) = node else { return None };
    match &compiler.models.get(usize::from(call.model.0))?.source {
        Source::Onnx { path, digest } => Some((path.clone(), digest.clone())),
        _ => None,
    }
}
