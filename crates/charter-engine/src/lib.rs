//! Runs a plan: phases, nodes, guards, reload.
//!
//! | room | what is in it |
//! |---|---|
//! | [`tensor`] | values of a tensor, row dimension first |
//! | [`call`] | one call: what came in, what goes out, whose fault it is when nothing does |
//! | [`backend`] | the port that models are called through |
//! | [`context`] | the only door for time and chance |
//! | [`signal`] | what happened, told to whoever listens |
//!
//! HTTP, databases and file formats do not belong here.

pub mod backend;
pub mod call;
pub mod context;
pub mod signal;
pub mod tensor;

pub use backend::{Backend, BackendError, Failure, Inference, OpenBackend, Request, Unavailable};
pub use call::{Answer, Call, CallError, Fault, Served, StepDown};
pub use context::{Clock, Context, Moment};
pub use signal::{Listen, Signal};
pub use tensor::{Tensor, Texts, Values};
