//! Models that `charter-onnx` evaluates: what is needed for a call is kept for the next one.
//!
//! Which models it covers is its own to say.

use super::open_axes::OpenAxes;
use super::signature::Signature;
use super::slots::Slots;
use crate::failure::failed;
use charter_engine::{BackendError, Failure, Tensor, Texts, Values};
use charter_onnx::{Elements, Outputs, RunError, TensorView, Workspace};
use smallvec::SmallVec;
use std::borrow::Cow;

/// Above this a call's memory is given back: one giant batch must not be paid for ever after.
const ROWS_KEPT_MAX: usize = 4096;
/// The same for what a call holds, by [`Evaluator::weight`].
const WEIGHT_KEPT_MAX: usize = 1 << 20;

pub(super) struct Evaluator {
    model: charter_onnx::Model,
    inputs: Vec<String>,
    axes: OpenAxes,
    /// The model's index of each output of the plan.
    outputs: Vec<usize>,
    memory: Slots<Memory>,
}

/// What one call at a time needs.
#[derive(Default)]
struct Memory {
    workspace: Workspace,
    /// One column for each input of texts.
    texts: Vec<Vec<String>>,
}

impl Evaluator {
    /// The plan's names must be the model's; `signature` has checked them.
    pub(super) fn new(model: charter_onnx::Model, plan: &Signature) -> Option<Self> {
        let position = |name: &str| model.outputs().iter().position(|output| output.name == name);
        let outputs = plan.outputs.iter().map(|spec| position(&spec.name)).collect::<Option<_>>()?;
        let inputs = plan.inputs.iter().map(|spec| spec.name.clone()).collect();
        // Long calls leave the async workers, so twice the processors is enough for all that can compute at once.
        let count = std::thread::available_parallelism().map_or(2, usize::from) * 2;
        let axes = OpenAxes::of(&plan.inputs);
        Some(Self { model, inputs, axes, outputs, memory: Slots::new((0..count).map(|_| Memory::default()).collect()) })
    }

    pub(super) fn run(&self, inputs: &[Cow<'_, Tensor>], rows: usize) -> Result<Vec<Tensor>, BackendError> {
        let kept = self.memory.try_with(|memory| {
            let result = self.run_with(memory, inputs);
            if rows > ROWS_KEPT_MAX || self.weight(inputs) > WEIGHT_KEPT_MAX {
                *memory = Memory::default();
            }
            result
        });
        kept.unwrap_or_else(|| self.run_with(&mut Memory::default(), inputs))
    }

    /// Values and bytes of text that a call gives, times its longest open dimension: what a model computes between inputs and outputs may be a square of that
    /// dimension (each item against each other), and nobody outside it knows.
    fn weight(&self, inputs: &[Cow<'_, Tensor>]) -> usize {
        let given = inputs.iter().map(|input| match input.values() {
            Values::Bytes(texts) => texts.iter().map(|text| text.len().saturating_add(1)).sum(),
            values => values.len(),
        });
        given.sum::<usize>().saturating_mul(self.axes.longest(inputs))
    }

    /// Texts whose memory is kept for the next call.
    #[cfg(test)]
    pub(super) fn texts_kept(&self) -> usize {
        let count = |memory: &mut Memory| memory.texts.iter().map(Vec::capacity).sum();
        self.memory.try_with(count).unwrap_or_default()
    }

    fn run_with(&self, memory: &mut Memory, inputs: &[Cow<'_, Tensor>]) -> Result<Vec<Tensor>, BackendError> {
        let Memory { workspace, texts } = memory;
        unpack_texts(texts, inputs)?;
        let mut texts = texts.iter();
        let mut views: SmallVec<[(&str, TensorView<'_>); 16]> = SmallVec::with_capacity(inputs.len());
        for (name, input) in self.inputs.iter().zip(inputs) {
            let elements = match input.values() {
                Values::Fp32(values) => Elements::F32(values),
                Values::Fp64(values) => Elements::F64(values),
                Values::Int64(values) => Elements::I64(values),
                Values::Int32(values) => Elements::I32(values),
                Values::Bool(values) => Elements::Bool(values),
                Values::Bytes(_) => Elements::Text(texts.next().map(Vec::as_slice).unwrap_or_default()),
                // The signature was checked when the model was opened.
                _ => return Err(failed(Failure::Rejected, format!("input `{name}` is of a type that the model does not take"))),
            };
            let view = TensorView::new(input.shape(), elements);
            views.push((name, view.ok_or_else(|| failed(Failure::Rejected, format!("input `{name}` is larger than an input may be")))?));
        }
        let outputs = self.model.run(workspace, &views).map_err(refused)?;
        self.outputs.iter().map(|&index| copy_out(&outputs, index)).collect()
    }
}

/// Copies columns of texts into kept strings.
fn unpack_texts(columns: &mut Vec<Vec<String>>, inputs: &[Cow<'_, Tensor>]) -> Result<(), BackendError> {
    let mut used = 0;
    for input in inputs {
        let Values::Bytes(texts) = input.values() else { continue };
        if columns.len() == used {
            columns.push(Vec::new());
        }
        let Some(column) = columns.get_mut(used) else { continue };
        used += 1;
        column.resize_with(texts.len(), String::new);
        for (kept, text) in column.iter_mut().zip(texts.iter()) {
            let text = std::str::from_utf8(text).map_err(|_| failed(Failure::Rejected, "a text is not UTF-8"))?;
            kept.clear();
            kept.push_str(text);
        }
    }
    Ok(())
}

fn refused(error: RunError) -> BackendError {
    match error {
        RunError::Input { input, rule } => failed(Failure::Rejected, format!("input `{input}` {rule}")),
        RunError::Step { node, operator, .. } => failed(Failure::Rejected, format!("operator `{operator}` at `{node}` refuses the values")),
        _ => failed(Failure::Upstream, "the evaluation failed"),
    }
}

fn copy_out(outputs: &Outputs<'_>, index: usize) -> Result<Tensor, BackendError> {
    let missing = || failed(Failure::BadOutput, "the model did not give an output that it declares");
    let view = outputs.get(index).ok_or_else(missing)?;
    let values = match view.elements() {
        Elements::F32(values) => Values::Fp32(values.to_vec()),
        Elements::F64(values) => Values::Fp64(values.to_vec()),
        Elements::I64(values) => Values::Int64(values.to_vec()),
        Elements::I32(values) => Values::Int32(values.to_vec()),
        Elements::Bool(values) => Values::Bool(values.to_vec()),
        Elements::Text(values) => Values::Bytes(Texts::from_iter(values)),
    };
    Tensor::new(view.shape(), values).ok_or_else(|| failed(Failure::BadOutput, "an output has no row dimension"))
}
