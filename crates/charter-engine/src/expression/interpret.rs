//! What the typed nodes do not cover goes to the `cel` interpreter, row by row.
//!
//! It checks types while it runs, so an expression is tried on made-up rows first: a function or overload that does not exist is found before a caller finds it.

use super::parse::Parsed;
use super::row::Row;
use super::typed::Trouble;
use super::{EvaluationError, ExpressionError, kind_of};
use crate::tensor::{Tensor, Texts, Values};
use cel::common::ast::{Expr, IdedExpr};
use cel::{Context, Env, ExecutionError, Value};
use charter_plan::tensor::Datatype;
use half::{bf16, f16};
use std::sync::{Arc, LazyLock};

/// Building the standard library costs 24 µs; it is done once.
static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

#[derive(Debug)]
pub(super) struct Interpreted {
    root: IdedExpr,
    /// Name and position of the variables that are used.
    used: Vec<(String, usize, Datatype)>,
}

impl Interpreted {
    pub(super) fn new(parsed: Parsed, variables: &[(String, Datatype)], result: Datatype) -> Result<Self, ExpressionError> {
        let mut used = Vec::new();
        declared(&parsed, &parsed.root, variables, &mut used)?;
        let offset = parsed.offset(&parsed.root);
        let program = Self { root: parsed.root, used };
        for made_up in [MadeUp::Low, MadeUp::High] {
            program.try_out(made_up, result).map_err(|message| ExpressionError { message, offset })?;
        }
        Ok(program)
    }

    fn try_out(&self, made_up: MadeUp, result: Datatype) -> Result<(), String> {
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        for (name, _, datatype) in &self.used {
            context.add_variable_from_value(name.as_str(), made_up.value(*datatype));
        }
        match Value::resolve(&self.root, &context) {
            Ok(value) if kind(&value) == Some(kind_of(result)) => Ok(()),
            Ok(value) => {
                Err(format!("the expression gives {}, but `{result}` needs {}", kind(&value).unwrap_or("another type"), kind_of(result)))
            }
            // These depend on the values, which are made up.
            Err(
                ExecutionError::DivisionByZero(_)
                | ExecutionError::RemainderByZero(_)
                | ExecutionError::Overflow(..)
                | ExecutionError::FunctionError { .. },
            ) => Ok(()),
            Err(error) => Err(error.to_string().lines().next().unwrap_or("it cannot be evaluated").to_lowercase()),
        }
    }

    pub(super) fn evaluate(&self, result: Datatype, rows: usize, slots: &[&Tensor]) -> Result<Values, EvaluationError> {
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        let mut values = Vec::with_capacity(rows);
        for row in 0..rows {
            for (name, slot, datatype) in &self.used {
                let value = value_at(&Row { slots, row }, *slot, *datatype).map_err(|trouble| trouble.in_row(row))?;
                context.add_variable_from_value(name.as_str(), value);
            }
            let value =
                Value::resolve(&self.root, &context).map_err(|error| EvaluationError { row, message: describe(&error).to_owned() })?;
            values.push(value);
        }
        assemble(result, values)
    }
}

/// Every name is a declared variable; a name with dots is not for the interpreter.
fn declared(
    parsed: &Parsed,
    node: &IdedExpr,
    variables: &[(String, Datatype)],
    used: &mut Vec<(String, usize, Datatype)>,
) -> Result<(), ExpressionError> {
    let mut into = |child: &IdedExpr| declared(parsed, child, variables, used);
    match &node.expr {
        Expr::Ident(name) => {
            let Some(slot) = variables.iter().rposition(|(known, _)| known == name) else {
                return Err(ExpressionError {
                    message: format!("there is no variable `{name}` with one value a row"),
                    offset: parsed.offset(node),
                });
            };
            if let Some((_, datatype)) = variables.get(slot)
                && used.iter().all(|(known, ..)| known != name)
            {
                used.push((name.clone(), slot, *datatype));
            }
            Ok(())
        }
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).try_for_each(into),
        Expr::List(list) => list.elements.iter().try_for_each(into),
        Expr::Select(select) => into(&select.operand),
        Expr::Literal(_) | Expr::Unspecified | Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) => Ok(()),
    }
}

