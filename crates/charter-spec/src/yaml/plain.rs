//! A value without a shape of its own: a fixed answer, a flag's variant.

use crate::source::Spanned;

/// A value as YAML 1.2 reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number, finite.
    Float(f64),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<Spanned<Plain>>),
}
