//! Which lengths of a model's inputs are the caller's to choose, besides the rows.
//!
//! What such lengths cost does not belong here, nor whether they are allowed: admission has checked them.

use charter_engine::Tensor;
use charter_plan::tensor::{Dimension, TensorSpec};
use std::borrow::Cow;

/// Inputs by position, and their open axes after the rows.
pub(super) struct OpenAxes(Box<[(usize, usize)]>);

impl OpenAxes {
    pub(super) fn of(inputs: &[TensorSpec]) -> Self {
        let axes = inputs.iter().enumerate().flat_map(|(input, spec)| {
            let open = spec.shape.iter().enumerate().skip(1).filter(|(_, dimension)| **dimension == Dimension::Any);
            open.map(move |(axis, _)| (input, axis))
        });
        Self(axes.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The longest length along an open axis; 1 when every length is fixed.
    pub(super) fn longest(&self, inputs: &[Cow<'_, Tensor>]) -> usize {
        let lengths = self.0.iter().filter_map(|&(input, axis)| inputs.get(input)?.shape().get(axis).copied());
        lengths.max().unwrap_or(1).max(1)
    }
}
