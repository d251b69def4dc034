//! What every call goes through, in this order.
//!
//! | phase | what happens |
//! |---|---|
//! | [`admit`] | the deadline is set; inputs are held against the route's signature and contract |
//! | [`prepare`] | slots become the inputs of each model |
//! | [`answer`] | the graph of nodes answers |
//! | [`inspect`] | each model's answer is held against its signature; decisions are computed |
//! | [`record`] | listeners are told |
//!
//! The order is fixed here; the plan chooses what is in each. `prepare` and the first half of `inspect` run for each model that is called, because each
//! has its own signature.

pub(crate) mod admit;
pub(crate) mod answer;
pub(crate) mod inspect;
pub(crate) mod prepare;
pub(crate) mod record;

use crate::call::{Answer, Call, CallError, Fault};
use crate::code;
use crate::runtime::Runtime;

/// Takes one call through all phases.
pub(crate) async fn run(runtime: &Runtime, mut call: Call) -> Result<Answer, CallError> {
    let began = runtime.clock().now();
    let Some(route) = runtime.plan().routes.get(usize::from(call.route.0)) else {
        return Err(CallError {
            fault: Fault::Caller,
            code: code::ROUTE_UNKNOWN,
            retry: false,
            retry_after_ms: None,
            message: "there is no such route".to_owned(),
        });
    };
    let id = call.route;
    let rows = call.rows;
    let result = match admit::admit(route, &mut call) {
        Ok(()) => answer::answer(runtime, route, &call, began).await,
        Err(error) => Err(error),
    };
    record::record(runtime, id, rows, began, &result);
    result
}
