//! Short ways to say why there is no answer.
//!
//! Which kinds exist is the engine's to say.

use charter_engine::{BackendError, Failure, Unavailable};

pub(crate) fn failed(failure: Failure, message: impl Into<String>) -> BackendError {
    BackendError { failure, message: message.into() }
}

pub(crate) fn unavailable(reason: impl Into<String>, help: impl Into<String>) -> Unavailable {
    Unavailable { reason: reason.into(), help: help.into() }
}
