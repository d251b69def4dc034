//! Operators that normalise along axes: softmax, layer and batch normalisation.

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::step::Inputs;
use crate::tensor::{Elements, Tensor, resolve_axis};

/// `Softmax` and `LogSoftmax`.
#[derive(Debug)]
pub(crate) struct Softmax {
    axis: i64,
    /// Before opset 13 everything from the axis on is one row.
    flattens: bool,
    log: bool,
}

impl Softmax {
    pub(crate) fn compile(node: &Node<'_>, log: bool) -> Softmax {
        let flattens = node.opset < 13;
        Softmax { axis: node.int("axis", if flattens { 1 } else { -1 }), flattens, log }
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let shape = input.shape();
        let axis = if self.flattens && self.axis == shape.len() as i64 { shape.len() } else { resolve_axis(self.axis, shape.len())? };
        let (length, inner) =
            if self.flattens { (shape[axis..].iter().product(), 1) } else { (shape[axis], shape[axis + 1..].iter().product()) };
        match input.elements() {
            Elements::F32(values) => {
                let out = output.start::<f32>(shape)?;
                out.copy_from_slice(values);
                for_each_row(out.len(), length, inner, |row| self.row_f32(out, row, length, inner));
                Ok(())
            }
            Elements::F64(values) => {
                let out = output.start::<f64>(shape)?;
                out.copy_from_slice(values);
                for_each_row(out.len(), length, inner, |row| self.row_f64(out, row, length, inner));
                Ok(())
            }
            other => Err(fault!("wants floats, got {}", other.element_type().name())),
        }
    }

    fn row_f32(&self, out: &mut [f32], start: usize, length: usize, step: usize) {
        let places = || (0..length).map(|i| start + i * step);
        let highest = places().map(|place| out[place]).fold(f32::NEG_INFINITY, f32::max);
        if self.log {
            let sum: f32 = places().map(|place| (out[place] - highest).exp()).sum();
            places().for_each(|place| out[place] = out[place] - highest - sum.ln());
            return;
        }
        let mut sum = 0.0;
        places().for_each(|place| {
            out[place] = (out[place] - highest).exp();
            sum += out[place];
        });
        places().for_each(|place| out[place] /= sum);
    }

    fn row_f64(&self, out: &mut [f64], start: usize, length: usize, step: usize) {
        let places = || (0..length).map(|i| start + i * step);
        let highest = places().map(|place| out[place]).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = places().map(|place| (out[place] - highest).exp()).sum();
        places().for_each(|place| {
            let shifted = out[place] - highest;
            out[place] = if self.log { shifted - sum.ln() } else { shifted.exp() / sum };
        });
    }
}

/// Calls `row(start)` for every row of `length` elements that lie `inner` apart.
fn for_each_row(count: usize, length: usize, inner: usize, mut row: impl FnMut(usize)) {
    if count == 0 {
        return;
    }
    for block in (0..count).step_by(length * inner) {
        (0..inner).for_each(|offset| row(block + offset));
    }
}

/// `LayerNormalization` over the last dimensions.
#[derive(Debug)]
pub(crate) struct LayerNormalization {
    axis: i64,
    epsilon: f32,
}

impl LayerNormalization {
    pub(crate) fn compile(node: &Node<'_>) -> Result<LayerNormalization, Refusal> {
        if node.proto.output.iter().skip(1).any(|name| !name.is_empty()) {
            return Err(Refusal::Unsupported("its mean and deviation as outputs".to_string()));
        }
        Ok(LayerNormalization { axis: node.int("axis", -1), epsilon: node.float("epsilon", 1e-5) })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let values = input.typed::<f32>()?;
        let scale = inputs.required(1)?.typed::<f32>()?;
        let shift = inputs.optional(2).map(|view| view.typed::<f32>()).transpose()?;
        let axis = resolve_axis(self.axis, input.shape().len())?;
        let width: usize = input.shape()[axis..].iter().product();
        let fits = |values: &[f32]| values.len() == width || values.len() == 1;
        if !fits(scale) || !shift.is_none_or(fits) {
            return Err(fault!("scale or bias does not have {width} elements"));
        }
        let out = output.start::<f32>(input.shape())?;
        if out.is_empty() {
            return Ok(());
        }
        for (line, out) in values.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            let mean = line.iter().map(|&value| f64::from(value)).sum::<f64>() / width as f64;
            let variance = line.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / width as f64;
            let factor = 1.0 / (variance + f64::from(self.epsilon)).sqrt();
            for (place, (out, &value)) in out.iter_mut().zip(line).enumerate() {
                let own = |values: &[f32]| f64::from(if values.len() == 1 { values[0] } else { values[place] });
                *out = ((f64::from(value) - mean) * factor * own(scale) + shift.map_or(0.0, own)) as f32;
            }
        }
        Ok(())
    }
}

/// `BatchNormalization` with stored statistics, channels in the second dimension.
#[derive(Debug)]
pub(crate) struct BatchNormalization {
    epsilon: f32,
}

impl BatchNormalization {
    pub(crate) fn compile(node: &Node<'_>) -> Result<BatchNormalization, Refusal> {
        if node.int("training_mode", 0) != 0 || node.proto.output.iter().skip(1).any(|name| !name.is_empty()) {
            return Err(Refusal::Unsupported("training".to_string()));
        }
        if node.opset < 9 && node.int("spatial", 1) == 0 {
            return Err(Refusal::Unsupported("statistics of each element".to_string()));
        }
        Ok(BatchNormalization { epsilon: node.float("epsilon", 1e-5) })
    }

    pub(crate) fn run(&self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let values = input.typed::<f32>()?;
        let channels = *input.shape().get(1).ok_or_else(|| fault!("wants two dimensions or more"))?;
        let inner: usize = input.shape()[2..].iter().product();
        let mut statistics = [&[][..]; 4];
        for (index, place) in statistics.iter_mut().enumerate() {
            *place = inputs.required(index + 1)?.typed::<f32>()?;
            if place.len() != channels {
                return Err(fault!("statistics have {} elements for {channels} channels", place.len()));
            }
        }
        let [scale, shift, mean, variance] = statistics;
        let out = output.start::<f32>(input.shape())?;
        if out.is_empty() {
            return Ok(());
        }
        for (index, (values, out)) in values.chunks_exact(inner).zip(out.chunks_exact_mut(inner)).enumerate() {
            let channel = index % channels;
            let factor = scale[channel] / (variance[channel] + self.epsilon).sqrt();
            let offset = shift[channel] - mean[channel] * factor;
            out.iter_mut().zip(values).for_each(|(out, &value)| *out = value * factor + offset);
        }
        Ok(())
    }
}
