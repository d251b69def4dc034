//! An infer request: from bytes to tensors in the order of the route's inputs.
//!
//! Every rule of the protocol that can be broken is checked here, before anything is computed. What a contract says of values (ranges,
//! lists, NaN) is the engine's to check, for every protocol alike. Paths, headers and limits on the body's size belong elsewhere.
//!
//! Source: KServe, "Open Inference Protocol V2", inference request JSON object; Triton's binary tensor extension.

use super::binary;
use super::cursor::{Cursor, Wrong};
use super::data;
use crate::errors::{Code, Refusal, quoted};
use charter_engine::tensor::Shape;
use charter_engine::{Tensor, Values};
use charter_plan::plan::Route;
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use smallvec::SmallVec;
use std::borrow::Cow;

pub(in crate::protocol) const RANK_MAX: usize = 8;
pub(in crate::protocol) const ID_BYTES_MAX: usize = 1024;
pub(in crate::protocol) const KEY_BYTES_MAX: usize = 256;

/// What the caller asks for.
#[derive(Debug)]
pub(super) struct InferRequest {
    pub(super) id: Option<String>,
    /// In the order of the route's inputs.
    pub(super) inputs: Vec<Tensor>,
    pub(super) rows: usize,
    pub(super) asked: Asked,
    /// What sticky splits hash.
    pub(super) key: Option<String>,
    /// From the `timeout` parameter, which is in microseconds.
    pub(super) timeout_ms: Option<u32>,
}

/// Which outputs, and how.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::protocol) struct Asked {
    /// `None`: all of them.
    pub(in crate::protocol) outputs: Option<SmallVec<[AskedOutput; 4]>>,
    /// Whether outputs that do not say otherwise are binary.
    pub(in crate::protocol) binary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::protocol) struct AskedOutput {
    /// Position in the route's outputs.
    pub(in crate::protocol) index: usize,
    pub(in crate::protocol) binary: Option<bool>,
}

enum Broken {
    Text(Wrong),
    Rule(Refusal),
}

impl From<Wrong> for Broken {
    fn from(wrong: Wrong) -> Self {
        Self::Text(wrong)
    }
}

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self::Rule(refusal)
    }
}

impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Text(wrong) => {
                Self::new(Code::BadJson, format!("the request is not what the protocol asks for: {} (at byte {})", wrong.rule, wrong.at))
            }
            Broken::Rule(refusal) => refusal,
        }
    }
}

/// Reads `body`. `json_bytes` is the length of its JSON part where binary tensors follow.
///
/// # Errors
/// The first rule that is broken, with the input's name and never a value.
pub(super) fn decode(body: &[u8], json_bytes: Option<usize>, route: &Route) -> Result<InferRequest, Refusal> {
    let (text, binary) = match json_bytes {
        None => (body, &[][..]),
        Some(length) => body
            .split_at_checked(length)
            .ok_or_else(|| Refusal::new(Code::BadBinary, "`Inference-Header-Content-Length` is more than the body"))?,
    };
    let mut reader = Reader { route, binary, slots: Vec::new(), id: None, asked: Asked::default(), key: None, timeout_ms: None };
    reader.slots.resize_with(route.inputs.len(), || None);
    reader.read(text)?;
    reader.finish()
}

struct Reader<'a> {
    route: &'a Route,
    /// Binary tensors that were not yet taken.
    binary: &'a [u8],
    slots: Vec<Option<Tensor>>,
    id: Option<String>,
    asked: Asked,
    key: Option<String>,
    timeout_ms: Option<u32>,
}

