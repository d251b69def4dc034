//! Evaluates tabular ONNX models in pure Rust: tree ensembles, linear models, scaling and encoding, small nets.
//!
//! Give [`Model::load`] the bytes of a file; it compiles the graph once: names become numbered slots, constants are folded,
//! trees and weights are packed. [`Model::run`] evaluates a batch with the buffers of a [`Workspace`], so that a repeated call
//! allocates next to nothing. A model with an operator that is not here is refused with the whole list
//! ([`LoadError::Unsupported`]), and the caller may give it to another engine.
//!
//! Results follow ONNX Runtime where the standard is vague, and agree with it within 1e-5 (`tests/differential.rs`).
//! A `ZipMap` at the end is left out: scores are answered as a table, with the labels of its columns in [`ValueInfo::classes`].
//!
//! A model file may be hostile: sizes, indices and shapes are checked when it is loaded or evaluated, data in other files is
//! refused, and results have a limit ([`ELEMENTS_MAX`]).
//!
//! This crate does no I/O and starts no thread.

mod classes;
mod constant;
mod error;
mod explain;
mod graph;
mod inspect;
mod ml;
mod model;
#[cfg(test)]
mod model_tests;
mod node;
mod operator;
mod ops;
mod post_transform;
mod proto;
mod step;
mod tensor;
mod trees;
mod value_info;
mod workspace;

pub use classes::Classes;
pub use error::{LoadError, RunError, Unsupported};
pub use explain::{DEPTH_MAX, ExplainError, TreeExplainer};
pub use inspect::{Inspection, OperatorUse, inspect};
pub use model::{Model, Outputs};
pub use tensor::{ELEMENTS_MAX, ElementType, Elements, RANK_MAX, Tensor, TensorView};
pub use value_info::{Dimension, ValueInfo};
pub use workspace::Workspace;
