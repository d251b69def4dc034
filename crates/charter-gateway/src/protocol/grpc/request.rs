//! `ModelInferRequest`: from bytes to tensors in the order of the route's inputs.
//!
//! The message is looked through twice and never built: its outline names the route, the route's signature then says what each input must be. So
//! a request takes the memory of its tensors, whatever its bytes claim. Rules that do not depend on the encoding are those of `oip::request`.

use super::contents;
use super::field::{Fields, Malformed, Value};
use crate::errors::{Code, Refusal};
use crate::protocol::oip::binary;
use crate::protocol::oip::request::{Asked, AskedOutput, ID_BYTES_MAX, KEY_BYTES_MAX, RANK_MAX, place, refuse, whole};
use charter_engine::Tensor;
use charter_engine::tensor::Shape;
use charter_plan::plan::Route;
use charter_plan::tensor::Datatype;
use smallvec::SmallVec;

/// Inputs, outputs and raw contents that a request may have, each: more than any route.
const TENSORS_MAX: usize = 1024;

/// The parts of a request, still encoded.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub(super) name: &'a str,
    /// Empty when the caller chooses none.
    pub(super) version: &'a str,
    pub(super) id: &'a str,
    pub(super) key: Option<&'a str>,
    pub(super) timeout_ms: Option<u32>,
    /// Whether the caller of a stream wants to be told that an answer is the last one of its request.
    pub(super) wants_final: bool,
    inputs: SmallVec<[&'a [u8]; 4]>,
    outputs: SmallVec<[&'a [u8]; 4]>,
    raw: SmallVec<[&'a [u8]; 4]>,
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Self::new(Code::BadRequest, "the message is not valid protobuf")
    }
}

/// Looks through a request.
///
/// # Errors
/// What is malformed or too long.
pub(super) fn outline(bytes: &[u8]) -> Result<Outline<'_>, Refusal> {
    let mut outline = Outline::default();
    let mut fields = Fields(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => outline.name = value.text()?,
            2 => outline.version = value.text()?,
            3 => {
                outline.id = value.text()?;
                if outline.id.len() > ID_BYTES_MAX {
                    return Err(Refusal::new(Code::BadInput, "`id` is longer than 1024 bytes"));
                }
            }
            4 => outline.parameter(value.bytes()?)?,
            5 => push(&mut outline.inputs, value)?,
            6 => push(&mut outline.outputs, value)?,
            7 => push(&mut outline.raw, value)?,
            _ => {}
        }
    }
    if outline.name.is_empty() {
        return Err(Refusal::new(Code::BadInput, "`model_name` is missing"));
    }
    Ok(outline)
}

fn push<'a>(list: &mut SmallVec<[&'a [u8]; 4]>, value: Value<'a>) -> Result<(), Refusal> {
    if list.len() == TENSORS_MAX {
        return Err(Refusal::new(Code::BadInput, "the request has more than 1024 tensors"));
    }
    list.push(value.bytes()?);
    Ok(())
}

/// A value of `InferParameter`, of those kinds that are used.
enum Parameter<'a> {
    Bool(bool),
    Whole(u64),
    Text(&'a str),
    Other,
}

/// One entry of a map of parameters.
fn parameter(entry: &[u8]) -> Result<(&str, Parameter<'_>), Malformed> {
    let (mut key, mut choice) = ("", Parameter::Other);
    let mut fields = Fields(entry);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => key = value.text()?,
            2 => {
                let mut inner = Fields(value.bytes()?);
                while let Some((number, value)) = inner.next()? {
                    choice = match (number, value) {
                        (1, Value::Varint(number)) => Parameter::Bool(number != 0),
                        (2 | 5, Value::Varint(number)) => Parameter::Whole(number),
                        (3, value) => Parameter::Text(value.text()?),
                        _ => Parameter::Other,
                    };
                }
            }
            _ => {}
        }
    }
    Ok((key, choice))
}

impl<'a> Outline<'a> {
    /// Takes over what of the request's own parameters means something here.
    fn parameter(&mut self, entry: &'a [u8]) -> Result<(), Refusal> {
        match parameter(entry)? {
            // As Triton has it, 0 means no limit of the caller's.
            ("timeout", Parameter::Whole(0)) => self.timeout_ms = None,
            ("timeout", Parameter::Whole(micros)) if i64::try_from(micros).is_ok() => {
                self.timeout_ms = Some(u32::try_from((micros / 1000).max(1)).unwrap_or(u32::MAX));
            }
            ("timeout", _) => {
                return Err(Refusal::new(Code::BadDeadline, "the parameter `timeout` is not a whole number of microseconds"));
            }
            ("key", Parameter::Text(key)) if key.len() <= KEY_BYTES_MAX => self.key = Some(key),
            ("key", _) => return Err(Refusal::new(Code::BadInput, "the parameter `key` is not a text of at most 256 bytes")),
            ("triton_enable_empty_final_response", Parameter::Bool(wants)) => self.wants_final = wants,
            _ => {}
        }
        Ok(())
    }

