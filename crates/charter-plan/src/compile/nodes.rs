//! Answers as nodes of a plan.

use super::PlanCode;
use super::binding::{self, Slots};
use super::compiler::{Compiler, Version, our_name, sub_name};
use super::{inline, protect, time};
use crate::plan::{Node, Rung, Source, Step, Use, WeightedNode};
use crate::resolved::Ladder;
use crate::tensor::TensorSpec;
use charter_spec::ast::{Answer, AnswerKind, LadderNode, ModelNode, Route, SequenceNode, SplitBy, SplitNode};
use charter_spec::names::{Entries, Entry};
use charter_spec::{Span, Spanned};

/// Nodes inside nodes, as the engine allows.
const DEPTH_MAX: usize = 8;
/// Rungs of a ladder: positions are told in one byte.
const RUNGS_MAX: usize = 255;
/// The parts that weights are kept in.
const PARTS: f64 = 10_000.0;

/// Where a node stands, and what it has to give.
pub(super) struct Place<'p> {
    pub(super) entry: &'p Entry<Route>,
    pub(super) route: &'p str,
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
}

impl Place<'_> {
    fn below(&self, name: String, rung: String) -> Place<'_> {
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
        AnswerKind::Split(node) => split(compiler, node, place, answer.span),
        AnswerKind::Sequence(node) => sequence(compiler, node, place, answer.span),
        AnswerKind::Rule(node) => inline::rule(compiler, node, place).map(Node::Model),
        AnswerKind::Static(node) => inline::fixed(compiler, node, place).map(Node::Model),
        AnswerKind::Lookup(node) => inline::lookup(compiler, node, place).map(Node::Model),
    }
}

fn model(compiler: &mut Compiler<'_>, node: &ModelNode, place: &Place<'_>) -> Option<Node> {
    let stable = compiler.version(node.model.as_ref()?)?;
    let stable = call(compiler, stable, &node.rename, place);
    let Some(canary) = &node.canary else { return stable.map(Node::Model) };
    let tried = compiler.version(canary.version.as_ref()?)?;
    let tried = call(compiler, tried, &node.rename, place);
    let Some(weight) = canary.weight.as_ref().or(node.weight.as_ref()) else {
        compiler.report(
            PlanCode::Canary
                .at(canary.span, "the canary has no `weight:`")
                .help("write `canary: { version: …, weight: 5% }` to give it a share now"),
        );
        return stable.map(Node::Model);
    };
    let parts = (weight.ratio() * PARTS).round();
    if !(1.0..PARTS).contains(&parts) {
        compiler.report(PlanCode::Weights.at(weight.span, "a canary's share is at least 0.01 % and below 100 %"));
        return None;
    }
    let parts = u16::try_from(crate::resolved::whole(parts)).ok()?;
    let arms = vec![
        WeightedNode { weight: parts, node: Node::Model(tried?) },
        WeightedNode { weight: 10_000 - parts, node: Node::Model(stable?) },
    ];
    Some(Node::Split { arms, key: None })
}

/// The call of one version.
pub(super) fn call<'a>(compiler: &mut Compiler<'a>, version: Version<'a>, renamed: &Entries<String>, place: &Place<'_>) -> Option<Use> {
    if version.version.onnx.is_some() {
        let (path, artifact) = compiler.artifact(version)?;
        let wanted = (artifact.inputs.as_slice(), artifact.columns.as_slice());
        let inputs = binding::inputs(compiler, version, wanted, place.slots, place.slots_span);
        let outputs = binding::outputs(compiler, version, (&artifact.outputs, renamed), place.answers, (&place.rung, place.answers_span));
        let (inputs, outputs) = (inputs?, outputs?);
        let source = Source::Onnx { path: path.to_owned(), digest: artifact.digest.clone() };
        let guards = protect::of_model(&compiler.resolved.spec, version.model, false);
        let names = (version.model.id.value.as_str(), version.version.id.value.as_str());
        let model = compiler.model(names, source, artifact.inputs.clone(), artifact.outputs.clone(), guards)?;
        return Some(Use { model, inputs, outputs });
    }
    remote(compiler, version, renamed, place)
}

