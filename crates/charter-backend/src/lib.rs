//! What answers a call: ONNX, rules, tables, remote servers.
