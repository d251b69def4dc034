//! The one public table of error codes: what a caller sees, whose fault it is, and whether trying again can help.
//!
//! Diagnostics of a charter do not belong here; they have their own rule codes.

use charter_engine::Fault;

/// A public error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    BadRequest,
    BadHost,
    BadEncoding,
    BadJson,
    BadInput,
    BadOutputs,
    BadBinary,
    BadDeadline,
    OutputNeedsBinary,
    IdentityRequired,
    ForeignOrigin,
    UnknownPath,
    RouteUnknown,
    VersionUnknown,
    PinningOff,
    MethodNotAllowed,
    NotSupported,
    RequestTimeout,
    BodyTooLarge,
    HeadTooLarge,
    ReloadRefused,
    ReloadBusy,
    NameUnknown,
    NotNow,
    WatchBusy,
    StoreUnavailable,
    ChaosOff,
    FaultRefused,
    InputCount,
    InputDatatype,
    InputShape,
    InputNotFinite,
    InputRange,
    InputNotAllowed,
    InputRejected,
    Rows,
    Overloaded,
    MemoryLimit,
    NoRungLeft,
    DeadlineExceeded,
    DecisionFailed,
    Draining,
    Internal,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicError {
    /// Stable name, as it stands in metrics and answers.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    pub fault: Fault,
    /// Whether the same request may succeed later without a change. A single answer may differ where the engine knows its reason.
    pub retry: bool,
    pub meaning: &'static str,
}

const fn row(code: &'static str, status: u16, fault: Fault, retry: bool, meaning: &'static str) -> PublicError {
    PublicError { code, status, fault, retry, meaning }
}

impl Code {
    pub const ALL: [Self; 43] = [
        Self::BadRequest,
        Self::BadHost,
        Self::BadEncoding,
        Self::BadJson,
        Self::BadInput,
        Self::BadOutputs,
        Self::BadBinary,
        Self::BadDeadline,
        Self::OutputNeedsBinary,
        Self::IdentityRequired,
        Self::ForeignOrigin,
        Self::UnknownPath,
        Self::RouteUnknown,
        Self::VersionUnknown,
        Self::PinningOff,
        Self::MethodNotAllowed,
        Self::NotSupported,
        Self::RequestTimeout,
        Self::BodyTooLarge,
        Self::HeadTooLarge,
        Self::ReloadRefused,
        Self::ReloadBusy,
        Self::NameUnknown,
        Self::NotNow,
        Self::WatchBusy,
        Self::StoreUnavailable,
        Self::ChaosOff,
        Self::FaultRefused,
        Self::InputCount,
        Self::InputDatatype,
        Self::InputShape,
        Self::InputNotFinite,
        Self::InputRange,
        Self::InputNotAllowed,
        Self::InputRejected,
        Self::Rows,
        Self::Overloaded,
        Self::MemoryLimit,
        Self::NoRungLeft,
        Self::DeadlineExceeded,
        Self::DecisionFailed,
        Self::Draining,
        Self::Internal,
    ];

