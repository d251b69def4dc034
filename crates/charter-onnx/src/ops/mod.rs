//! Operators of the `ai.onnx` domain, one family a file.

pub(crate) mod arithmetic;
pub(crate) mod broadcast;
pub(crate) mod cast;
pub(crate) mod index;
pub(crate) mod kernel;
pub(crate) mod normalize;
pub(crate) mod product;
pub(crate) mod reduce;
pub(crate) mod shape;
pub(crate) mod top;
pub(crate) mod unary;
