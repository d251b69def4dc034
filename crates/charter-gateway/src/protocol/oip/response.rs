//! An infer answer: from tensors to one buffer, JSON first and binary tensors behind it.
//!
//! Which rung answered and why is said here too; headers that repeat it belong to `infer`.

use super::binary;
use super::request::{Asked, AskedOutput};
use super::surface::{Face, ModelFace, RungFace};
use super::write;
use crate::errors::{Code, Refusal};
use charter_engine::{Answer, Tensor};

/// Who answered, in the words of the surface.
pub(super) struct Facts<'a> {
    pub(super) face: &'a Face,
    pub(super) rung: &'a RungFace,
    pub(super) model: &'a ModelFace,
    pub(super) plan_json: &'a [u8],
}

pub(super) struct Encoded {
    pub(super) body: Vec<u8>,
    /// Length of the JSON part, when binary tensors follow it.
    pub(super) json_bytes: Option<usize>,
}

/// Writes the answer as it was asked for.
///
/// # Errors
/// [`Code::OutputNeedsBinary`] when bytes that are not text were asked for as JSON, [`Code::Internal`] when the engine's answer lacks an
/// output.
pub(super) fn encode(answer: &Answer, facts: &Facts<'_>, id: Option<&str>, asked: &Asked) -> Result<Encoded, Refusal> {
    let mut out = Vec::with_capacity(512);
    let mut tail = Vec::new();
    let mut has_binary = false;
    head(&mut out, answer, facts, id);
    out.extend_from_slice(b",\"outputs\":[");
    let all = answer.outputs.len();
    let count = asked.outputs.as_ref().map_or(all, |outputs| outputs.len());
    for position in 0..count {
        let wanted = match &asked.outputs {
            None => AskedOutput { index: position, binary: None },
            Some(outputs) => *outputs.get(position).ok_or_else(lacking)?,
        };
        if position > 0 {
            out.push(b',');
        }
        let tensor = answer.outputs.get(wanted.index).ok_or_else(lacking)?;
        out.extend_from_slice(facts.face.outputs.get(wanted.index).ok_or_else(lacking)?);
        let is_binary = wanted.binary.unwrap_or(asked.binary);
        has_binary |= is_binary;
        output(&mut out, &mut tail, tensor, is_binary)?;
    }
    out.extend_from_slice(b"]}");
    let json_bytes = has_binary.then_some(out.len());
    out.append(&mut tail);
    Ok(Encoded { body: out, json_bytes })
}

fn head(out: &mut Vec<u8>, answer: &Answer, facts: &Facts<'_>, id: Option<&str>) {
    out.extend_from_slice(&facts.face.head);
    out.extend_from_slice(&facts.model.version_json);
    if let Some(id) = id {
        out.extend_from_slice(b",\"id\":");
        write::string(out, id);
    }
    out.extend_from_slice(b",\"parameters\":{\"rung\":");
    out.extend_from_slice(&facts.rung.json);
    out.extend_from_slice(b",\"model\":");
    out.extend_from_slice(&facts.model.label_json);
    if let Some(reason) = answer.served.step_down {
        out.extend_from_slice(b",\"degraded\":true,\"reason\":\"");
        out.extend_from_slice(reason.name().as_bytes());
        out.push(b'"');
    }
    out.push(b',');
    out.extend_from_slice(facts.plan_json);
    out.push(b'}');
}

fn output(out: &mut Vec<u8>, tail: &mut Vec<u8>, tensor: &Tensor, is_binary: bool) -> Result<(), Refusal> {
    for (index, length) in tensor.shape().iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write::integer(out, *length);
    }
    if is_binary {
        let size = binary::encode(tensor.values(), tail);
        out.extend_from_slice(b"],\"parameters\":{\"binary_data_size\":");
        write::integer(out, size);
        out.extend_from_slice(b"}}");
    } else {
        out.extend_from_slice(b"],\"data\":");
        write::values(out, tensor.values())
            .map_err(|_| Refusal::new(Code::OutputNeedsBinary, "an output holds bytes that are not text; ask for `binary_data`"))?;
        out.push(b'}');
    }
    Ok(())
}

fn lacking() -> Refusal {
    Refusal::new(Code::Internal, "the answer lacks an output")
}
