//! What an evaluation gives: `OpenFeature`'s reasons and error codes (specification, sections 1.4 and 2.2), by the names that OFREP sends.
//!
//! How a value is found belongs to [`super::rule`].

use serde_json::Value;
use std::fmt;

/// A flag's value for one context.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// `None` only where the flag is disabled: callers take their own default.
    pub value: Option<Value>,
    pub variant: Option<String>,
    pub reason: Reason,
}

/// Why it is this value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The same for every context: no rules, or an operator's choice.
    Static,
    /// A rule applies to the context.
    TargetingMatch,
    /// A rule applies, and the targeting key decides by shares.
    Split,
    /// There are rules and none applies.
    Default,
    Disabled,
}

impl Reason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::Split => "SPLIT",
            Self::Default => "DEFAULT",
            Self::Disabled => "DISABLED",
        }
    }
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagError {
    FlagNotFound(String),
    /// A split needs a targeting key and the context has none.
    TargetingKeyMissing,
    /// A rule of the flag is no expression.
    ParseError(String),
    /// The context is no object, or its targeting key no text.
    InvalidContext(String),
    General(String),
}

impl FlagError {
    /// `OpenFeature`'s error code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FlagNotFound(_) => "FLAG_NOT_FOUND",
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::ParseError(_) => "PARSE_ERROR",
            Self::InvalidContext(_) => "INVALID_CONTEXT",
            Self::General(_) => "GENERAL",
        }
    }
}

impl fmt::Display for FlagError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FlagNotFound(name) => write!(formatter, "there is no flag `{name}`"),
            Self::TargetingKeyMissing => formatter.write_str("the flag is split by targeting key and the context has none"),
            Self::ParseError(what) => write!(formatter, "a rule of the flag cannot be read: {what}"),
            Self::InvalidContext(what) => write!(formatter, "the context cannot be used: {what}"),
            Self::General(what) => formatter.write_str(what),
        }
    }
}

impl std::error::Error for FlagError {}
