//! Evaluates tabular ONNX models in pure Rust.