/// An input while its keys come in, in whatever order.
#[derive(Default)]
struct Draft<'a> {
    name: Option<Cow<'a, str>>,
    datatype: Option<Datatype>,
    shape: Option<Shape>,
    binary_bytes: Option<usize>,
    values: Option<Values>,
    /// Where `data` starts, when it came before what is needed to read it.
    data: Option<Cursor<'a>>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, text: &'a [u8]) -> Result<(), Broken> {
        let mut cursor = Cursor::new(text);
        let mut has_inputs = false;
        cursor.object(|cursor, key| match key {
            // Clients write `null` for an optional field that they leave out.
            "id" | "parameters" | "outputs" if cursor.null() => Ok(()),
            "id" => {
                let id = cursor.string()?;
                if id.len() > ID_BYTES_MAX {
                    return Err(Refusal::new(Code::BadInput, "`id` is longer than 1024 bytes").into());
                }
                self.id = Some(id.into_owned());
                Ok(())
            }
            "parameters" => self.parameters(cursor),
            "inputs" => {
                has_inputs = true;
                let mut position = 0;
                cursor.array(|cursor| {
                    let read = self.input(cursor, position);
                    position += 1;
                    read
                })
            }
            "outputs" => self.outputs(cursor),
            _ => Ok(cursor.skip()?),
        })?;
        cursor.end()?;
        if has_inputs { Ok(()) } else { Err(Refusal::new(Code::BadInput, "`inputs` is missing").into()) }
    }

    fn parameters(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        cursor.object(|cursor, key| match key {
            "binary_data_output" => {
                self.asked.binary = cursor.boolean()?;
                Ok(())
            }
            "timeout" => {
                let micros = cursor.number()?.to_integer().filter(|micros| *micros >= 0);
                let micros = micros
                    .ok_or_else(|| Refusal::new(Code::BadDeadline, "the parameter `timeout` is not a whole number of microseconds"))?;
                // As Triton has it, 0 means no limit of the caller's.
                self.timeout_ms = (micros > 0).then(|| u32::try_from(micros.div_euclid(1000).max(1)).unwrap_or(u32::MAX));
                Ok(())
            }
            "key" => {
                let key = cursor.string()?;
                if key.len() > KEY_BYTES_MAX {
                    return Err(Refusal::new(Code::BadInput, "the parameter `key` is longer than 256 bytes").into());
                }
                self.key = Some(key.into_owned());
                Ok(())
            }
            _ => Ok(cursor.skip()?),
        })
    }

    fn input(&mut self, cursor: &mut Cursor<'a>, position: usize) -> Result<(), Broken> {
        let mut draft = Draft::default();
        cursor.object(|cursor, key| {
            match key {
                "name" => draft.name = Some(cursor.string()?),
                "datatype" => {
                    let name = cursor.string()?;
                    draft.datatype = Some(
                        Datatype::parse(&name)
                            .ok_or_else(|| Refusal::new(Code::BadInput, "an input has a datatype that the protocol does not know"))?,
                    );
                }
                "shape" => draft.shape = Some(shape(cursor)?),
                "parameters" if cursor.null() => {}
                "parameters" => draft.binary_bytes = binary_data_size(cursor)?,
                "data" => match draft.known() {
                    Some((name, datatype, shape)) => {
                        let (_, spec, count) = self.place(name, datatype, shape, position)?;
                        draft.values = Some(read_data(cursor, spec, shape, count)?);
                    }
                    None => {
                        cursor.peek();
                        draft.data = Some(cursor.clone());
                        cursor.skip()?;
                    }
                },
                _ => cursor.skip()?,
            }
            Ok::<(), Broken>(())
        })?;
        self.complete(draft, position)
    }

    fn place(&self, name: &str, datatype: Datatype, shape: &[usize], position: usize) -> Result<(usize, &'a TensorSpec, usize), Refusal> {
        place(self.route, &self.slots, name, datatype, shape, position)
    }

    fn complete(&mut self, draft: Draft<'a>, position: usize) -> Result<(), Broken> {
        let Draft { name, datatype, shape, binary_bytes, values, data } = draft;
        let name = name.ok_or_else(|| Refusal::new(Code::BadInput, "an input has no `name`"))?;
        let missing = |key: &str| Refusal::new(Code::BadInput, format!("input {} has no `{key}`", quoted(&name)));
        let datatype = datatype.ok_or_else(|| missing("datatype"))?;
        let shape = shape.ok_or_else(|| missing("shape"))?;
        let (index, spec, count) = self.place(&name, datatype, &shape, position)?;
        let values = match (values, data, binary_bytes) {
            (Some(values), None, None) => values,
            (None, Some(mut cursor), None) => read_data(&mut cursor, spec, &shape, count)?,
            (None, None, Some(length)) => {
                let (bytes, rest) = self.binary.split_at_checked(length).ok_or_else(|| {
                    Refusal::new(Code::BadBinary, format!("input `{}`: `binary_data_size` is more than the bytes that follow", spec.name))
                })?;
                self.binary = rest;
                binary::decode(bytes, datatype, count)
                    .map_err(|rule| Refusal::new(Code::BadBinary, format!("input `{}`: {rule}", spec.name)))?
            }
            (None, None, None) => return Err(missing("data").into()),
            _ => return Err(refuse(spec, "has both `data` and `binary_data_size`").into()),
        };
        let tensor = Tensor::new(shape, values).ok_or_else(|| refuse(spec, "has a shape that its values do not fill"))?;
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Some(tensor);
        }
        Ok(())
    }

    fn outputs(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Broken> {
        let mut asked: SmallVec<[AskedOutput; 4]> = SmallVec::new();
        let route = self.route;
        cursor.array(|cursor| {
            let mut index = None;
            let mut binary = None;
            cursor.object(|cursor, key| {
                match key {
                    "name" => {
                        let name = cursor.string()?;
                        let found = route.outputs().position(|spec| spec.name == *name);
                        index = Some(found.ok_or_else(|| Refusal::new(Code::BadOutputs, format!("unknown output {}", quoted(&name))))?);
                    }
                    "parameters" if cursor.null() => {}
                    "parameters" => binary = output_parameters(cursor)?,
                    _ => cursor.skip()?,
                }
                Ok::<(), Broken>(())
            })?;
            let index = index.ok_or_else(|| Refusal::new(Code::BadOutputs, "an output has no `name`"))?;
            if asked.iter().any(|output| output.index == index) {
                return Err(Refusal::new(Code::BadOutputs, "an output is asked for twice").into());
            }
            asked.push(AskedOutput { index, binary });
            Ok::<(), Broken>(())
        })?;
        self.asked.outputs = (!asked.is_empty()).then_some(asked);
        Ok(())
    }

    fn finish(self) -> Result<InferRequest, Refusal> {
        if !self.binary.is_empty() {
            return Err(Refusal::new(Code::BadBinary, "more bytes follow than the sizes of the inputs add up to"));
        }
        let (inputs, rows) = whole(self.slots, self.route)?;
        Ok(InferRequest { id: self.id, inputs, rows, asked: self.asked, key: self.key, timeout_ms: self.timeout_ms })
    }
}

