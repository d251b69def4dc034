//! CEL expressions over rows: checked once, then evaluated without looking anything up.
//!
//! | room | what is in it |
//! |---|---|
//! | `parse` | text to syntax tree, within limits |
//! | `lower` | syntax tree to typed nodes: names, types, operators |
//! | `function` | the functions among them |
//! | `typed` | typed nodes and how they are evaluated |
//! | `row` | one row of the variables |
//! | `interpret` | what the typed nodes do not cover goes to the `cel` interpreter |
//!
//! The language is the Common Expression Language (`google/cel-spec`, langdef) over scalar variables. Integers of any width are CEL's `int`, floats are
//! `double`, `BYTES` are `string`, `BOOL` is `bool`; `int` and `double` do not mix: `amount > 10000.0`. Extensions, as cel-go has them: `math.abs ceil floor
//! round trunc sqrt isNaN isInf isFinite greatest least`, and `min` and `max` of two or more numbers of one type. Comprehensions are refused: a variable is
//! one value, so there is nothing to go through.
//!
//! Where an expression comes from and what its result is used for do not belong here.

mod function;
mod interpret;
mod lower;
pub(crate) mod parse;
mod row;
mod typed;

use crate::tensor::{Tensor, Texts, Values};
use charter_plan::tensor::Datatype;
use half::{bf16, f16};
use interpret::Interpreted;
use lower::{Lowered, Refusal};
use row::Row;
use std::fmt;
use typed::{Trouble, Typed};

/// A compiled expression: one value for each row.
#[derive(Debug)]
pub struct Expression {
    program: Program,
    result: Datatype,
    variables: Vec<Datatype>,
}

#[derive(Debug)]
enum Program {
    Typed(Typed),
    Interpreted(Box<Interpreted>),
}

/// Why an expression does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// What is wrong and the way out, in one line.
    pub message: String,
    /// Byte offset into the source.
    pub offset: usize,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at byte {})", self.message, self.offset)
    }
}

impl std::error::Error for ExpressionError {}

/// Why a row has no result: a division by zero, an overflow, text that is not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationError {
    pub row: usize,
    /// Names the rule, never a value.
    pub message: String,
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "row {}: {}", self.row, self.message)
    }
}

impl std::error::Error for EvaluationError {}

impl Expression {
    /// Checks `source` against the variables, which stand for one value a row each, and the datatype its result must have.
    ///
    /// Limits: 4,096 bytes, 1,000 nodes, 96 levels.
    ///
    /// # Errors
    /// A syntax error, an unknown name, types that do not fit, or a limit that is passed.
    pub fn compile(source: &str, variables: &[(String, Datatype)], result: Datatype) -> Result<Self, ExpressionError> {
        let parsed = parse::parse(source)?;
        let program = match lower::lower(&parsed, variables) {
            Ok(Lowered { node, offset }) => {
                if !fits(&node, result) {
                    let (has, wants) = (node.kind(), kind_of(result));
                    let message = format!("the expression gives {has}, but `{result}` needs {wants}{}", lower::way_out(has, wants));
                    return Err(ExpressionError { message, offset });
                }
                Program::Typed(node)
            }
            Err(Refusal::Wrong(error)) => return Err(error),
            Err(Refusal::NotCovered) => Program::Interpreted(Box::new(Interpreted::new(parsed, variables, result)?)),
        };
        Ok(Self { program, result, variables: variables.iter().map(|(_, datatype)| *datatype).collect() })
    }

    /// Evaluates each row. `slots` are the variables' tensors in the order in which they were given to [`compile`](Self::compile), one value a row.
    ///
    /// # Errors
    /// The first row without a result, or slots that are not the variables.
    pub fn evaluate(&self, rows: usize, slots: &[&Tensor]) -> Result<Values, EvaluationError> {
        let fits = slots.len() == self.variables.len()
            && slots.iter().zip(&self.variables).all(|(slot, datatype)| slot.datatype() == *datatype && slot.values().len() == rows);
        if !fits {
            return Err(EvaluationError { row: 0, message: "the values are not those of the expression's variables".to_owned() });
        }
        match &self.program {
            Program::Typed(node) => collect(node, self.result, rows, slots),
            Program::Interpreted(program) => program.evaluate(self.result, rows, slots),
        }
    }

    /// Whether it runs as typed nodes; else the interpreter evaluates it, at some ten times the cost.
    pub fn is_lowered(&self) -> bool {
        matches!(self.program, Program::Typed(_))
    }
}

/// CEL's name for the values of a datatype.
fn kind_of(datatype: Datatype) -> &'static str {
    match datatype {
        Datatype::Bool => "a bool",
        Datatype::Bytes => "a string",
        Datatype::Fp16 | Datatype::Bf16 | Datatype::Fp32 | Datatype::Fp64 => "a double",
        Datatype::Uint8 | Datatype::Uint16 | Datatype::Uint32 | Datatype::Uint64 => "an int",
        Datatype::Int8 | Datatype::Int16 | Datatype::Int32 | Datatype::Int64 => "an int",
    }
}

fn fits(node: &Typed, result: Datatype) -> bool {
    node.kind() == kind_of(result)
}

/// Evaluates a typed node for each row into the result's datatype.
fn collect(node: &Typed, result: Datatype, rows: usize, slots: &[&Tensor]) -> Result<Values, EvaluationError> {
    macro_rules! each {
        ($variant:ident, $node:expr, $convert:expr) => {{
            let mut values = Vec::with_capacity(rows);
            for row in 0..rows {
                let value = $node.at(&Row { slots, row }).and_then($convert).map_err(|trouble| trouble.in_row(row))?;
                values.push(value);
            }
            Ok(Values::$variant(values))
        }};
    }
    macro_rules! narrowed {
        ($variant:ident, $node:expr) => {
            each!($variant, $node, |value| value.try_into().map_err(|_| Trouble::Narrow))
        };
    }
    match (node, result) {
        (Typed::Bool(node), Datatype::Bool) => each!(Bool, node, Ok),
        (Typed::Double(node), Datatype::Fp64) => each!(Fp64, node, Ok),
        (Typed::Double(node), Datatype::Fp32) => each!(Fp32, node, |value| Ok(value as f32)),
        (Typed::Double(node), Datatype::Fp16) => each!(Fp16, node, |value| Ok(f16::from_f64(value))),
        (Typed::Double(node), Datatype::Bf16) => each!(Bf16, node, |value| Ok(bf16::from_f64(value))),
        (Typed::Int(node), Datatype::Int64) => each!(Int64, node, Ok),
        (Typed::Int(node), Datatype::Int32) => narrowed!(Int32, node),
        (Typed::Int(node), Datatype::Int16) => narrowed!(Int16, node),
        (Typed::Int(node), Datatype::Int8) => narrowed!(Int8, node),
        (Typed::Int(node), Datatype::Uint64) => narrowed!(Uint64, node),
        (Typed::Int(node), Datatype::Uint32) => narrowed!(Uint32, node),
        (Typed::Int(node), Datatype::Uint16) => narrowed!(Uint16, node),
        (Typed::Int(node), Datatype::Uint8) => narrowed!(Uint8, node),
        (Typed::Text(node), Datatype::Bytes) => {
            let mut texts = Texts::with_capacity(rows, rows.saturating_mul(16));
            for row in 0..rows {
                let text = node.at(&Row { slots, row }).map_err(|trouble| trouble.in_row(row))?;
                texts.push(text.as_bytes());
            }
            Ok(Values::Bytes(texts))
        }
        _ => Err(EvaluationError { row: 0, message: "the expression has another type than its result".to_owned() }),
    }
}

#[cfg(test)]
mod tests;
