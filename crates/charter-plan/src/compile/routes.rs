//! Routes: inputs from the contract, one output signature, decisions, access, pins.

use super::binding::Slots;
use super::call::call;
use super::compiler::{Compiler, Version, our_name, text};
use super::nodes::{self, Place};
use super::{ExpressionPlace, PlanCode, experiments, inline, time};
use crate::contract::Format;
use crate::plan::{Access, Decision, FailMode, Route, RouteId, Use};
use crate::resolved::{Element, LadderOrigin};
use crate::tensor::{Datatype, Dimension, TensorSpec};
use charter_spec::ast::{Answer, AnswerKind, FailMode as Written, Model, ModelNode, OutputTensor, Route as Spec, RouteAccess};
use charter_spec::names::Entry;
use charter_spec::{Diagnostic, SectionName, Span, Spanned};
use std::collections::HashSet;

/// Most rows in a request, where the charter gives no number.
const ROWS_MAX: u32 = 1_024;
/// Most inputs of a route: their positions are kept in 16 bits, and a request names each.
const INPUTS_MAX: usize = 4_096;

/// The route of an entry; `None` when something is wrong with it, which is reported.
pub(super) fn route(compiler: &mut Compiler<'_>, id: RouteId, entry: &Entry<Spec>) -> Option<Route> {
    let name = text(&entry.id.value);
    if let Some(feature) = entry.features.first() {
        let message = format!("route `{name}` takes the feature `{}`, and features are not served yet", feature.value.id);
        compiler.report(PlanCode::FeaturesNotServed.at(feature.span, message).help("take it as an input in the contract"));
        return None;
    }
    let Some(answer) = &entry.answer else {
        compiler.report(PlanCode::NoAnswer.at(entry.id.span, format!("route `{name}` has no `answer:`")));
        return None;
    };
    let (inputs, slots_span) = inputs(compiler, entry, answer)?;
    let (answers, answers_span) = answers(compiler, entry, answer)?;
    distinct(compiler, &inputs, &answers, answers_span)?;
    let slots = Slots::new(inputs);
    let mut ladders = compiler.resolved.ladders.of(&Element::new(SectionName::Routes, &entry.id.value));
    let ladder = ladders.find(|ladder| ladder.origin == LadderOrigin::Answer);
    let (timeout_ms, timeout_span) = time::timeout(compiler.resolved, entry);
    let place = Place {
        entry,
        route: name,
        id,
        name: "answer".to_owned(),
        rung: "the answer".to_owned(),
        slots: &slots,
        slots_span,
        answers: &answers,
        answers_span,
        time: (timeout_ms, timeout_span),
        ladder,
        depth: 0,
        pinned: false,
    };
    let node = nodes::node(compiler, answer, &place);
    // In a ladder, an experiment is about the first rung.
    let node = if matches!(answer.value.kind, AnswerKind::Ladder(_)) { node } else { experiments::wrap(compiler, node, answer, &place) };
    let decisions = decisions(compiler, entry, &slots, &answers);
    let pinning = entry.pinning.as_ref().is_some_and(|pinning| pinning.value);
    let pins = if pinning { pins(compiler, answer, &place) } else { Vec::new() };
    let fail = match &answer.value.kind {
        AnswerKind::Ladder(node) => node.fail.as_ref().map(|fail| fail.value),
        _ => None,
    };
    let rows_max = rows_max(compiler, entry);
    let node = node?;
    Some(Route {
        id,
        name: name.to_owned(),
        inputs: slots.specs,
        answers,
        decisions,
        timeout_ms,
        rows_max: rows_max?,
        node,
        access: access(compiler, entry),
        pinning,
        pins,
        samples: entry.samples.as_ref().map(|samples| samples.value.as_str().to_owned()),
        fail: if fail == Some(Written::Open) { FailMode::Open } else { FailMode::Closed },
    })
}

/// Rows that a request may have; `None` for a number that a plan cannot hold, which is reported.
fn rows_max(compiler: &mut Compiler<'_>, entry: &Entry<Spec>) -> Option<u32> {
    let Some(written) = &entry.rows_max else { return Some(ROWS_MAX) };
    let rows = fitting(written.count());
    if rows.is_none() {
        let message = format!("`rows_max` is {}, and a route takes 1 to {} rows a request", written.count(), u32::MAX);
        compiler
            .report(PlanCode::TooMuch.at(written.span, message).help(format!("leave it out for {ROWS_MAX}, or write what fits memory")));
    }
    rows
}

/// A number of rows that a plan can hold, as it is.
fn fitting(rows: u64) -> Option<u32> {
    u32::try_from(rows).ok().filter(|rows| *rows > 0)
}