    /// The inputs of a route and their rows.
    ///
    /// # Errors
    /// The first rule that is broken, with the input's name and never a value.
    pub(super) fn tensors(&self, route: &Route) -> Result<(Vec<Tensor>, usize), Refusal> {
        if !self.raw.is_empty() && self.raw.len() != self.inputs.len() {
            return Err(Refusal::new(Code::BadBinary, "`raw_input_contents` does not hold one entry for each input"));
        }
        let mut slots = Vec::with_capacity(route.inputs.len());
        slots.resize_with(route.inputs.len(), || None);
        for (position, bytes) in self.inputs.iter().enumerate() {
            let input = Input::read(bytes)?;
            let (index, spec, count) = place(route, &slots, input.name, input.datatype, &input.shape, position)?;
            let values = match (input.contents, self.raw.get(position)) {
                (None, Some(raw)) => binary::decode(raw, input.datatype, count)
                    .map_err(|rule| Refusal::new(Code::BadBinary, format!("input `{}`: {rule}", spec.name)))?,
                (Some(_), Some(_)) => return Err(refuse(spec, "has both `contents` and `raw_input_contents`")),
                (contents, None) => contents::values(contents.unwrap_or_default(), input.datatype, count)
                    .map_err(|rule| Refusal::new(Code::BadInput, format!("input `{}`: {rule}", spec.name)))?,
            };
            let tensor = Tensor::new(input.shape, values).ok_or_else(|| refuse(spec, "has a shape that its values do not fill"))?;
            if let Some(slot) = slots.get_mut(index) {
                *slot = Some(tensor);
            }
        }
        whole(slots, route)
    }

    /// Which outputs are asked for.
    ///
    /// # Errors
    /// [`Code::BadOutputs`] for an output that is unknown, asked for twice, or in a way that is not offered.
    pub(super) fn asked(&self, route: &Route) -> Result<Asked, Refusal> {
        let mut asked: SmallVec<[AskedOutput; 4]> = SmallVec::new();
        for bytes in &self.outputs {
            let mut name = "";
            let mut fields = Fields(bytes);
            while let Some((number, value)) = fields.next()? {
                match number {
                    1 => name = value.text()?,
                    2 => output_parameter(value.bytes()?)?,
                    _ => {}
                }
            }
            let index = route
                .outputs()
                .position(|spec| spec.name == name)
                .ok_or_else(|| Refusal::new(Code::BadOutputs, format!("unknown output {}", crate::errors::quoted(name))))?;
            if asked.iter().any(|output| output.index == index) {
                return Err(Refusal::new(Code::BadOutputs, "an output is asked for twice"));
            }
            asked.push(AskedOutput { index, binary: None });
        }
        Ok(Asked { outputs: (!asked.is_empty()).then_some(asked), binary: true })
    }
}

fn output_parameter(entry: &[u8]) -> Result<(), Refusal> {
    match parameter(entry)?.0 {
        "classification" => Err(Refusal::new(Code::BadOutputs, "the `classification` extension is not offered; ask for the scores")),
        key if key.starts_with("shared_memory") => {
            Err(Refusal::new(Code::BadOutputs, "shared memory is not offered; outputs come in the answer"))
        }
        _ => Ok(()),
    }
}

/// `InferInputTensor`.
struct Input<'a> {
    name: &'a str,
    datatype: Datatype,
    shape: Shape,
    contents: Option<&'a [u8]>,
}

impl<'a> Input<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let (mut name, mut datatype, mut shape, mut contents) = ("", "", Shape::new(), None);
        let mut fields = Fields(bytes);
        while let Some((number, value)) = fields.next()? {
            match (number, value) {
                (1, value) => name = value.text()?,
                (2, value) => datatype = value.text()?,
                (3, Value::Varint(length)) => extend(&mut shape, length)?,
                (3, value) => {
                    let mut packed = Fields(value.bytes()?);
                    while !packed.0.is_empty() {
                        extend(&mut shape, packed.varint()?)?;
                    }
                }
                (4, value) if parameter(value.bytes()?)?.0.starts_with("shared_memory") => {
                    return Err(Refusal::new(Code::BadInput, "shared memory is not offered; send the tensor in the request"));
                }
                (5, value) if contents.replace(value.bytes()?).is_some() => {
                    return Err(Refusal::new(Code::BadInput, "an input has `contents` twice"));
                }
                _ => {}
            }
        }
        if name.is_empty() {
            return Err(Refusal::new(Code::BadInput, "an input has no `name`"));
        }
        let datatype = Datatype::parse(datatype)
            .ok_or_else(|| Refusal::new(Code::BadInput, "an input has a datatype that the protocol does not know"))?;
        Ok(Self { name, datatype, shape, contents })
    }
}

fn extend(shape: &mut Shape, length: u64) -> Result<(), Refusal> {
    // A negative length is a number above the largest positive one.
    let length = i64::try_from(length).ok().and_then(|length| usize::try_from(length).ok());
    let length = length.ok_or_else(|| Refusal::new(Code::BadInput, "a length in `shape` is not a whole number of 0 or more"))?;
    if shape.len() == RANK_MAX {
        return Err(Refusal::new(Code::BadInput, "a `shape` has more than 8 dimensions"));
    }
    shape.push(length);
    Ok(())
}
