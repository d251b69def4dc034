//! Typed nodes and how they are evaluated.
//!
//! Each node knows its type, so evaluating one asks nothing about types. Arithmetic on integers is checked; on doubles it is IEEE 754, as CEL has it.
//! Names and syntax do not belong here.

use super::row::Row;
use super::{EvaluationError, ExpressionError};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Longest text that joining may make.
const TEXT_BYTES_MAX: usize = 65_536;

#[derive(Debug)]
pub(super) enum Typed {
    Bool(Bool),
    Int(Int),
    Double(Double),
    Text(Text),
}

/// Why a row has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    DivisionByZero,
    Overflow,
    Narrow,
    NotText,
    NotANumber,
    TooLong,
    Missing,
}

impl Trouble {
    pub(super) fn in_row(self, row: usize) -> EvaluationError {
        let message = match self {
            Self::DivisionByZero => "division by zero",
            Self::Overflow => "a number does not fit into 64 bits",
            Self::Narrow => "the result does not fit its datatype",
            Self::NotText => "a text is not UTF-8",
            Self::NotANumber => "a text is not a number",
            Self::TooLong => "a text grows beyond 64 KiB",
            Self::Missing => "a variable has no value",
        };
        EvaluationError { row, message: message.to_owned() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    /// Without an order (a NaN) only `!=` holds.
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

/// A choice between two nodes of one type.
#[derive(Debug)]
pub(super) struct Choice<T> {
    pub(super) when: Bool,
    pub(super) then: T,
    pub(super) otherwise: T,
}

impl<T> Choice<T> {
    fn take(&self, row: &Row<'_>) -> Result<&T, Trouble> {
        Ok(if self.when.at(row)? { &self.then } else { &self.otherwise })
    }
}

#[derive(Debug)]
pub(super) enum Bool {
    Slot(usize),
    Constant(bool),
    Not(Box<Bool>),
    And(Box<(Bool, Bool)>),
    Or(Box<(Bool, Bool)>),
    Choice(Box<Choice<Bool>>),
    Bools(Relation, Box<(Bool, Bool)>),
    Ints(Relation, Box<(Int, Int)>),
    Doubles(Relation, Box<(Double, Double)>),
    Texts(Relation, Box<(Text, Text)>),
    IntIn(Box<Int>, Vec<Int>),
    DoubleIn(Box<Double>, Vec<Double>),
    TextIn(Box<Text>, Vec<Text>),
    Affix(Affix, Box<(Text, Text)>),
    Is(Class, Box<Double>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affix {
    Starts,
    Ends,
    Contains,
}

/// Classes of doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    NotANumber,
    Infinite,
    Finite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Least,
    Greatest,
}

#[derive(Debug)]
pub(super) enum Int {
    Slot(usize),
    Constant(i64),
    Negated(Box<Int>),
    Absolute(Box<Int>),
    Pair(Arithmetic, Box<(Int, Int)>),
    Choice(Box<Choice<Int>>),
    FromDouble(Box<Double>),
    FromText(Box<Text>),
    /// Characters of a text.
    Size(Box<Text>),
}

#[derive(Debug)]
pub(super) enum Double {
    Slot(usize),
    Constant(f64),
    Negated(Box<Double>),
    Rounded(Rounding, Box<Double>),
    Pair(Arithmetic, Box<(Double, Double)>),
    Choice(Box<Choice<Double>>),
    FromInt(Box<Int>),
    FromText(Box<Text>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    Absolute,
    Ceiling,
    Floor,
    Nearest,
    Truncated,
    SquareRoot,
}

#[derive(Debug)]
pub(super) enum Text {
    Slot(usize),
    Constant(String),
    Joined(Box<(Text, Text)>),
    Choice(Box<Choice<Text>>),
    FromBool(Box<Bool>),
    FromInt(Box<Int>),
    FromDouble(Box<Double>),
}

impl Typed {
    /// CEL's name for its type, with an article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a bool",
            Self::Int(_) => "an int",
            Self::Double(_) => "a double",
            Self::Text(_) => "a string",
        }
    }
}

impl Bool {
    pub(super) fn at(&self, row: &Row<'_>) -> Result<bool, Trouble> {
        match self {
            Self::Slot(slot) => row.bool(*slot),
            Self::Constant(value) => Ok(*value),
            Self::Not(inner) => Ok(!inner.at(row)?),
            Self::And(pair) => decided(pair, row, false),
            Self::Or(pair) => decided(pair, row, true),
            Self::Choice(choice) => choice.take(row)?.at(row),
            Self::Bools(relation, pair) => Ok(relation.holds(Some(pair.0.at(row)?.cmp(&pair.1.at(row)?)))),
            Self::Ints(relation, pair) => Ok(relation.holds(Some(pair.0.at(row)?.cmp(&pair.1.at(row)?)))),
            Self::Doubles(relation, pair) => Ok(relation.holds(pair.0.at(row)?.partial_cmp(&pair.1.at(row)?))),
            Self::Texts(relation, pair) => Ok(relation.holds(Some(pair.0.at(row)?.cmp(&pair.1.at(row)?)))),
            Self::IntIn(value, list) => {
                let value = value.at(row)?;
                any(list, |element| Ok(element.at(row)? == value))
            }
            Self::DoubleIn(value, list) => {
                let value = value.at(row)?;
                any(list, |element| Ok(element.at(row)? == value))
            }
            Self::TextIn(value, list) => {
                let value = value.at(row)?;
                any(list, |element| Ok(element.at(row)? == value))
            }
            Self::Affix(affix, pair) => {
                let (text, part) = (pair.0.at(row)?, pair.1.at(row)?);
                Ok(match affix {
                    Affix::Starts => text.starts_with(part.as_ref()),
                    Affix::Ends => text.ends_with(part.as_ref()),
                    Affix::Contains => text.contains(part.as_ref()),
                })
            }
            Self::Is(class, value) => {
                let value = value.at(row)?;
                Ok(match class {
                    Class::NotANumber => value.is_nan(),
                    Class::Infinite => value.is_infinite(),
                    Class::Finite => value.is_finite(),
                })
            }
        }
    }
}

/// `&&` and `||` of CEL: either side that decides hides trouble on the other (langdef, "Logical Operators").
fn decided(pair: &(Bool, Bool), row: &Row<'_>, deciding: bool) -> Result<bool, Trouble> {
    let left = pair.0.at(row);
    if left == Ok(deciding) {
        return left;
    }
    match pair.1.at(row) {
        Ok(right) if right == deciding => Ok(deciding),
        right => left.and(right),
    }
}

fn any<T>(list: &[T], mut equals: impl FnMut(&T) -> Result<bool, Trouble>) -> Result<bool, Trouble> {
    for element in list {
        if equals(element)? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Int {
    pub(super) fn at(&self, row: &Row<'_>) -> Result<i64, Trouble> {
        match self {
            Self::Slot(slot) => row.int(*slot),
            Self::Constant(value) => Ok(*value),
            Self::Negated(inner) => inner.at(row)?.checked_neg().ok_or(Trouble::Overflow),
            Self::Absolute(inner) => inner.at(row)?.checked_abs().ok_or(Trouble::Overflow),
            Self::Pair(operator, pair) => {
                let (left, right) = (pair.0.at(row)?, pair.1.at(row)?);
                let result = match operator {
                    Arithmetic::Add => left.checked_add(right),
                    Arithmetic::Subtract => left.checked_sub(right),
                    Arithmetic::Multiply => left.checked_mul(right),
                    Arithmetic::Divide | Arithmetic::Remainder if right == 0 => return Err(Trouble::DivisionByZero),
                    Arithmetic::Divide => left.checked_div(right),
                    Arithmetic::Remainder => left.checked_rem(right),
                    Arithmetic::Least => Some(left.min(right)),
                    Arithmetic::Greatest => Some(left.max(right)),
                };
                result.ok_or(Trouble::Overflow)
            }
            Self::Choice(choice) => choice.take(row)?.at(row),
            Self::FromDouble(inner) => {
                let value = inner.at(row)?;
                // 2⁶³ is the first double that does not fit.
                let inside = value > -9_223_372_036_854_775_808.0 && value < 9_223_372_036_854_775_808.0;
                if inside { Ok(value as i64) } else { Err(Trouble::Overflow) }
            }
            Self::FromText(inner) => inner.at(row)?.parse().map_err(|_| Trouble::NotANumber),
            Self::Size(inner) => i64::try_from(inner.at(row)?.chars().count()).map_err(|_| Trouble::Overflow),
        }
    }
}

impl Double {
    pub(super) fn at(&self, row: &Row<'_>) -> Result<f64, Trouble> {
        match self {
            Self::Slot(slot) => row.double(*slot),
            Self::Constant(value) => Ok(*value),
            Self::Negated(inner) => Ok(-inner.at(row)?),
            Self::Rounded(rounding, inner) => {
                let value = inner.at(row)?;
                Ok(match rounding {
                    Rounding::Absolute => value.abs(),
                    Rounding::Ceiling => value.ceil(),
                    Rounding::Floor => value.floor(),
                    Rounding::Nearest => value.round(),
                    Rounding::Truncated => value.trunc(),
                    Rounding::SquareRoot => value.sqrt(),
                })
            }
            Self::Pair(operator, pair) => {
                let (left, right) = (pair.0.at(row)?, pair.1.at(row)?);
                Ok(match operator {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    Arithmetic::Divide => left / right,
                    Arithmetic::Remainder => left % right,
                    Arithmetic::Least => left.min(right),
                    Arithmetic::Greatest => left.max(right),
                })
            }
            Self::Choice(choice) => choice.take(row)?.at(row),
            Self::FromInt(inner) => Ok(inner.at(row)? as f64),
            Self::FromText(inner) => inner.at(row)?.parse().map_err(|_| Trouble::NotANumber),
        }
    }
}

impl Text {
    pub(super) fn at<'a>(&'a self, row: &Row<'a>) -> Result<Cow<'a, str>, Trouble> {
        match self {
            Self::Slot(slot) => row.text(*slot).map(Cow::Borrowed),
            Self::Constant(text) => Ok(Cow::Borrowed(text)),
            Self::Joined(pair) => {
                let (left, right) = (pair.0.at(row)?, pair.1.at(row)?);
                if left.len() + right.len() > TEXT_BYTES_MAX {
                    return Err(Trouble::TooLong);
                }
                Ok(left + right)
            }
            Self::Choice(choice) => choice.take(row)?.at(row),
            Self::FromBool(inner) => Ok(Cow::Borrowed(if inner.at(row)? { "true" } else { "false" })),
            Self::FromInt(inner) => Ok(Cow::Owned(inner.at(row)?.to_string())),
            Self::FromDouble(inner) => Ok(Cow::Owned(inner.at(row)?.to_string())),
        }
    }
}

/// An error at a place of the source.
pub(super) fn wrong(offset: usize, message: impl Into<String>) -> ExpressionError {
    ExpressionError { message: message.into(), offset }
}
