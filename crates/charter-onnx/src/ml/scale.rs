//! Operators of ai.onnx.ml on columns of numbers: scaling, normalising, imputing, binarising, picking and joining.

use crate::error::{Fault, Refusal, fault};
use crate::ml::linear::as_floats;
use crate::node::Node;
use crate::step::Inputs;
use crate::tensor::{Element, Elements, Tensor, TensorView};
use crate::workspace::Scratch;

/// `Scaler`: (value - offset) * scale, one pair a column or one for all.
#[derive(Debug)]
pub(crate) struct Scaler {
    offset: Vec<f32>,
    scale: Vec<f32>,
}

impl Scaler {
    pub(crate) fn compile(node: &Node<'_>) -> Result<Scaler, Refusal> {
        let offset = node.floats("offset").unwrap_or_default().to_vec();
        let scale = node.floats("scale").unwrap_or_default().to_vec();
        if offset.len() != scale.len() || offset.is_empty() {
            return Err(Refusal::Malformed(format!("{} offsets and {} scales", offset.len(), scale.len())));
        }
        Ok(Scaler { offset, scale })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor, scratch: &mut Scratch) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let columns = last_dimension(input)?;
        let values = as_floats(input.elements(), &mut scratch.table_f32)?;
        let out = output.start::<f32>(input.shape())?;
        if let ([offset], [scale]) = (self.offset.as_slice(), self.scale.as_slice()) {
            out.iter_mut().zip(values).for_each(|(out, &value)| *out = (value - offset) * scale);
            return Ok(());
        }
        if columns != self.offset.len() {
            return Err(fault!("scales {} columns, got {columns}", self.offset.len()));
        }
        for (out, values) in out.chunks_mut(columns).zip(values.chunks(columns)) {
            for (((out, &value), offset), scale) in out.iter_mut().zip(values).zip(&self.offset).zip(&self.scale) {
                *out = (value - offset) * scale;
            }
        }
        Ok(())
    }
}

fn last_dimension(view: TensorView<'_>) -> Result<usize, Fault> {
    view.shape().last().copied().ok_or_else(|| fault!("wants columns, got a scalar"))
}

/// `Normalizer`: each row over its largest value, sum of sizes or length.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Normalizer {
    Max,
    L1,
    L2,
}

impl Normalizer {
    pub(crate) fn compile(node: &Node<'_>) -> Result<Normalizer, Refusal> {
        match node.text("norm", "MAX")? {
            "MAX" => Ok(Normalizer::Max),
            "L1" => Ok(Normalizer::L1),
            "L2" => Ok(Normalizer::L2),
            other => Err(Refusal::Malformed(format!("norm `{other}` is unknown"))),
        }
    }

    pub(crate) fn run(self, inputs: &Inputs<'_>, output: &mut Tensor, scratch: &mut Scratch) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let (_, columns) = input.as_table()?;
        let values = as_floats(input.elements(), &mut scratch.table_f32)?;
        let out = output.start::<f32>(input.shape())?;
        for (out, values) in out.chunks_mut(columns.max(1)).zip(values.chunks(columns.max(1))) {
            let size = match self {
                Normalizer::Max => values.iter().copied().fold(f32::MIN, f32::max),
                Normalizer::L1 => values.iter().map(|value| value.abs()).sum(),
                Normalizer::L2 => values.iter().map(|value| value * value).sum::<f32>().sqrt(),
            };
            let size = if size == 0.0 { 1.0 } else { size };
            out.iter_mut().zip(values).for_each(|(out, &value)| *out = value / size);
        }
        Ok(())
    }
}

/// `Imputer`: replaces a value, usually the missing one, by one a column or one for all.
#[derive(Debug)]
pub(crate) enum Imputer {
    Floats { replaced: f32, by: Vec<f32> },
    Integers { replaced: i64, by: Vec<i64> },
}

impl Imputer {
    pub(crate) fn compile(node: &Node<'_>) -> Result<Imputer, Refusal> {
        let floats = node.floats("imputed_value_floats").unwrap_or_default();
        let integers = node.ints("imputed_value_int64s").unwrap_or_default();
        match (floats.is_empty(), integers.is_empty()) {
            (false, true) => Ok(Imputer::Floats { replaced: node.float("replaced_value_float", 0.0), by: floats.to_vec() }),
            (true, false) => Ok(Imputer::Integers { replaced: node.int("replaced_value_int64", 0), by: integers.to_vec() }),
            _ => Err(Refusal::Malformed("it wants imputed floats or imputed integers".to_string())),
        }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        match (self, input.elements()) {
            (Imputer::Floats { replaced, by }, Elements::F32(values)) => {
                let is = |value: &f32| value == replaced || (replaced.is_nan() && value.is_nan());
                impute(values, input, by, is, output)
            }
            (Imputer::Floats { replaced, by }, Elements::F64(values)) => {
                let by: Vec<f64> = by.iter().map(|&value| f64::from(value)).collect();
                let is = |value: &f64| *value == f64::from(*replaced) || (replaced.is_nan() && value.is_nan());
                impute(values, input, &by, is, output)
            }
            (Imputer::Integers { replaced, by }, Elements::I64(values)) => impute(values, input, by, |value| value == replaced, output),
            (_, other) => Err(fault!("does not impute {} elements", other.element_type().name())),
        }
    }
}