/// Inputs from the contract, else those of the first model.
fn inputs(compiler: &mut Compiler<'_>, entry: &Entry<Spec>, answer: &Spanned<Answer>) -> Option<(Vec<TensorSpec>, Span)> {
    if let Some(file) = &entry.input {
        let path = file.value.as_str();
        let Some(contract) = compiler.resolved.contracts.get(path) else {
            compiler.report(
                PlanCode::FileMissing.at(file.span, format!("contract `{path}` is not there")).help("write it, or correct the path"),
            );
            return None;
        };
        let problems = contract.problems.clone();
        if !problems.is_empty() {
            problems.into_iter().for_each(|problem| compiler.report(problem.at(file.span, "named here")));
            return None;
        }
        let inputs: Vec<TensorSpec> = contract.properties.iter().filter_map(|property| property.tensor.clone()).collect();
        if contract.format == Format::Other || inputs.is_empty() {
            let message = format!("contract `{path}` names no columns");
            let help = "the first object of its `schema` lists them under `properties`, and `kind` is `DataContract`";
            compiler.report(PlanCode::NoInputs.at(file.span, message).at(contract.span, "the contract").help(help));
            return None;
        }
        if inputs.len() > INPUTS_MAX {
            compiler.report(PlanCode::TooMuch.at(file.span, format!("a route has at most {INPUTS_MAX} inputs")));
            return None;
        }
        return Some((inputs, file.span));
    }
    let Some(node) = edge_model(&answer.value, true) else {
        let message = format!("route `{}` has neither a contract nor a first model that names its inputs", entry.id.value);
        compiler.report(PlanCode::NoInputs.at(entry.id.span, message).help("name a contract under `input:`"));
        return None;
    };
    let version = compiler.version(node.model.as_ref()?)?;
    if version.version.onnx.is_none() {
        let message = format!("the inputs of `{}` are not known before its server is asked", version.label());
        compiler.report(PlanCode::NoInputs.at(version.span, message).help("name a contract under `input:`"));
        return None;
    }
    let (_, artifact) = compiler.artifact(version)?;
    let named = |spec: &TensorSpec| TensorSpec { name: our_name(&version.version.inputs, &spec.name), ..spec.clone() };
    Some((artifact.inputs.iter().map(named).collect(), version.span))
}

/// Outputs as declared, decisions left out, else those of the first rung's model.
fn answers(compiler: &mut Compiler<'_>, entry: &Entry<Spec>, answer: &Spanned<Answer>) -> Option<(Vec<TensorSpec>, Span)> {
    if let Some(output) = &entry.output {
        let decided = |name: &str| entry.decide.as_ref().is_some_and(|decide| decide.decisions.contains(name));
        let declared = output.tensors.iter().filter(|tensor| !decided(tensor.id.value.as_str()));
        let answers: Vec<TensorSpec> = declared.map(|tensor| tensor_spec(text(&tensor.id.value), &tensor.value.value)).collect();
        if answers.is_empty() {
            compiler.report(PlanCode::NoOutputs.at(output.span, "every output is a decision, and nothing is left for the rungs to answer"));
            return None;
        }
        return Some((answers, output.span));
    }
    let Some(node) = edge_model(&answer.value, false) else {
        let message = format!("route `{}` has no `output:`, and its first rung is no model", entry.id.value);
        compiler.report(PlanCode::NoOutputs.at(entry.id.span, message).help("declare them: `output: { score: FP32 }`"));
        return None;
    };
    let version = compiler.version(node.model.as_ref()?)?;
    if version.version.onnx.is_none() {
        let message = format!("the outputs of `{}` are not known before its server is asked", version.label());
        compiler.report(PlanCode::NoOutputs.at(version.span, message).help("declare them: `output: { score: FP32 }`"));
        return None;
    }
    let (_, artifact) = compiler.artifact(version)?;
    let name = |own: &str| {
        let by_rung = node.rename.iter().find(|entry| entry.value.value == own).map(|entry| entry.id.value.to_string());
        by_rung.unwrap_or_else(|| our_name(&version.version.outputs, own))
    };
    let answers = artifact.outputs.iter().map(|spec| TensorSpec { name: name(&spec.name), ..spec.clone() }).collect();
    Some((answers, version.span))
}

/// The model that a call asks first, or whose answer it is last.
fn edge_model(answer: &Answer, first: bool) -> Option<&ModelNode> {
    match &answer.kind {
        AnswerKind::Model(node) => Some(node),
        AnswerKind::Ladder(node) => edge_model(&node.ladder.iter().next()?.answer.value, first),
        AnswerKind::Split(node) => edge_model(&node.split.first()?.value.answer.value, first),
        AnswerKind::Sequence(node) => {
            let step = if first { node.sequence.first() } else { node.sequence.last() };
            edge_model(&step?.value, first)
        }
        AnswerKind::Shadow(node) => edge_model(&node.shadow.as_ref()?.of.as_ref()?.value, first),
        AnswerKind::Cascade(node) => edge_model(&node.cascade.first()?.value.answer.value, first),
        AnswerKind::Ensemble(node) => edge_model(&node.ensemble.iter().next()?.answer.value, first),
        AnswerKind::Cache(node) => edge_model(&node.cache.as_ref()?.of.as_ref()?.value, first),
        AnswerKind::Rule(_) | AnswerKind::Static(_) | AnswerKind::Lookup(_) => None,
    }
}

