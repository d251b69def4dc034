//! The public codes of calls that got no answer.
//!
//! How a protocol shows them belongs to the edge.

/// Each code with what it means for the caller.
pub const CODES: [(&str, &str); 14] = [
    (INPUT_COUNT, "the request does not hold exactly the route's inputs"),
    (INPUT_DATATYPE, "an input has another datatype than the route's signature"),
    (INPUT_SHAPE, "an input has another shape than the route's signature"),
    (INPUT_NOT_FINITE, "an input holds a NaN or infinite value and its contract allows none"),
    (INPUT_RANGE, "an input holds a value outside the limits of its contract"),
    (INPUT_NOT_ALLOWED, "an input holds a text that its contract does not list"),
    (INPUT_REJECTED, "every model that was asked rejects the input"),
    (ROWS, "the request has no row, or more rows than the route takes"),
    (VERSION_UNKNOWN, "the route has no such version, or does not let callers choose one"),
    (ROUTE_UNKNOWN, "there is no such route"),
    (DEADLINE, "the time for the call is over"),
    (OVERLOADED, "every model that could answer has as many calls as it can take"),
    (NO_RUNG_LEFT, "no rung of the route could answer"),
    (DECISION_FAILED, "the models answered, but a decision cannot be computed from the answers"),
];

pub const INPUT_COUNT: &str = "input-count";
pub const INPUT_DATATYPE: &str = "input-datatype";
pub const INPUT_SHAPE: &str = "input-shape";
pub const INPUT_NOT_FINITE: &str = "input-not-finite";
pub const INPUT_RANGE: &str = "input-range";
pub const INPUT_NOT_ALLOWED: &str = "input-not-allowed";
pub const INPUT_REJECTED: &str = "input-rejected";
pub const ROWS: &str = "rows";
pub const VERSION_UNKNOWN: &str = "version-unknown";
pub const ROUTE_UNKNOWN: &str = "route-unknown";
pub const DEADLINE: &str = "deadline-exceeded";
pub const OVERLOADED: &str = "overloaded";
pub const NO_RUNG_LEFT: &str = "no-rung-left";
pub const DECISION_FAILED: &str = "decision-failed";