#[derive(Clone, Copy)]
enum MadeUp {
    Low,
    High,
}

impl MadeUp {
    fn value(self, datatype: Datatype) -> Value {
        let high = matches!(self, Self::High);
        match kind_of(datatype) {
            "a bool" => Value::Bool(high),
            "a string" => Value::String(Arc::new(if high { "1".to_owned() } else { String::new() })),
            "a double" => Value::Float(if high { 1.0 } else { 0.0 }),
            _ => Value::Int(i64::from(high)),
        }
    }
}

fn kind(value: &Value) -> Option<&'static str> {
    match value {
        Value::Bool(_) => Some("a bool"),
        Value::Int(_) => Some("an int"),
        Value::Float(_) => Some("a double"),
        Value::String(_) => Some("a string"),
        _ => None,
    }
}

fn value_at(row: &Row<'_>, slot: usize, datatype: Datatype) -> Result<Value, Trouble> {
    Ok(match kind_of(datatype) {
        "a bool" => Value::Bool(row.bool(slot)?),
        "a string" => Value::String(Arc::new(row.text(slot)?.to_owned())),
        "a double" => Value::Float(row.double(slot)?),
        _ => Value::Int(row.int(slot)?),
    })
}

/// The rule that was broken; the interpreter's own messages hold values.
fn describe(error: &ExecutionError) -> &'static str {
    match error {
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "division by zero",
        ExecutionError::Overflow(..) => "a number does not fit into 64 bits",
        ExecutionError::IndexOutOfBounds(_) => "an index is outside its list",
        ExecutionError::FunctionError { .. } => "a function does not accept its values",
        _ => "the expression cannot be evaluated",
    }
}

fn assemble(result: Datatype, values: Vec<Value>) -> Result<Values, EvaluationError> {
    macro_rules! each {
        ($variant:ident, $kind:ident, $convert:expr) => {{
            let mut collected = Vec::with_capacity(values.len());
            for (row, value) in values.into_iter().enumerate() {
                let converted = if let Value::$kind(value) = value { $convert(value) } else { None };
                collected.push(converted.ok_or_else(|| Trouble::Narrow.in_row(row))?);
            }
            Ok(Values::$variant(collected))
        }};
    }
    match result {
        Datatype::Bool => each!(Bool, Bool, Some),
        Datatype::Fp64 => each!(Fp64, Float, Some),
        Datatype::Fp32 => each!(Fp32, Float, |value: f64| Some(value as f32)),
        Datatype::Fp16 => each!(Fp16, Float, |value: f64| Some(f16::from_f64(value))),
        Datatype::Bf16 => each!(Bf16, Float, |value: f64| Some(bf16::from_f64(value))),
        Datatype::Int64 => each!(Int64, Int, Some),
        Datatype::Int32 => each!(Int32, Int, |value: i64| value.try_into().ok()),
        Datatype::Int16 => each!(Int16, Int, |value: i64| value.try_into().ok()),
        Datatype::Int8 => each!(Int8, Int, |value: i64| value.try_into().ok()),
        Datatype::Uint64 => each!(Uint64, Int, |value: i64| value.try_into().ok()),
        Datatype::Uint32 => each!(Uint32, Int, |value: i64| value.try_into().ok()),
        Datatype::Uint16 => each!(Uint16, Int, |value: i64| value.try_into().ok()),
        Datatype::Uint8 => each!(Uint8, Int, |value: i64| value.try_into().ok()),
        Datatype::Bytes => {
            let mut texts = Texts::with_capacity(values.len(), 0);
            for (row, value) in values.into_iter().enumerate() {
                let Value::String(text) = value else { return Err(Trouble::Narrow.in_row(row)) };
                texts.push(text.as_bytes());
            }
            Ok(Values::Bytes(texts))
        }
    }
}
