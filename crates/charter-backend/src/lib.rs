//! What answers a call: ONNX, rules, tables, remote servers.
//!
//! | room | what is in it |
//! |---|---|
//! | [`Backends`] | opens what answers for a model of the plan |
//! | [`artifact_facts`], [`inspect`] | what is known of a model file |
//! | [`runtime`] | where ONNX Runtime is found, and how it gets there |
//! | `onnx` | models in process: `charter-onnx`, or ONNX Runtime |
//! | `oip` | a remote server that speaks the Open Inference Protocol v2 |
//! | `rule`, `constant`, `lookup` | answers that need no model |
//! | [`fault`] | what fails on purpose: models, the store, the wall clock |
//! | `model_file`, `digest` | reading a file once, beneath the charter's folder |
//!
//! Routes, rungs and guards do not belong here: a backend knows its own model only.

mod constant;
mod digest;
mod failure;
pub mod fault;
mod lookup;
mod model_file;
mod oip;
mod onnx;
mod open;
mod rule;
pub mod runtime;
#[cfg(test)]
mod testing;
mod values;

pub use model_file::read_file_beneath;
pub use onnx::{Engine, Inspected, artifact_facts, inspect};
pub use open::Backends;
