//! The same hour of the week as a second reference: what is as it was a week ago is a season, no drift.

use super::compare::{Comparison, compare_windows};
use super::reference::Reference;
use super::span::hour_of_week;
use super::window::{Misfit, Window};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a column looked like in each hour of the week, in the newest two weeks that have that hour: at most 336 windows, 1 MB.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Season {
    hours: BTreeMap<u8, Hour>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Hour {
    /// Hours since the epoch.
    at: u64,
    window: Window,
    /// The week before, while this one is not over.
    before: Option<Window>,
}

impl Season {
    /// Takes a window that ended at `at_ms`. Windows of one hour of one week add up; those of an older week are replaced.
    pub fn add(&mut self, window: &Window, at_ms: u64) -> Result<(), Misfit> {
        let at = at_ms / 3_600_000;
        match self.hours.get_mut(&hour_of_week(at_ms)) {
            Some(hour) if hour.at == at => hour.window.merge(window),
            Some(hour) => {
                hour.before = Some(std::mem::replace(&mut hour.window, window.clone()));
                hour.at = at;
                Ok(())
            }
            None => {
                self.hours.insert(hour_of_week(at_ms), Hour { at, window: window.clone(), before: None });
                Ok(())
            }
        }
    }

    /// A window against the same hour of an earlier week; `None` when there was none.
    pub fn compare(&self, reference: &Reference, window: &Window, at_ms: u64) -> Option<Comparison> {
        let hour = self.hours.get(&hour_of_week(at_ms))?;
        let earlier = if hour.at < at_ms / 3_600_000 { Some(&hour.window) } else { hour.before.as_ref() };
        compare_windows(reference, earlier?, window).ok()
    }
}
