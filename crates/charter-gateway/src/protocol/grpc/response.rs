//! `ModelInferResponse`: from tensors to one buffer, with raw contents as Triton answers.
//!
//! Who answered is said in `parameters`, in the words of the JSON answer; headers that repeat it belong to `infer`.

use super::field::{field_bytes, put_head, put_text, put_varint, varint_bytes};
use crate::errors::{Code, Refusal};
use crate::protocol::oip::binary;
use crate::protocol::oip::request::Asked;
use charter_engine::{Answer, Tensor, Values};
use charter_plan::plan::Route;
use charter_plan::tensor::TensorSpec;

/// Who answered.
pub(super) struct Facts<'a> {
    pub(super) route: &'a Route,
    pub(super) rung: &'a str,
    /// `fraud@v2`.
    pub(super) model: &'a str,
    pub(super) version: &'a str,
    pub(super) plan: &'a str,
    pub(super) id: &'a str,
    /// Whether to say that this is the request's last answer.
    pub(super) says_final: bool,
}

/// Appends the answer.
///
/// # Errors
/// [`Code::Internal`] when the engine's answer lacks an output.
pub(super) fn encode(out: &mut Vec<u8>, answer: &Answer, facts: &Facts<'_>, asked: &Asked) -> Result<(), Refusal> {
    put_text(out, 1, &facts.route.name);
    put_text(out, 2, facts.version);
    put_text(out, 3, facts.id);
    text_parameter(out, "rung", facts.rung);
    text_parameter(out, "model", facts.model);
    text_parameter(out, "plan", facts.plan);
    if let Some(reason) = answer.served.step_down {
        true_parameter(out, "degraded");
        text_parameter(out, "reason", reason.name());
    }
    if facts.says_final {
        true_parameter(out, "triton_final_response");
    }
    let asked = || {
        let all = if asked.outputs.is_none() { answer.outputs.len() } else { 0 };
        asked.outputs.iter().flatten().map(|output| output.index).chain(0..all)
    };
    for index in asked() {
        let (tensor, spec) = output(answer, facts.route, index)?;
        head(out, tensor, spec);
    }
    for index in asked() {
        let (tensor, _) = output(answer, facts.route, index)?;
        let length = raw_bytes(tensor.values());
        put_head(out, 6, length);
        out.reserve(length);
        binary::encode(tensor.values(), out);
    }
    Ok(())
}

/// What a stream says of a request without an answer, beside its `error_message`.
pub(super) fn encode_failure(out: &mut Vec<u8>, id: &str, code: &str) {
    put_text(out, 3, id);
    text_parameter(out, "code", code);
}

fn output<'a>(answer: &'a Answer, route: &'a Route, index: usize) -> Result<(&'a Tensor, &'a TensorSpec), Refusal> {
    let spec = route.answers.get(index).or_else(|| Some(&route.decisions.get(index.checked_sub(route.answers.len())?)?.output));
    answer.outputs.get(index).zip(spec).ok_or_else(|| Refusal::new(Code::Internal, "the answer lacks an output"))
}

/// `InferOutputTensor` without contents.
fn head(out: &mut Vec<u8>, tensor: &Tensor, spec: &TensorSpec) {
    let datatype = spec.datatype.name();
    let shape_bytes: usize = tensor.shape().iter().map(|length| varint_bytes(*length as u64)).sum();
    put_head(out, 5, field_bytes(spec.name.len()) + field_bytes(datatype.len()) + field_bytes(shape_bytes));
    put_head(out, 1, spec.name.len());
    out.extend_from_slice(spec.name.as_bytes());
    put_head(out, 2, datatype.len());
    out.extend_from_slice(datatype.as_bytes());
    put_head(out, 3, shape_bytes);
    for length in tensor.shape() {
        put_varint(out, *length as u64);
    }
}

/// What [`binary::encode`] will append.
fn raw_bytes(values: &Values) -> usize {
    match (values, values.datatype().size_bytes()) {
        (Values::Bytes(texts), _) => texts.iter().map(|text| 4 + text.len()).sum(),
        (_, size) => values.len() * size.unwrap_or(0),
    }
}

fn text_parameter(out: &mut Vec<u8>, key: &str, text: &str) {
    let choice = field_bytes(text.len());
    put_head(out, 4, field_bytes(key.len()) + field_bytes(choice));
    put_text(out, 1, key);
    put_head(out, 2, choice);
    put_head(out, 3, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn true_parameter(out: &mut Vec<u8>, key: &str) {
    put_head(out, 4, field_bytes(key.len()) + field_bytes(2));
    put_text(out, 1, key);
    // Field 2 of two bytes: field 1 is true.
    out.extend_from_slice(&[0x12, 2, 0x08, 1]);
}
