//! `LabelEncoder` and `OneHotEncoder`: categories to numbers or other categories.

use std::collections::HashMap;
use std::hash::Hash;

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::step::Inputs;
use crate::tensor::{Dimensions, Element, Elements, Tensor};

/// `LabelEncoder`: a map from keys to values, with a value for everything else.
#[derive(Debug)]
pub(crate) struct LabelEncoder {
    keys: Keys,
    /// One value a key.
    values: Tensor,
    /// One value.
    default: Tensor,
}

#[derive(Debug)]
enum Keys {
    Text(HashMap<String, usize>),
    I64(HashMap<i64, usize>),
    /// By the bits of the number; -0 counts as 0, and every missing value as the same.
    F32(HashMap<u32, usize>),
    F64(HashMap<u64, usize>),
}

/// Before version 4 a missing value was no key, as it equals nothing.
const MISSING_KEYS_SINCE: i64 = 4;

fn bits_f32(value: f32) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

fn bits_f64(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// The first of equal keys counts.
fn index<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    let mut map = HashMap::new();
    for (position, key) in keys.enumerate() {
        map.entry(key).or_insert(position);
    }
    map
}

impl LabelEncoder {
    pub(crate) fn compile(node: &Node<'_>) -> Result<LabelEncoder, Refusal> {
        if node.opset < 2 {
            return Err(Refusal::Unsupported("version 1 of this operator".to_string()));
        }
        let keys = list(node, "keys")?.ok_or_else(|| Refusal::Malformed("its keys are missing".to_string()))?;
        let values = list(node, "values")?.ok_or_else(|| Refusal::Malformed("its values are missing".to_string()))?;
        let count = keys.view().elements().len();
        if values.view().elements().len() != count {
            return Err(Refusal::Malformed(format!("{count} keys and {} values", values.view().elements().len())));
        }
        let keys = match keys.view().elements() {
            Elements::Text(keys) => Keys::Text(index(keys.iter().cloned())),
            Elements::I64(keys) => Keys::I64(index(keys.iter().copied())),
            Elements::F32(keys) => Keys::F32(index(keys.iter().map(|&key| bits_f32(key)))),
            Elements::F64(keys) => Keys::F64(index(keys.iter().map(|&key| bits_f64(key)))),
            other => return Err(Refusal::Unsupported(format!("keys of type {}", other.element_type().name()))),
        };
        let keys = if node.opset < MISSING_KEYS_SINCE { without_missing(keys) } else { keys };
        let default = match node.tensor("default_tensor")? {
            Some(default) => default,
            None => match values.view().elements() {
                Elements::Text(_) => Tensor::new(&[1], vec![node.text("default_string", "_Unused")?.to_string()])?,
                Elements::I64(_) => Tensor::new(&[1], vec![node.int("default_int64", -1)])?,
                Elements::F32(_) => Tensor::new(&[1], vec![node.float("default_float", -0.0)])?,
                Elements::F64(_) => Tensor::new(&[1], vec![f64::from(node.float("default_float", -0.0))])?,
                Elements::I32(_) => Tensor::new(&[1], vec![-1_i32])?,
                Elements::Bool(_) => return Err(Refusal::Unsupported("values of type bool".to_string())),
            },
        };
        if default.view().elements().len() != 1 || default.view().element_type() != values.view().element_type() {
            return Err(Refusal::Malformed("its default is not one element of the values' type".to_string()));
        }
        Ok(LabelEncoder { keys, values, default })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let shape = input.shape();
        match (&self.keys, input.elements()) {
            (Keys::Text(keys), Elements::Text(values)) => self.fill(values.iter().map(|value| keys.get(value)), shape, output),
            (Keys::I64(keys), Elements::I64(values)) => self.fill(values.iter().map(|value| keys.get(value)), shape, output),
            (Keys::F32(keys), Elements::F32(values)) => self.fill(values.iter().map(|&value| keys.get(&bits_f32(value))), shape, output),
            (Keys::F64(keys), Elements::F64(values)) => self.fill(values.iter().map(|&value| keys.get(&bits_f64(value))), shape, output),
            (_, other) => Err(fault!("its keys are not of type {}", other.element_type().name())),
        }
    }