pub(super) fn tensor_spec(name: &str, declared: &OutputTensor) -> TensorSpec {
    // The words of the charter and of the protocol are the same ones.
    let datatype = Datatype::parse(declared.datatype.word()).unwrap_or(Datatype::Bytes);
    if declared.shape.is_empty() {
        return TensorSpec::column(name, datatype);
    }
    let mut shape = vec![Dimension::Any];
    shape.extend(declared.shape.iter().map(|length| Dimension::Fixed(*length)));
    TensorSpec::new(name, datatype, shape)
}

fn distinct(compiler: &mut Compiler<'_>, inputs: &[TensorSpec], answers: &[TensorSpec], span: Span) -> Option<()> {
    for specs in [inputs, answers] {
        let mut seen = HashSet::new();
        if let Some(twice) = specs.iter().find(|spec| !seen.insert(spec.name.as_str())) {
            compiler.report(PlanCode::Name.at(span, format!("`{}` is there twice", twice.name)));
            return None;
        }
    }
    Some(())
}

fn decisions(compiler: &mut Compiler<'_>, entry: &Entry<Spec>, slots: &Slots, answers: &[TensorSpec]) -> Vec<Decision> {
    let Some(decide) = &entry.decide else { return Vec::new() };
    let variables = inline::decision_variables(slots, answers);
    let mut decisions = Vec::new();
    for decision in &decide.decisions {
        let name = text(&decision.id.value);
        let declared = entry.output.as_ref().and_then(|output| output.tensors.get(name));
        let output = declared.map_or_else(|| TensorSpec::column(name, Datatype::Bytes), |declared| tensor_spec(name, declared));
        if answers.iter().any(|answer| answer.name == name) {
            compiler.report(PlanCode::Name.at(decision.id.span, format!("decision `{name}` is an output of the rungs too")));
            continue;
        }
        compiler.expressions.push(ExpressionPlace {
            text: decision.value.value.clone(),
            span: decision.value.span,
            variables: variables.clone(),
            result: output.datatype,
            route: entry.id.value.to_string(),
        });
        decisions.push(Decision { output, expression: decision.value.value.clone() });
    }
    decisions
}

/// What the route says, else what holds for all routes, else open: the edge lets open routes listen on loopback only.
fn access(compiler: &Compiler<'_>, entry: &Entry<Spec>) -> Access {
    let general = compiler.resolved.spec.access.as_ref().and_then(|access| access.default_access.as_ref());
    match entry.access.as_ref().or(general).map(|access| &access.value) {
        Some(RouteAccess::Identities(identities)) => {
            Access::Identities(identities.iter().map(|identity| identity.value.id.to_string()).collect())
        }
        Some(RouteAccess::Open) | None => Access::Open,
    }
}

/// Every version of the first rung's model, as the first rung would call it.
fn pins(compiler: &mut Compiler<'_>, answer: &Spanned<Answer>, place: &Place<'_>) -> Vec<(String, Use)> {
    let first = match &answer.value.kind {
        AnswerKind::Ladder(node) => node.ladder.iter().next().map(|rung| &rung.answer.value),
        _ => Some(&answer.value),
    };
    let Some(AnswerKind::Model(node)) = first.map(|answer| &answer.kind) else { return Vec::new() };
    let Some(reference) = &node.model else { return Vec::new() };
    let resolved = compiler.resolved;
    let Some(model): Option<&Entry<Model>> = resolved.spec.models.get_entry(&reference.value.model) else { return Vec::new() };
    let mut pins = Vec::new();
    for version in &model.versions {
        // What keeps a version from being pinned keeps nothing else from running, so it is told as a hint.
        let told = std::mem::take(&mut compiler.diagnostics);
        let wanted = Version { model, version, span: version.id.span };
        let found = call(compiler, wanted, &node.rename, place);
        let problems = std::mem::replace(&mut compiler.diagnostics, told);
        match found {
            Some(call) => {
                // It can be called, and what is wrong with its file is wrong whoever calls it.
                problems.into_iter().for_each(|problem| compiler.report(problem));
                pins.push((version.id.value.to_string(), call));
            }
            // Its own error says it already.
            None if is_told(&compiler.diagnostics, wanted) => {}
            None => {
                let why = problems.into_iter().next().map_or_else(String::new, |problem| format!(": {}", problem.message));
                compiler.report(PlanCode::Pin.at(version.id.span, format!("`{}` cannot be pinned{why}", wanted.label())));
            }
        }
    }
    pins
}

/// Whether an error about this version was reported.
fn is_told(diagnostics: &[Diagnostic], version: Version<'_>) -> bool {
    let label = format!("`{}`", version.label());
    diagnostics.iter().any(|problem| problem.is_error() && problem.message.contains(&label))
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn rows_fit_as_they_are_or_not_at_all() {
        assert_eq!(fitting(1), Some(1));
        assert_eq!(fitting(4_294_967_295), Some(u32::MAX));
        assert_eq!(fitting(0), None);
        assert_eq!(fitting(4_294_967_296), None);
    }
}