fn impute<T: Element + Copy>(
    values: &[T],
    input: TensorView<'_>,
    by: &[T],
    is: impl Fn(&T) -> bool,
    output: &mut Tensor,
) -> Result<(), Fault> {
    let columns = last_dimension(input)?.max(1);
    if by.len() != 1 && by.len() != columns {
        return Err(fault!("imputes {} columns, got {columns}", by.len()));
    }
    let out = output.start::<T>(input.shape())?;
    for (out, values) in out.chunks_mut(columns).zip(values.chunks(columns)) {
        for ((out, value), by) in out.iter_mut().zip(values).zip(by.iter().cycle()) {
            *out = if is(value) { *by } else { *value };
        }
    }
    Ok(())
}

/// `Binarizer`: one where a value is above the threshold, zero elsewhere.
pub(crate) fn binarize(inputs: &Inputs<'_>, output: &mut Tensor, threshold: f32) -> Result<(), Fault> {
    let input = inputs.required(0)?;
    match input.elements() {
        Elements::F32(values) => crate::ops::unary::map(values, input.shape(), output, |value: f32| f32::from(u8::from(value > threshold))),
        Elements::F64(values) => {
            crate::ops::unary::map(values, input.shape(), output, |value: f64| f64::from(u8::from(value > f64::from(threshold))))
        }
        Elements::I64(values) => crate::ops::unary::map(values, input.shape(), output, |value: i64| i64::from(value as f32 > threshold)),
        Elements::I32(values) => crate::ops::unary::map(values, input.shape(), output, |value: i32| i32::from(value as f32 > threshold)),
        other => Err(fault!("wants numbers, got {}", other.element_type().name())),
    }
}

/// `ArrayFeatureExtractor`: columns by index.
pub(crate) fn extract(inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
    let (input, wanted) = (inputs.required(0)?, inputs.required(1)?.typed::<i64>()?);
    let columns = last_dimension(input)?;
    let mut shape = crate::tensor::Dimensions::from(input.shape())?;
    match input.shape().len() {
        // One dimension is one row.
        1 => shape = crate::tensor::Dimensions::from(&[1, wanted.len()])?,
        rank => shape[rank - 1] = wanted.len(),
    }
    if let Some(index) = wanted.iter().find(|&&index| !usize::try_from(index).is_ok_and(|index| index < columns)) {
        return Err(fault!("column {index} is not one of {columns}"));
    }
    let count = wanted.len().max(1);
    crate::ops::shape::pick(input, &shape, output, |place, _| {
        place / count * columns + wanted.get(place % count).map_or(0, |&index| index as usize)
    })
}

/// `FeatureVectorizer`: tables side by side, as floats.
pub(crate) fn vectorize(inputs: &Inputs<'_>, output: &mut Tensor, widths: &[i64], scratch: &mut Scratch) -> Result<(), Fault> {
    let (rows, _) = inputs.required(0)?.as_table()?;
    let width = |index: usize, own: usize| widths.get(index).and_then(|&width| usize::try_from(width).ok()).unwrap_or(own);
    let mut total: usize = 0;
    for index in 0..inputs.len() {
        let (own_rows, columns) = inputs.required(index)?.as_table()?;
        if own_rows != rows {
            return Err(fault!("inputs of {rows} and {own_rows} rows"));
        }
        total = total.saturating_add(width(index, columns));
    }
    let out = output.start::<f32>(&[rows, total])?;
    out.fill(0.0);
    let mut offset = 0;
    for index in 0..inputs.len() {
        let view = inputs.required(index)?;
        let (_, columns) = view.as_table()?;
        let taken = width(index, columns);
        let values = as_floats(view.elements(), &mut scratch.table_f32)?;
        if columns > 0 && taken > 0 {
            for (out, values) in out.chunks_mut(total).zip(values.chunks(columns)) {
                // A width beyond the input's columns is filled with zeros.
                out[offset..offset + taken].iter_mut().zip(values).for_each(|(out, &value)| *out = value);
            }
        }
        offset += taken;
    }
    Ok(())
}