    fn fill<'k>(&self, found: impl Iterator<Item = Option<&'k usize>>, shape: &[usize], output: &mut Tensor) -> Result<(), Fault> {
        fn typed<'k, T: Element>(values: &[T], default: &[T], found: impl Iterator<Item = Option<&'k usize>>, out: &mut [T]) {
            for (out, found) in out.iter_mut().zip(found) {
                if let Some(value) = found.and_then(|&index| values.get(index)).or(default.first()) {
                    out.clone_from(value);
                }
            }
        }
        let default = self.default.view();
        match self.values.view().elements() {
            Elements::Text(values) => typed(values, default.typed()?, found, output.start(shape)?),
            Elements::I64(values) => typed(values, default.typed()?, found, output.start(shape)?),
            Elements::F32(values) => typed(values, default.typed()?, found, output.start(shape)?),
            Elements::F64(values) => typed(values, default.typed()?, found, output.start(shape)?),
            Elements::I32(values) => typed(values, default.typed()?, found, output.start(shape)?),
            Elements::Bool(values) => typed(values, default.typed()?, found, output.start(shape)?),
        }
        Ok(())
    }
}

fn without_missing(mut keys: Keys) -> Keys {
    match &mut keys {
        Keys::F32(keys) => drop(keys.remove(&bits_f32(f32::NAN))),
        Keys::F64(keys) => drop(keys.remove(&bits_f64(f64::NAN))),
        Keys::Text(_) | Keys::I64(_) => {}
    }
    keys
}

/// `keys_*` or `values_*`, whichever type is written.
fn list(node: &Node<'_>, prefix: &str) -> Result<Option<Tensor>, Refusal> {
    if let Some(tensor) = node.tensor(&format!("{prefix}_tensor"))? {
        return Ok(Some(tensor));
    }
    if let Some(texts) = node.texts(&format!("{prefix}_strings"))? {
        return Ok(Some(Tensor::new(&[texts.len()], texts)?));
    }
    if let Some(integers) = node.ints(&format!("{prefix}_int64s")) {
        return Ok(Some(Tensor::new(&[integers.len()], integers.to_vec())?));
    }
    match node.floats(&format!("{prefix}_floats")) {
        Some(floats) => Ok(Some(Tensor::new(&[floats.len()], floats.to_vec())?)),
        None => Ok(None),
    }
}

/// `OneHotEncoder`: one column a category.
#[derive(Debug)]
pub(crate) struct OneHotEncoder {
    integers: HashMap<i64, usize>,
    texts: HashMap<String, usize>,
    width: usize,
    unknown_is_zero: bool,
}

impl OneHotEncoder {
    pub(crate) fn compile(node: &Node<'_>) -> Result<OneHotEncoder, Refusal> {
        let integers = node.ints("cats_int64s").unwrap_or_default();
        let texts = node.texts("cats_strings")?.unwrap_or_default();
        let width = integers.len().max(texts.len());
        if width == 0 {
            return Err(Refusal::Malformed("its categories are missing".to_string()));
        }
        Ok(OneHotEncoder {
            integers: index(integers.iter().copied()),
            texts: index(texts.into_iter()),
            width,
            unknown_is_zero: node.int("zeros", 1) != 0,
        })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let mut shape = Dimensions::from(input.shape())?;
        shape.push(self.width)?;
        let out = output.start::<f32>(&shape)?;
        match input.elements() {
            Elements::Text(values) => self.fill(values.iter().map(|value| self.texts.get(value)), out),
            Elements::I64(values) => self.fill(values.iter().map(|value| self.integers.get(value)), out),
            Elements::I32(values) => self.fill(values.iter().map(|&value| self.integers.get(&i64::from(value))), out),
            Elements::F32(values) => self.fill(values.iter().map(|&value| self.integers.get(&(value as i64))), out),
            Elements::F64(values) => self.fill(values.iter().map(|&value| self.integers.get(&(value as i64))), out),
            Elements::Bool(_) => Err(fault!("does not encode booleans")),
        }
    }

    fn fill<'k>(&self, found: impl Iterator<Item = Option<&'k usize>>, out: &mut [f32]) -> Result<(), Fault> {
        out.fill(0.0);
        for (out, found) in out.chunks_mut(self.width).zip(found) {
            match found.and_then(|&index| out.get_mut(index)) {
                Some(out) => *out = 1.0,
                None if self.unknown_is_zero => {}
                None => return Err(fault!("a category is unknown")),
            }
        }
        Ok(())
    }
}