/// A model on another server: its own signature is not known, so it is taken to be the route's, under its own names.
fn remote<'a>(compiler: &mut Compiler<'a>, version: Version<'a>, renamed: &Entries<String>, place: &Place<'_>) -> Option<Use> {
    let Some(url) = &version.version.oip else {
        let provider = version.version.provider.is_some();
        let why = if provider { "models of providers are not served yet" } else { "it has neither `onnx:` nor `oip:`" };
        let message = format!("`{}` cannot be served: {why}", version.label());
        compiler.report(PlanCode::NotServed.at(version.span, message).at(version.version.id.span, "declared here"));
        return None;
    };
    let theirs = |ours: &str, names: &[&Entries<String>]| {
        let own = names.iter().find_map(|entries| {
            let by_value = entries.iter().find(|entry| entry.value.value == ours).map(|entry| entry.id.value.to_string());
            by_value.or_else(|| entries.get(ours).cloned())
        });
        own.unwrap_or_else(|| ours.to_owned())
    };
    let plain = |spec: &TensorSpec, name: String| TensorSpec { name, range: None, allowed: Vec::new(), ..spec.clone() };
    let inputs = place.slots.specs.iter().map(|spec| plain(spec, theirs(&spec.name, &[&version.version.inputs]))).collect();
    let outputs: Vec<TensorSpec> =
        place.answers.iter().map(|spec| plain(spec, theirs(&spec.name, &[renamed, &version.version.outputs]))).collect();
    let source = Source::Oip {
        url: url.value.clone(),
        model: version.version.model.as_ref().map_or_else(|| version.model.id.value.to_string(), |name| name.value.clone()),
        version: version.version.version.as_ref().map(|number| number.value.clone()),
    };
    let guards = protect::of_model(&compiler.resolved.spec, version.model, true);
    let count = |length: usize| (0..length).map(u16::try_from).collect::<Result<Vec<u16>, _>>().ok();
    let bindings = count(place.slots.specs.len())?.into_iter().map(crate::plan::Binding::Slot).collect();
    let chosen = count(outputs.len())?;
    let names = (version.model.id.value.as_str(), version.version.id.value.as_str());
    let model = compiler.model(names, source, inputs, outputs, guards)?;
    Some(Use { model, inputs: bindings, outputs: chosen })
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
        let inner = if place.depth == 0 { name.to_owned() } else { format!("{}-{name}", place.name) };
        let below = Place { time: (within_ms, place.time.1), ..place.below(inner, format!("rung `{name}`")) };
        match self::node(compiler, &rung.answer, &below) {
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

fn split(compiler: &mut Compiler<'_>, node: &SplitNode, place: &Place<'_>, span: Span) -> Option<Node> {
    let ratios: Vec<f64> = node.split.iter().map(|arm| arm.value.terms.weight.as_ref().map_or(0.0, |weight| weight.ratio())).collect();
    let total: f64 = ratios.iter().sum();
    if (total - 1.0).abs() > 1e-6 || ratios.is_empty() {
        let terms: Vec<String> = ratios.iter().map(|ratio| crate::arithmetic::derivation::percent(*ratio)).collect();
        let sum = crate::arithmetic::derivation::percent(total);
        let problem = PlanCode::Weights.at(span, format!("the weights of the arms add up to {sum}"));
        compiler.report(problem.sum(format!("{} = {sum}", terms.join(" + "))).help("make them add up to 100 %"));
        return None;
    }
    let weights = parts(&ratios);
    let mut arms = Vec::with_capacity(ratios.len());
    let mut sound = true;
    for (at, (arm, weight)) in node.split.iter().zip(weights).enumerate() {
        let name = arm.value.terms.name.as_ref().map_or_else(|| format!("arm-{}", at + 1), |name| name.value.clone());
        let below = place.below(format!("{}-{name}", place.name), format!("arm `{name}` of {}", place.rung));
        match self::node(compiler, &arm.value.answer, &below) {
            Some(node) => arms.push(WeightedNode { weight, node }),
            None => sound = false,
        }
    }
    let by_key = node.by.as_ref().is_some_and(|by| by.value == SplitBy::Key);
    sound.then_some(Node::Split { arms, key: by_key.then(|| "key".to_owned()) })
}

/// Shares in parts per 10,000 that add up to 10,000: rounded down, then the largest remainders up.
fn parts(ratios: &[f64]) -> Vec<u16> {
    let exact: Vec<f64> = ratios.iter().map(|ratio| ratio * PARTS).collect();
    let mut parts: Vec<u16> = exact.iter().map(|part| u16::try_from(crate::resolved::whole(part.floor())).unwrap_or(10_000)).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let rest = |at: &usize| exact.get(*at).map_or(0.0, |part| part.fract());
    order.sort_by(|left, right| rest(right).total_cmp(&rest(left)));
    let given: u32 = parts.iter().map(|part| u32::from(*part)).sum();
    let missing = 10_000_u32.saturating_sub(given);
    for at in order.iter().cycle().take(usize::try_from(missing).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(*at) {
            *part += 1;
        }
    }
    parts
}

fn sequence(compiler: &mut Compiler<'_>, node: &SequenceNode, place: &Place<'_>, span: Span) -> Option<Node> {
    let Some((last, earlier)) = node.sequence.split_last() else {
        compiler.report(PlanCode::NoAnswer.at(span, "the sequence has no step"));
        return None;
    };
    let mut slots = place.slots.clone();
    let mut steps = Vec::with_capacity(node.sequence.len());
    for (at, step) in earlier.iter().enumerate() {
        let outputs = step_outputs(compiler, step)?;
        let name = sub_name(&place.name, at);
        let inner = Place {
            slots: &slots,
            answers: &outputs,
            answers_span: step.span,
            ..place.below(name, format!("step {} of {}", at + 1, place.rung))
        };
        let node = self::node(compiler, step, &inner)?;
        let mut specs = slots.specs;
        specs.extend(outputs.iter().cloned());
        slots = Slots::new(specs);
        steps.push(Step { node, outputs });
    }
    let name = sub_name(&place.name, earlier.len());
    let inner = Place { slots: &slots, ..place.below(name, format!("the last step of {}", place.rung)) };
    let node = self::node(compiler, last, &inner)?;
    steps.push(Step { node, outputs: place.answers.to_vec() });
    Some(Node::Sequence { steps })
}

/// What a step gives to later ones: all outputs of its model, under our names.
fn step_outputs(compiler: &mut Compiler<'_>, step: &Spanned<Answer>) -> Option<Vec<TensorSpec>> {
    let AnswerKind::Model(node) = &step.value.kind else {
        let help = "put a model here, or make this the last step";
        compiler.report(PlanCode::Sequence.at(step.span, "a step before the last is no model, so its outputs have no type").help(help));
        return None;
    };
    let version = compiler.version(node.model.as_ref()?)?;
    if version.version.onnx.is_none() {
        let message = format!("the outputs of `{}` are not known before its server is asked", version.label());
        compiler.report(PlanCode::Sequence.at(step.span, message).help("make it the last step, or serve its file from here"));
        return None;
    }
    let (_, artifact) = compiler.artifact(version)?;
    let name = |own: &str| {
        let by_rung = node.rename.iter().find(|entry| entry.value.value == own).map(|entry| entry.id.value.to_string());
        by_rung.unwrap_or_else(|| our_name(&version.version.outputs, own))
    };
    Some(artifact.outputs.iter().map(|output| TensorSpec { name: name(&output.name), ..output.clone() }).collect())
}

#[cfg(test)]
mod tests {
    use super::parts;
    use proptest::prelude::*;

    #[test]
    fn thirds_add_up() {
        assert_eq!(parts(&[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]), [3_334, 3_333, 3_333]);
        assert_eq!(parts(&[0.05, 0.95]), [500, 9_500]);
    }

    proptest! {
        #[test]
        fn parts_always_add_up(weights in proptest::collection::vec(1_u32..1_000, 1..20)) {
            let total: u32 = weights.iter().sum();
            let ratios: Vec<f64> = weights.iter().map(|weight| f64::from(*weight) / f64::from(total)).collect();
            let parts = parts(&ratios);
            prop_assert_eq!(parts.iter().map(|part| u32::from(*part)).sum::<u32>(), 10_000);
            for (part, ratio) in parts.iter().zip(&ratios) {
                prop_assert!((f64::from(*part) - ratio * 10_000.0).abs() <= 1.0);
            }
        }
    }
}
