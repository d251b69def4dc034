//! Proves requirements: evaluation, load, evidence.
