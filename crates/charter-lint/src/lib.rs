//! The rule registry: one file a rule.
