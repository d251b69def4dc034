//! The edge: listeners, Open Inference Protocol, admin, metrics.