/// Finds the slot of an input and checks datatype and shape against its signature: its position, its signature, how many values it holds.
pub(in crate::protocol) fn place<'a>(
    route: &'a Route,
    slots: &[Option<Tensor>],
    name: &str,
    datatype: Datatype,
    shape: &[usize],
    position: usize,
) -> Result<(usize, &'a TensorSpec, usize), Refusal> {
    let inputs = &route.inputs;
    // Most clients keep the order of the signature.
    let index = if inputs.get(position).is_some_and(|spec| spec.name == name) {
        Some(position)
    } else {
        inputs.iter().position(|spec| spec.name == name)
    };
    let (index, spec) = index
        .and_then(|index| Some((index, inputs.get(index)?)))
        .ok_or_else(|| Refusal::new(Code::BadInput, format!("unknown input {}", quoted(name))))?;
    if slots.get(index).is_some_and(Option::is_some) {
        return Err(refuse(spec, "occurs twice"));
    }
    if datatype != spec.datatype {
        return Err(Refusal::new(Code::InputDatatype, format!("input `{}` must have the datatype {}", spec.name, spec.datatype)));
    }
    let count = fits(shape, spec)?;
    Ok((index, spec, count))
}

/// All inputs and their rows, when none is missing and the route takes so many.
pub(in crate::protocol) fn whole(slots: Vec<Option<Tensor>>, route: &Route) -> Result<(Vec<Tensor>, usize), Refusal> {
    let mut inputs = Vec::with_capacity(slots.len());
    let mut rows = None;
    for (slot, spec) in slots.into_iter().zip(&route.inputs) {
        let tensor = slot.ok_or_else(|| Refusal::new(Code::BadInput, format!("input `{}` is missing", spec.name)))?;
        let expected = *rows.get_or_insert(tensor.rows());
        if tensor.rows() != expected {
            return Err(refuse(spec, "has another number of rows than the inputs before it"));
        }
        inputs.push(tensor);
    }
    let rows = rows.unwrap_or(1);
    if rows == 0 {
        return Err(Refusal::new(Code::Rows, "the inputs have no rows"));
    }
    let rows_max = route.rows_max;
    if u32::try_from(rows).is_ok_and(|rows| rows <= rows_max) {
        Ok((inputs, rows))
    } else {
        Err(Refusal::new(Code::Rows, format!("the inputs have more than {rows_max} rows; send fewer at once")))
    }
}

