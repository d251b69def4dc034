//! From document to plan.
//!
//! A `Spec` is resolved (holes allowed, every diagnostic, all arithmetic) and, when nothing is wrong, compiled to a [`Plan`]: ids, no names to look
//! up, every limit stated. No I/O, no clock, no dice: files, facts about artifacts and today's date are arguments.
//!
//! | room | what is in it |
//! |---|---|
//! | [`plan`] | the compiled plan: what the engine runs and what everything else reads |
//! | [`resolved`] | the document with every figure that follows from it |
//! | [`contract`] | data contracts as inputs of routes |
//! | [`compile`] | from resolved document to plan, with every problem |
//! | [`explain`] | where a number comes from |
//! | [`tensor`] | datatypes and shapes, shared by plan, engine and edge |
//! | [`artifact`] | what must be known of a model file |
//! | [`evidence`] | one measured result about one requirement |

pub mod arithmetic;
pub mod artifact;
pub mod compile;
pub mod contract;
pub mod evidence;
pub mod explain;
pub mod plan;
pub mod resolved;
pub mod tensor;

pub use compile::{Compiled, ExpressionPlace, PlanCode, compile};
pub use evidence::Evidence;
pub use explain::{Explanation, explain};
pub use plan::Plan;
pub use resolved::{Resolved, resolve};
