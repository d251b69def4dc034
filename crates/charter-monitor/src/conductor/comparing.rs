//! One comparison: its comparer, and how it is kept.
//!
//! What agreement means belongs to [`crate::comparison`].

use super::documents::{Kept, key, pause_ms};
use crate::comparison::Comparer;
use charter_engine::observation::Pair;
use charter_plan::plan::Comparison;
use charter_plan::tensor::TensorSpec;
use serde_json::{Value, json};

/// Saved each second at most up to this size.
const SMALL_BYTES: usize = 64 << 10;

/// Inputs and answers of a route.
type Specs = (Vec<TensorSpec>, Vec<TensorSpec>);

pub(super) struct Comparing {
    settings: Comparison,
    specs: Specs,
    comparer: Comparer,
    /// What is kept has been read, or there is nothing.
    known: bool,
    /// Pairs or a new beginning since the last save.
    changed: bool,
    save_at_ms: u64,
    kept: Kept,
}

impl Comparing {
    /// The same comparison of the plan before, or one whose kept state has to be read.
    pub(super) fn take_over(settings: Comparison, specs: Specs, before: &mut Vec<Self>) -> Self {
        let alike = |old: &Comparison| Comparison { id: settings.id, route: settings.route, ..old.clone() };
        if let Some(place) = before.iter().position(|old| alike(&old.settings) == settings && old.specs == specs) {
            return Self { settings, ..before.swap_remove(place) };
        }
        let comparer = Comparer::new(settings.clone(), &specs.0, &specs.1);
        Self { settings, specs, comparer, known: false, changed: false, save_at_ms: 0, kept: Kept::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Apart for other versions, so that what was compared before a change of versions is neither mixed in nor lost.
    pub(super) fn key(&self) -> String {
        key("comparison", &self.settings.name, [&self.settings.primary, &self.settings.mirror])
    }

    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// What cannot be read, or is about other answers, begins anew: a comparison decides nothing by itself.
    pub(super) fn restore(&mut self, bytes: Option<&[u8]>) {
        let saved = bytes.and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
        if let Some(comparer) = saved.and_then(|saved| Comparer::restore(self.settings.clone(), &self.specs.0, &self.specs.1, &saved).ok())
        {
            self.comparer = comparer;
            self.kept.note(bytes.unwrap_or_default());
        }
        self.known = true;
    }

    /// Folds a pair in; whether it agrees.
    pub(super) fn compare(&mut self, pair: &Pair, seed: u64) -> bool {
        self.changed = true;
        self.comparer.compare(pair, seed).agrees
    }

    pub(super) fn begin_anew(&mut self) {
        self.comparer = Comparer::new(self.settings.clone(), &self.specs.0, &self.specs.1);
        self.changed = true;
        self.save_at_ms = 0;
    }

    pub(super) fn summary(&self) -> Value {
        let (pairs, disagreeing) = self.comparer.totals();
        json!({
            "name": self.settings.name,
            "primary": self.settings.primary,
            "mirror": self.settings.mirror,
            "pairs": pairs,
            "disagreeing": disagreeing,
            "verdict": self.comparer.verdict(),
        })
    }

    /// The report as structure, and as table.
    pub(super) fn report(&self) -> Value {
        let report = self.comparer.report();
        let table = report.table();
        // Reports are plain structures; one that had no JSON would be shown as its summary.
        let mut value = serde_json::to_value(report).unwrap_or_else(|_| self.summary());
        if let Some(value) = value.as_object_mut() {
            value.insert("table".to_owned(), json!(table));
        }
        value
    }

    /// A new beginning at once; pairs as often as the size allows.
    pub(super) fn save(&mut self, unix_ms: u64, last: bool) -> Option<(String, Vec<u8>)> {
        if !self.known || !self.changed || unix_ms < self.save_at_ms && !last {
            return None;
        }
        self.changed = false;
        let state = self.comparer.save().ok()?;
        let bytes = self.kept.changed(&state)?;
        // What is small is kept with every save of the watch.
        if bytes.len() > SMALL_BYTES {
            self.save_at_ms = unix_ms + pause_ms(bytes.len());
        }
        Some((self.key(), bytes))
    }
}
