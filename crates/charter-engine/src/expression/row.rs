//! One row of the variables.
//!
//! Types have been checked when the expression was compiled; a value of another type is trouble, not a panic.

use super::typed::Trouble;
use crate::tensor::{Tensor, Values};

#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) slots: &'a [&'a Tensor],
    pub(super) row: usize,
}

impl<'a> Row<'a> {
    fn values(&self, slot: usize) -> Result<&'a Values, Trouble> {
        self.slots.get(slot).map(|tensor| tensor.values()).ok_or(Trouble::Missing)
    }

    pub(super) fn bool(&self, slot: usize) -> Result<bool, Trouble> {
        match self.values(slot)? {
            Values::Bool(values) => values.get(self.row).copied().ok_or(Trouble::Missing),
            _ => Err(Trouble::Missing),
        }
    }

    pub(super) fn double(&self, slot: usize) -> Result<f64, Trouble> {
        let value = match self.values(slot)? {
            Values::Fp64(values) => values.get(self.row).copied(),
            Values::Fp32(values) => values.get(self.row).map(|&value| f64::from(value)),
            Values::Fp16(values) => values.get(self.row).map(|value| value.to_f64()),
            Values::Bf16(values) => values.get(self.row).map(|value| value.to_f64()),
            _ => None,
        };
        value.ok_or(Trouble::Missing)
    }

    pub(super) fn int(&self, slot: usize) -> Result<i64, Trouble> {
        let value = match self.values(slot)? {
            Values::Int64(values) => values.get(self.row).copied(),
            Values::Int32(values) => values.get(self.row).map(|&value| i64::from(value)),
            Values::Int16(values) => values.get(self.row).map(|&value| i64::from(value)),
            Values::Int8(values) => values.get(self.row).map(|&value| i64::from(value)),
            Values::Uint32(values) => values.get(self.row).map(|&value| i64::from(value)),
            Values::Uint16(values) => values.get(self.row).map(|&value| i64::from(value)),
            Values::Uint8(values) => values.get(self.row).map(|&value| i64::from(value)),
            Values::Uint64(values) => {
                return values.get(self.row).ok_or(Trouble::Missing).and_then(|&value| value.try_into().map_err(|_| Trouble::Overflow));
            }
            _ => None,
        };
        value.ok_or(Trouble::Missing)
    }

    pub(super) fn text(&self, slot: usize) -> Result<&'a str, Trouble> {
        let Values::Bytes(texts) = self.values(slot)? else { return Err(Trouble::Missing) };
        let bytes = texts.get(self.row).ok_or(Trouble::Missing)?;
        std::str::from_utf8(bytes).map_err(|_| Trouble::NotText)
    }
}