    /// The row of the table.
    pub const fn entry(self) -> PublicError {
        use Fault::{Caller, Charter, Upstream};
        match self {
            Self::BadRequest => row("bad-request", 400, Caller, false, "the HTTP request breaks a rule of the strict layer"),
            Self::BadHost => row("bad-host", 421, Caller, false, "the `Host` is not one that this listener answers for"),
            Self::BadEncoding => row("bad-encoding", 415, Caller, false, "the body has a `Content-Encoding`; send it uncompressed"),
            Self::BadJson => row("bad-json", 400, Caller, false, "the body is not the JSON that the protocol asks for"),
            Self::BadInput => row("bad-input", 400, Caller, false, "an input is missing, unknown, named twice, or its data cannot be read"),
            Self::BadOutputs => row("bad-outputs", 400, Caller, false, "the requested outputs do not fit the route's signature"),
            Self::BadBinary => row("bad-binary", 400, Caller, false, "sizes or bytes of the binary tensor extension do not add up"),
            Self::BadDeadline => row("bad-deadline", 400, Caller, false, "`x-deadline-ms` is not a positive whole number of milliseconds"),
            Self::OutputNeedsBinary => {
                row("output-needs-binary", 400, Caller, false, "an output holds bytes that are not text; ask for `binary_data`")
            }
            Self::IdentityRequired => row("identity-required", 401, Caller, false, "the route answers only identities that it names"),
            Self::ForeignOrigin => {
                row("foreign-origin", 403, Caller, false, "a web page of another origin asked for a change on the admin side")
            }
            Self::UnknownPath => row("unknown-path", 404, Caller, false, "there is nothing at this path"),
            Self::RouteUnknown => row("route-unknown", 404, Caller, false, "no route has this name"),
            Self::VersionUnknown => {
                row("version-unknown", 404, Caller, false, "the route has no such version, or does not let callers choose one")
            }
            Self::PinningOff => row("pinning-off", 403, Caller, false, "the route does not let callers choose a version"),
            Self::MethodNotAllowed => row("method-not-allowed", 405, Caller, false, "the path does not take this method"),
            Self::NotSupported => {
                row("not-supported", 501, Caller, false, "the endpoint belongs to the protocol, but this server does not offer it")
            }
            Self::RequestTimeout => row("request-timeout", 408, Caller, true, "the body came too slowly"),
            Self::BodyTooLarge => row("body-too-large", 413, Caller, false, "the body is larger than the plan allows"),
            Self::HeadTooLarge => row("head-too-large", 431, Caller, false, "the request line and headers are larger than the plan allows"),
            Self::ReloadRefused => row("reload-refused", 422, Caller, false, "the new charter has errors; the old plan goes on"),
            Self::ReloadBusy => row("reload-busy", 409, Caller, true, "another reload is under way"),
            Self::NameUnknown => row("name-unknown", 404, Caller, false, "nothing in the plan has that name, or the fault has ended"),
            Self::NotNow => {
                row("not-now", 409, Caller, false, "the order does not fit the state that it would change; the message says which do")
            }
            Self::WatchBusy => row("watch-busy", 503, Charter, true, "too many orders wait, or the server is ending"),
            Self::StoreUnavailable => row("store-unavailable", 503, Charter, true, "what was kept cannot be read; the log has the reason"),
            Self::ChaosOff => row("chaos-off", 403, Caller, false, "the charter does not allow faults on purpose"),
            Self::FaultRefused => {
                row("fault-refused", 422, Caller, false, "the fault is not possible there, or larger than the charter allows")
            }
            Self::InputCount => row("input-count", 400, Caller, false, "the request does not hold exactly the route's inputs"),
            Self::InputDatatype => row("input-datatype", 400, Caller, false, "an input has another datatype than the route's signature"),
            Self::InputShape => row("input-shape", 400, Caller, false, "an input has another shape than the route's signature"),
            Self::InputNotFinite => {
                row("input-not-finite", 400, Caller, false, "an input holds a NaN or infinite value and its contract allows none")
            }
            Self::InputRange => row("input-range", 400, Caller, false, "an input holds a value outside the limits of its contract"),
            Self::InputNotAllowed => row("input-not-allowed", 400, Caller, false, "an input holds a text that its contract does not list"),
            Self::InputRejected => row("input-rejected", 400, Caller, false, "every model that was asked rejects the input"),
            Self::Rows => row("rows", 400, Caller, false, "the request has no row, or more rows than the route takes"),
            Self::Overloaded => row("overloaded", 429, Charter, true, "the concurrency limit is reached and no rung below has room"),
            Self::MemoryLimit => row("memory-limit", 503, Charter, true, "too many request bodies are in memory at once"),
            Self::NoRungLeft => row("no-rung-left", 503, Upstream, true, "every rung of the route's ladder failed"),
            Self::DeadlineExceeded => row("deadline-exceeded", 504, Upstream, true, "no answer within the deadline"),
            Self::DecisionFailed => {
                row("decision-failed", 500, Charter, false, "the models answered, but a decision cannot be computed from the answers")
            }
            Self::Draining => row("draining", 503, Charter, true, "the server is shutting down; another one may answer"),
            Self::Internal => row("internal", 500, Charter, true, "Charter failed; the log has the reason"),
        }
    }

    /// The stable name.
    pub const fn name(self) -> &'static str {
        self.entry().code
    }

    /// Finds a code by its stable name; the engine speaks in names.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }
}

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    /// Names the input and the rule, never a value, a path or an address.
    pub(crate) message: String,
    /// Whether the same request may succeed later without a change: what the table says, unless the engine knows better.
    pub(crate) retry: bool,
}

impl Refusal {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry: code.entry().retry }
    }
}

/// The caller's own word for a message: cut short, without control characters.
pub(crate) fn quoted(word: &str) -> String {
    const LENGTH_MAX: usize = 64;
    let mut shown: String = word.chars().take(LENGTH_MAX).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    if word.chars().nth(LENGTH_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_row_and_is_found_by_its_name() {
        for code in Code::ALL {
            assert_eq!(Code::named(code.name()), Some(code));
            let entry = code.entry();
            assert!((400..600).contains(&entry.status));
            assert_eq!(entry.fault == Fault::Caller && entry.status >= 500, code == Code::NotSupported);
        }
    }

    #[test]
    fn every_code_of_the_engine_is_in_the_table() {
        for (code, _) in charter_engine::code::CODES {
            assert!(Code::named(code).is_some(), "{code}");
        }
    }

    #[test]
    fn a_quoted_word_is_short_and_printable() {
        assert_eq!(quoted("a\u{0}b"), "`a\u{fffd}b`");
        assert!(quoted(&"x".repeat(1000)).chars().count() < 70);
    }
}
