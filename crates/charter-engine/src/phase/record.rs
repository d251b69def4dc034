//! Tells listeners how a call ended.
//!
//! What happened inside is told where it happens: by permits and ladders.

use crate::call::{Answer, CallError};
use crate::context::Moment;
use crate::runtime::Runtime;
use crate::signal::{Outcome, Signal};
use charter_plan::plan::RouteId;

pub(crate) fn record(runtime: &Runtime, route: RouteId, rows: usize, began: Moment, result: &Result<Answer, CallError>) {
    let outcome = match result {
        Ok(answer) => Outcome::Answered { model: answer.served.model, rung: answer.served.rung },
        Err(error) => Outcome::Failed { code: error.code },
    };
    let duration = runtime.clock().now().since(began);
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    runtime.listener().hear(&Signal::CallEnded { route, outcome, rows, duration });
}