impl Draft<'_> {
    /// What is needed to read `data` as it comes.
    fn known(&self) -> Option<(&str, Datatype, &[usize])> {
        Some((self.name.as_deref()?, self.datatype?, self.shape.as_deref()?))
    }
}

pub(in crate::protocol) fn refuse(spec: &TensorSpec, rule: &str) -> Refusal {
    Refusal::new(Code::BadInput, format!("input `{}` {rule}", spec.name))
}

fn read_data(cursor: &mut Cursor, spec: &TensorSpec, shape: &[usize], count: usize) -> Result<Values, Broken> {
    data::values(cursor, spec.datatype, shape, count, spec.allows_nan)
        .map_err(|wrong| Refusal::new(Code::BadInput, format!("input `{}`: {} (at byte {})", spec.name, wrong.rule, wrong.at)).into())
}

/// A shape as it stands in the request: rank and lengths within bounds, whatever the signature.
fn shape(cursor: &mut Cursor) -> Result<Shape, Broken> {
    let mut shape = Shape::new();
    cursor.array(|cursor| {
        let length = cursor.number()?.to_integer().and_then(|length| usize::try_from(length).ok());
        let length = length.ok_or_else(|| Refusal::new(Code::BadInput, "a length in `shape` is not a whole number of 0 or more"))?;
        if shape.len() == RANK_MAX {
            return Err(Refusal::new(Code::BadInput, "a `shape` has more than 8 dimensions").into());
        }
        shape.push(length);
        Ok::<(), Broken>(())
    })?;
    Ok(shape)
}

/// Checks a shape against a signature and returns how many values it holds. One value a row may come as `[rows]` or `[rows, 1]`.
fn fits(shape: &[usize], spec: &TensorSpec) -> Result<usize, Refusal> {
    let same = |shape: &[usize], wanted: &[Dimension]| {
        shape.len() == wanted.len()
            && shape.iter().zip(wanted).all(|(length, dimension)| match dimension {
                Dimension::Fixed(fixed) => u32::try_from(*length) == Ok(*fixed),
                Dimension::Any => true,
            })
    };
    let is_column = match (shape, spec.shape.as_slice()) {
        ([rows], [stated, Dimension::Fixed(1)]) | ([rows, 1], [stated]) => same(&[*rows], &[*stated]),
        _ => false,
    };
    if !is_column && !same(shape, &spec.shape) {
        let lengths: Vec<String> = spec.shape.iter().map(|dimension| i64::from(*dimension).to_string()).collect();
        return Err(Refusal::new(Code::InputShape, format!("input `{}` must have the shape [{}]", spec.name, lengths.join(", "))));
    }
    let product = shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
    product.ok_or_else(|| Refusal::new(Code::InputShape, format!("input `{}` has a shape whose product is too large", spec.name)))
}

fn binary_data_size(cursor: &mut Cursor) -> Result<Option<usize>, Broken> {
    let mut size = None;
    cursor.object(|cursor, key| {
        if key == "binary_data_size" {
            let length = cursor.number()?.to_integer().and_then(|length| usize::try_from(length).ok());
            size = Some(length.ok_or_else(|| Refusal::new(Code::BadBinary, "a `binary_data_size` is not a whole number of 0 or more"))?);
            Ok(())
        } else if key.starts_with("shared_memory") {
            Err(Broken::Rule(Refusal::new(Code::BadInput, "shared memory is not offered; send the tensor in the request")))
        } else {
            Ok(cursor.skip()?)
        }
    })?;
    Ok(size)
}

fn output_parameters(cursor: &mut Cursor) -> Result<Option<bool>, Broken> {
    let mut binary = None;
    cursor.object(|cursor, key| match key {
        "binary_data" => {
            binary = Some(cursor.boolean()?);
            Ok(())
        }
        "classification" => {
            Err(Broken::Rule(Refusal::new(Code::BadOutputs, "the `classification` extension is not offered; ask for the scores")))
        }
        _ if key.starts_with("shared_memory") => {
            Err(Broken::Rule(Refusal::new(Code::BadOutputs, "shared memory is not offered; outputs come in the answer")))
        }
        _ => Ok(cursor.skip()?),
    })?;
    Ok(binary)
}
