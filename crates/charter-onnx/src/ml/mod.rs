//! Operators of the `ai.onnx.ml` domain other than trees, one family a file.

pub(crate) mod encode;
pub(crate) mod linear;
pub(crate) mod scale;
