//! Evaluations of feature flags over OFREP, by flag, variant and reason.
//!
//! Calls ask flags too, for what these turn off; those are not counted here, since a step down tells of each that was.

use super::exposition::Exposition;
use charter_engine::flag::{Evaluation, FlagError, Reason};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most series; evaluations beyond them are counted without names.
const SERIES_MAX: usize = 4_096;
const NAME: &str = "charter_flag_evaluations_total";

/// Flag, variant, reason. Behind a lock: whoever asks for flags waits for a request, not for this.
#[derive(Default)]
pub(super) struct FlagSeries(Mutex<BTreeMap<(String, String, &'static str), u64>>);

impl FlagSeries {
    /// Counts one evaluation. A flag that the plan does not have is counted without its name, which anybody may make up.
    pub(super) fn evaluated(&self, flag: &str, result: &Result<Evaluation, FlagError>) {
        let (flag, variant, reason) = match result {
            Ok(found) => (flag, found.variant.as_deref().unwrap_or_default(), reason(found.reason)),
            Err(error @ FlagError::FlagNotFound(_)) => ("", "", failure(error)),
            Err(error) => (flag, "", failure(error)),
        };
        let mut series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (flag.to_owned(), variant.to_owned(), reason);
        let known = series.len() < SERIES_MAX || series.contains_key(&key);
        *series.entry(if known { key } else { (String::new(), String::new(), reason) }).or_default() += 1;
    }

    pub(super) fn render(&self, out: &mut Exposition) {
        out.family(NAME, "counter", "Evaluations of flags over OFREP by flag, variant and reason, or the error instead of a value.");
        for ((flag, variant, reason), count) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            out.count(NAME, &[("flag", flag), ("variant", variant), ("reason", reason)], *count);
        }
    }
}

const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Static => "static",
        Reason::TargetingMatch => "targeting-match",
        Reason::Split => "split",
        Reason::Default => "default",
        Reason::Disabled => "disabled",
    }
}

const fn failure(error: &FlagError) -> &'static str {
    match error {
        FlagError::FlagNotFound(_) => "flag-not-found",
        FlagError::TargetingKeyMissing => "targeting-key-missing",
        FlagError::ParseError(_) => "parse-error",
        FlagError::InvalidContext(_) => "invalid-context",
        FlagError::General(_) => "general",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(series: &FlagSeries) -> String {
        let mut out = Exposition::new();
        series.render(&mut out);
        out.finish()
    }

    #[test]
    fn names_that_callers_make_up_become_no_series() {
        let series = FlagSeries::default();
        for number in 0..100 {
            let name = format!("made-up-{number}");
            series.evaluated(&name, &Err(FlagError::FlagNotFound(name.clone())));
        }
        let found = Evaluation { value: None, variant: Some("on".to_owned()), reason: Reason::Split };
        series.evaluated("buy-later", &Ok(found));
        series.evaluated("buy-later", &Err(FlagError::TargetingKeyMissing));
        let shown = rendered(&series);
        let samples: Vec<&str> = shown.lines().filter(|line| !line.starts_with('#')).collect();
        let expected = [
            "charter_flag_evaluations_total{flag=\"\",variant=\"\",reason=\"flag-not-found\"} 100",
            "charter_flag_evaluations_total{flag=\"buy-later\",variant=\"\",reason=\"targeting-key-missing\"} 1",
            "charter_flag_evaluations_total{flag=\"buy-later\",variant=\"on\",reason=\"split\"} 1",
        ];
        assert_eq!(samples, expected);
    }

    #[test]
    fn flags_of_plans_long_gone_do_not_grow_without_end() {
        let series = FlagSeries::default();
        for number in 0..SERIES_MAX + 50 {
            let found = Evaluation { value: None, variant: Some("on".to_owned()), reason: Reason::Static };
            series.evaluated(&format!("flag-{number}"), &Ok(found));
        }
        assert!(rendered(&series).contains("{flag=\"\",variant=\"\",reason=\"static\"} 50\n"));
        assert!(series.0.lock().expect("a lock").len() <= SERIES_MAX + 1);
    }
}
