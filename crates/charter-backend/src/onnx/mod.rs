//! ONNX models in process: `charter-onnx` where it evaluates every operator, ONNX Runtime where it does not.
//!
//! | room | what is in it |
//! |---|---|
//! | [`open`] | which engine runs a model, and its backend |
//! | [`facts`] | what compilation and people want to know of a file |
//! | [`evaluator`] | models that `charter-onnx` evaluates |
//! | [`session`] | models that ONNX Runtime runs |
//! | [`value`] | tensors to and from ONNX Runtime |
//! | [`signature`] | what a model says it takes and gives |
//! | [`open_axes`] | which lengths are the caller's to choose |
//! | [`cost`] | how long calls take, and which are short |
//! | [`warm_up`] | one small call before the first real one: does it work, how long does it take |
//! | [`in_process`] | short calls at once, long ones beside the async workers |
//! | [`slots`] | a bounded pool whose members are never waited for while one is free |
//! | [`external`] | whether a model keeps tensors in other files |
//!
//! Where files lie and which route asks does not belong here.

mod cost;
mod evaluator;
mod external;
mod facts;
mod in_process;
mod open;
mod open_axes;
mod session;
mod signature;
mod slots;
#[cfg(test)]
mod tests;
mod value;
mod warm_up;

pub use facts::{Engine, Inspected, artifact_facts, inspect};
pub(crate) use open::open;
