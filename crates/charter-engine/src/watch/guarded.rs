//! A monitor that may fail: after a panic it is not asked again, and nothing is tried out any more.
//!
//! INVARIANT: after a failure nothing is saved over what the monitor saved while it was sound, and calls and flags go on. The watch takes back what only a
//! judge may try out. A new process takes up what was saved. What a monitor does belongs to its port, [`super::monitor`].

use super::command::{Command, Refused, Report};
use super::monitor::{Counted, Monitor, Order, Restored};
use crate::observation::{Observation, Pair};
use crate::runtime::Runtime;
use serde_json::Value;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(super) struct Guarded {
    monitor: Box<dyn Monitor>,
    failed: Option<String>,
    /// The failure was told.
    told: bool,
}

impl Guarded {
    pub(super) fn new(monitor: Box<dyn Monitor>) -> Self {
        Self { monitor, failed: None, told: false }
    }

    /// Why the monitor is not asked any more.
    pub(super) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Whether it has failed since this was asked last.
    pub(super) fn has_just_failed(&mut self) -> bool {
        self.failed.is_some() && !std::mem::replace(&mut self.told, true)
    }

    /// Whether the monitor may still want a document; after a failure nothing is forgotten.
    pub(super) fn needs(&self, key: &str) -> bool {
        if self.failed.is_some() {
            return true;
        }
        catch_unwind(AssertUnwindSafe(|| self.monitor.needs(key))).unwrap_or(true)
    }

    /// What the monitor says, or `None` when it has failed, now or before.
    fn sound<T>(&mut self, doing: &'static str, ask: impl FnOnce(&mut dyn Monitor) -> T) -> Option<T> {
        if self.failed.is_some() {
            return None;
        }
        let monitor = self.monitor.as_mut();
        // What it left half done is never looked at again, so that no broken state is seen.
        match catch_unwind(AssertUnwindSafe(|| ask(monitor))) {
            Ok(said) => Some(said),
            Err(panic) => {
                let reason = format!("the monitor failed while {doing}: {}", text(panic.as_ref()));
                tracing::error!(
                    reason,
                    "nothing is judged any more until the server is started again: candidates that were tried out are taken back"
                );
                self.failed = Some(reason);
                None
            }
        }
    }

    fn refused(&self) -> Refused {
        Refused::Failed(self.failed.clone().unwrap_or_default())
    }

    pub(super) fn plan_changed(&mut self, runtime: &Runtime, unix_ms: u64) -> Vec<String> {
        self.sound("it met a plan", |monitor| monitor.plan_changed(runtime, unix_ms)).unwrap_or_default()
    }

    pub(super) fn restore(&mut self, key: &str, bytes: Option<&[u8]>, unix_ms: u64) -> Restored {
        self.sound("it took up what was kept", |monitor| monitor.restore(key, bytes, unix_ms)).unwrap_or(Restored::Taken)
    }

    pub(super) fn observe(&mut self, observation: &Observation, unix_ms: u64) {
        self.sound("it was told of a call", |monitor| monitor.observe(observation, unix_ms));
    }

    pub(super) fn compared(&mut self, pair: &Pair, unix_ms: u64) {
        self.sound("it compared two answers", |monitor| monitor.compared(pair, unix_ms));
    }

    pub(super) fn counted(&mut self, counted: &Counted) {
        self.sound("it was told how many calls there were", |monitor| monitor.counted(counted));
    }

    pub(super) fn tick(&mut self, unix_ms: u64) -> Vec<Order> {
        self.sound("it decided", |monitor| monitor.tick(unix_ms)).unwrap_or_default()
    }

    pub(super) fn command(&mut self, command: &Command, unix_ms: u64) -> Result<Value, Refused> {
        let said = self.sound("it took a command", |monitor| monitor.command(command, unix_ms));
        said.unwrap_or_else(|| Err(self.refused()))
    }

    pub(super) fn report(&mut self, report: &Report, unix_ms: u64) -> Result<Value, Refused> {
        let said = self.sound("it reported", |monitor| monitor.report(report, unix_ms));
        said.unwrap_or_else(|| Err(self.refused()))
    }

    pub(super) fn save(&mut self, unix_ms: u64, last: bool) -> Vec<(String, Vec<u8>)> {
        self.sound("it saved", |monitor| monitor.save(unix_ms, last)).unwrap_or_default()
    }
}

/// What a panic said.
fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it did not say why")
}
