//! Sequences: steps in order, each seeing everything before it.

use super::binding::Slots;
use super::compiler::{Compiler, our_name, sub_name, text};
use super::nodes::{self, Place};
use super::{PlanCode, routes};
use crate::plan::{Node, Step};
use crate::tensor::TensorSpec;
use charter_spec::ast::{Answer, AnswerKind, ModelNode, SequenceNode, Signature};
use charter_spec::{Field, Span, Spanned};

pub(super) fn sequence(compiler: &mut Compiler<'_>, node: &SequenceNode, place: &Place<'_>, span: Span) -> Option<Node> {
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
        let node = nodes::node(compiler, step, &inner)?;
        let mut specs = slots.specs;
        specs.extend(outputs.iter().cloned());
        slots = Slots::new(specs);
        steps.push(Step { node, outputs });
    }
    let name = sub_name(&place.name, earlier.len());
    let inner = Place { slots: &slots, ..place.below(name, format!("the last step of {}", place.rung)) };
    let node = nodes::node(compiler, last, &inner)?;
    steps.push(Step { node, outputs: place.answers.to_vec() });
    Some(Node::Sequence { steps })
}

/// What a step gives to later ones: all outputs of its model, under our names, or what it declares.
fn step_outputs(compiler: &mut Compiler<'_>, step: &Spanned<Answer>) -> Option<Vec<TensorSpec>> {
    let declared: &Field<Signature> = match &step.value.kind {
        AnswerKind::Model(node) => return model_outputs(compiler, node),
        AnswerKind::Rule(node) => &node.types,
        AnswerKind::Static(node) => &node.types,
        AnswerKind::Lookup(node) => &node.types,
        _ => &None,
    };
    let Some(declared) = declared.as_ref().filter(|declared| !declared.tensors.is_empty()) else {
        let message = "a step before the last says nothing of the type of its outputs";
        let help = "declare them: `{ rule: \"amount / price\", output: { ratio: FP32 } }`; or put a model here";
        compiler.report(PlanCode::Sequence.at(step.span, message).help(help));
        return None;
    };
    Some(declared.tensors.iter().map(|tensor| routes::tensor_spec(text(&tensor.id.value), &tensor.value.value)).collect())
}

fn model_outputs(compiler: &mut Compiler<'_>, node: &ModelNode) -> Option<Vec<TensorSpec>> {
    let version = compiler.version(node.model.as_ref()?)?;
    if version.version.onnx.is_none() {
        let message = format!("the outputs of `{}` are not known before its server is asked", version.label());
        compiler.report(PlanCode::Sequence.at(version.span, message).help("make it the last step, or serve its file from here"));
        return None;
    }
    let (_, artifact) = compiler.artifact(version)?;
    let name = |own: &str| {
        let by_rung = node.rename.iter().find(|entry| entry.value.value == own).map(|entry| entry.id.value.to_string());
        by_rung.unwrap_or_else(|| our_name(&version.version.outputs, own))
    };
    Some(artifact.outputs.iter().map(|output| TensorSpec { name: name(&output.name), ..output.clone() }).collect())
}
