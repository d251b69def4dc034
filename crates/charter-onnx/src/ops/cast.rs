//! `Cast`: between all element types, texts included.

use crate::error::{Fault, Refusal, fault};
use crate::node::Node;
use crate::step::Inputs;
use crate::tensor::{ElementType, Elements, Tensor};

/// A conversion to one element type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cast {
    to: ElementType,
}

impl Cast {
    pub(crate) fn compile(node: &Node<'_>) -> Result<Cast, Refusal> {
        let code = node.int("to", 0);
        i32::try_from(code)
            .ok()
            .and_then(ElementType::from_onnx)
            .map(|to| Cast { to })
            .ok_or_else(|| Refusal::Unsupported(format!("a cast to element type {code}")))
    }

    pub(crate) fn run(self, inputs: &Inputs<'_>, output: &mut Tensor) -> Result<(), Fault> {
        let input = inputs.required(0)?;
        let (shape, elements) = (input.shape(), input.elements());
        if elements.element_type() == self.to {
            return output.copy_as(input, shape);
        }
        if let Elements::Text(texts) = elements {
            return self.parse_texts(texts, shape, output);
        }
        // Integers beyond 2^53 would be rounded by way of `f64`, so integer pairs convert directly.
        match (elements, self.to) {
            (Elements::I64(values), ElementType::I32) => fill(output.start(shape)?, values, |&value| value as i32),
            (Elements::I32(values), ElementType::I64) => fill(output.start(shape)?, values, |&value| i64::from(value)),
            (Elements::I64(values), ElementType::F32) => fill(output.start(shape)?, values, |&value| value as f32),
            (Elements::F32(values), ElementType::F64) => fill(output.start(shape)?, values, |&value| f64::from(value)),
            (Elements::F64(values), ElementType::F32) => fill(output.start(shape)?, values, |&value| value as f32),
            (Elements::I64(values), ElementType::Text) => fill(output.start(shape)?, values, |value| value.to_string()),
            (Elements::I32(values), ElementType::Text) => fill(output.start(shape)?, values, |value| value.to_string()),
            (Elements::Bool(values), ElementType::Text) => {
                fill(output.start(shape)?, values, |&value| if value { "1".to_string() } else { "0".to_string() })
            }
            (Elements::F32(values), ElementType::Text) => fill(output.start(shape)?, values, |&value| significant(f64::from(value), 8)),
            (Elements::F64(values), ElementType::Text) => fill(output.start(shape)?, values, |&value| significant(value, 8)),
            (Elements::F32(values), _) => self.convert_numbers(values.iter().map(|&value| f64::from(value)), shape, output)?,
            (Elements::F64(values), _) => self.convert_numbers(values.iter().copied(), shape, output)?,
            (Elements::I64(values), _) => self.convert_numbers(values.iter().map(|&value| value as f64), shape, output)?,
            (Elements::I32(values), _) => self.convert_numbers(values.iter().map(|&value| f64::from(value)), shape, output)?,
            (Elements::Bool(values), _) => self.convert_numbers(values.iter().map(|&value| f64::from(u8::from(value))), shape, output)?,
            (Elements::Text(_), _) => {}
        }
        Ok(())
    }

    fn convert_numbers(self, values: impl Iterator<Item = f64>, shape: &[usize], output: &mut Tensor) -> Result<(), Fault> {
        match self.to {
            ElementType::F32 => output.start::<f32>(shape)?.iter_mut().zip(values).for_each(|(out, value)| *out = value as f32),
            ElementType::F64 => output.start::<f64>(shape)?.iter_mut().zip(values).for_each(|(out, value)| *out = value),
            ElementType::I64 => output.start::<i64>(shape)?.iter_mut().zip(values).for_each(|(out, value)| *out = to_i64(value)),
            ElementType::I32 => output.start::<i32>(shape)?.iter_mut().zip(values).for_each(|(out, value)| *out = to_i32(value)),
            ElementType::Bool => output.start::<bool>(shape)?.iter_mut().zip(values).for_each(|(out, value)| *out = value != 0.0),
            ElementType::Text => return Err(fault!("these numbers have no text form")),
        }
        Ok(())
    }

    fn parse_texts(self, texts: &[String], shape: &[usize], output: &mut Tensor) -> Result<(), Fault> {
        let float = |text: &String| text.trim().parse::<f64>().map_err(|_| fault!("a text is not a number"));
        let integer = |text: &String| match text.trim().parse::<i64>() {
            Ok(value) => Ok(value),
            Err(_) => Err(fault!("a text is not an integer")),
        };
        match self.to {
            ElementType::F32 => {
                for (out, text) in output.start::<f32>(shape)?.iter_mut().zip(texts) {
                    *out = text.trim().parse::<f32>().map_err(|_| fault!("a text is not a number"))?;
                }
            }
            ElementType::F64 => {
                for (out, text) in output.start::<f64>(shape)?.iter_mut().zip(texts) {
                    *out = float(text)?;
                }
            }
            ElementType::I64 => {
                for (out, text) in output.start::<i64>(shape)?.iter_mut().zip(texts) {
                    *out = integer(text)?;
                }
            }
            ElementType::I32 => {
                for (out, text) in output.start::<i32>(shape)?.iter_mut().zip(texts) {
                    *out = i32::try_from(integer(text)?).map_err(|_| fault!("a text's integer is out of range"))?;
                }
            }
            ElementType::Bool => {
                for (out, text) in output.start::<bool>(shape)?.iter_mut().zip(texts) {
                    *out = float(text)? != 0.0;
                }
            }
            ElementType::Text => {}
        }
        Ok(())
    }
}

fn fill<T, O>(out: &mut [O], values: &[T], f: impl Fn(&T) -> O) {
    out.iter_mut().zip(values).for_each(|(out, value)| *out = f(value));
}

/// As x86-64 converts: what does not fit becomes the lowest integer.
fn to_i64(value: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) { value as i64 } else { i64::MIN }
}

fn to_i32(value: f64) -> i32 {
    if value > -2_147_483_649.0 && value < 2_147_483_648.0 { value as i32 } else { i32::MIN }
}

/// C's `%.{digits}g`; ONNX Runtime writes floats of both widths as texts with eight digits.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "NaN".to_string();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-INF".to_string() } else { "INF".to_string() };
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim =
        |text: &str| if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text.to_string() };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    trim(&format!("{value:.decimals$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_c_writes_them() {
        assert_eq!(significant(1.0, 8), "1");
        assert_eq!(significant(0.1, 8), "0.1");
        assert_eq!(significant(1_234_567_890.0, 8), "1.2345679e+09");
        assert_eq!(significant(0.000_012_5, 8), "1.25e-05");
        assert_eq!(significant(-3.5, 8), "-3.5");
        assert_eq!(significant(f64::from(0.1_f32), 17), "0.10000000149011612");
    }
}
