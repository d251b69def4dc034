//! From document to plan.
//!
//! A `Spec` is resolved (holes allowed, every diagnostic, all arithmetic) and, when nothing is wrong, compiled to a [`Plan`]: ids, no names to look
//! up, every limit stated. No I/O, no clock, no dice: files, facts about artifacts and today's date are arguments.
//!
//! | room | what is in it |
//! |---|---|
//! | [`plan`] | the compiled plan: what the engine runs and what everything else reads |
//! | [`resolved`] | the document with every figure that follows from it |
//! | [`buckets`] | the buckets that latencies are counted in |
//! | [`contract`] | data contracts as inputs of routes |
//! | [`compile`] | from resolved document to plan, with every problem |
//! | [`explain`] | where a number comes from |
//! | [`tensor`] | datatypes and shapes, shared by plan, engine and edge |
//! | [`artifact`] | what must be known of a model file |
//! | [`evidence`] | one measured result about one requirement |
//! | [`age`] | how old something is that has to be made anew |
//! | [`standing`] | what the evidence says of each requirement today |
//! | [`criterion`] | whether a criterion is met, by charter and evidence |
//! | [`decision`] | decisions weighed, and what would turn them over |
//! | [`gate`] | the gate of a phase, answered from evidence; sign-offs |
//! | [`tradeoff`] | candidates of a route, and which of them are worth having |
//! | [`what_if`] | which figures change when a charter says something else |
//! | [`trace`] | one graph of requirements, mechanisms, proofs, decisions and risks |

pub mod age;
pub mod arithmetic;
pub mod artifact;
pub mod buckets;
pub mod compile;
pub mod contract;
pub mod criterion;
pub mod decision;
pub mod evidence;
pub mod explain;
pub mod gate;
pub mod plan;
pub mod resolved;
pub mod standing;
pub mod tensor;
pub mod trace;
pub mod tradeoff;
pub mod what_if;

pub use compile::{Compiled, ExpressionPlace, PlanCode, compile};
pub use evidence::Evidence;
pub use explain::{Explanation, explain};
pub use plan::Plan;
pub use resolved::{Resolved, resolve};
