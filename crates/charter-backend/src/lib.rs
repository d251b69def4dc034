//! What answers a call: ONNX, rules, tables, remote servers.

mod constant;
mod digest;
mod failure;
mod lookup;
pub mod runtime;
#[cfg(test)]
mod testing;
mod values;
