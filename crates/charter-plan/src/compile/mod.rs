//! From a resolved charter to a plan that can be run.

mod codes;

pub use codes::PlanCode;
