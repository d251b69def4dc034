//! The port that reloads the charter: the binary knows where it lies and how it is compiled.

use std::future::Future;
use std::pin::Pin;

/// Reads the charter again and, when nothing is wrong, serves it. Called by one request at a time.
pub trait Reload: Send + Sync {
    /// # Errors
    /// The diagnostics; what was served before is served on.
    fn reload(&self) -> Pin<Box<dyn Future<Output = Result<ReloadReport, ReloadRefused>> + Send + '_>>;
}

/// What a reload did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadReport {
    /// Of the plan that is served now.
    pub fingerprint: String,
    /// Whether it differs from the one before.
    pub changed: bool,
    /// Labels of models that could not be opened; their rungs are closed.
    pub unavailable: Vec<String>,
}

/// Why a reload changed nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct ReloadRefused {
    /// The diagnostics for people.
    pub text: String,
    /// The same for programs.
    pub json: serde_json::Value,
}
