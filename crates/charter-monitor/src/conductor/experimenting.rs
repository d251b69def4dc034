//! One experiment: its ledger, whether it runs, and how both are kept.
//!
//! Whether it runs is a small document that replicas share. The books are this process's own: replicas on one store each keep theirs, and the later write
//! stands. What the figures say belongs to [`crate::experiment`].

use super::documents::{Kept, bytes, pause_ms};
use crate::experiment::{Ledger, Measured, Outcome, Received};
use charter_engine::watch::{Order, Refused, Restored};
use charter_plan::plan::Experiment;
use charter_plan::tensor::TensorSpec;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The log of starts and ends.
const LOG: &str = "experiments";
/// How often the running figures are taken.
const LOOK_MS: u64 = 60_000;

pub(super) struct Experimenting {
    settings: Experiment,
    answers: Vec<TensorSpec>,
    ledger: Ledger,
    run: Run,
    /// What is kept has been read, or there is nothing: whether it runs, and the books.
    known: [bool; 2],
    told: Option<bool>,
    orders: Vec<Order>,
    changed: bool,
    look_at_ms: u64,
    save_at_ms: u64,
    /// Share of the units that the books took in when it was last said.
    sampled: f64,
    kept: [Kept; 2],
}

/// Whether an experiment runs, and who says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Run {
    running: bool,
    by: String,
    /// Since when; 0 for never commanded.
    since_ms: u64,
}

impl Experimenting {
    /// The experiment of the plan before where its books are about the same, else one whose kept state has to be read.
    pub(super) fn take_over(settings: Experiment, answers: Vec<TensorSpec>, before: &mut Vec<Self>, unix_ms: u64) -> Self {
        let alike = |old: &Experiment| Experiment { id: settings.id, route: settings.route, ..old.clone() };
        if let Some(place) = before.iter().position(|old| alike(&old.settings) == settings && old.answers == answers) {
            return Self { settings, told: None, ..before.swap_remove(place) };
        }
        let known = before.iter().position(|old| old.name() == settings.name && old.answers == answers && old.is_known());
        if let Some(old) = known.map(|place| before.swap_remove(place)) {
            let restored = old.ledger.save().ok().map(|state| Ledger::restore(settings.clone(), &answers, &state));
            return match restored {
                Some(Ok(ledger)) => Self { ledger, settings, told: None, changed: true, ..old },
                // Whether it runs is said by name; what was counted under other settings is about something else.
                Some(Err(_)) | None => {
                    let mut anew = Self::new(settings, answers);
                    (anew.run, anew.known) = (old.run, [true; 2]);
                    anew.note(unix_ms, "charter", "it has other arms, shares, metrics or another salt: its books begin anew");
                    anew
                }
            };
        }
        Self::new(settings, answers)
    }

    fn new(settings: Experiment, answers: Vec<TensorSpec>) -> Self {
        Self {
            ledger: Ledger::new(settings.clone(), &answers),
            settings,
            answers,
            run: Run::default(),
            known: [false; 2],
            told: None,
            orders: Vec::new(),
            changed: false,
            look_at_ms: 0,
            save_at_ms: 0,
            sampled: 1.0,
            kept: [Kept::default(), Kept::default()],
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    pub(super) fn run_key(&self) -> String {
        format!("experiment/{}", self.settings.name)
    }

    pub(super) fn books_key(&self) -> String {
        format!("books/{}", self.settings.name)
    }

    pub(super) fn is_known(&self) -> bool {
        self.known == [true; 2]
    }

    /// Takes what somebody wrote of whether it runs, unless what is said here is later.
    pub(super) fn restore_run(&mut self, kept: Option<&[u8]>) -> Restored {
        self.known[0] = true;
        let theirs = kept.and_then(|kept| serde_json::from_slice::<Run>(kept).ok()).unwrap_or_default();
        if theirs.since_ms >= self.run.since_ms {
            self.run = theirs;
            self.kept[0].note(kept.unwrap_or_default());
            return Restored::Taken;
        }
        Restored::Own(self.run_document())
    }

    /// Takes the books once; later writes are of other processes, whose units are others.
    pub(super) fn restore_books(&mut self, kept: Option<&[u8]>, unix_ms: u64) {
        if std::mem::replace(&mut self.known[1], true) {
            return;
        }
        let Some(kept) = kept else { return };
        let saved = serde_json::from_slice::<Value>(kept).map_err(|error| error.to_string());
        match saved.and_then(|saved| Ledger::restore(self.settings.clone(), &self.answers, &saved).map_err(|error| format!("{error:?}"))) {
            Ok(ledger) => {
                self.sampled = ledger.sampled();
                self.ledger = ledger;
                self.kept[1].note(kept);
            }
            Err(reason) => self.note(unix_ms, "charter", &format!("the kept books cannot be used ({reason}): they begin anew")),
        }
    }

    /// One call of a unit, or a further answer of it. The first call of a unit is logged as its exposure.
    pub(super) fn exposed(&mut self, unit: u64, arm: u8, measured: &Measured, unix_ms: u64) {
        if !self.is_known() {
            return;
        }
        self.changed = true;
        if !measured.further && self.ledger.expose(unit, arm, unix_ms) {
            let name = self.settings.arms.get(usize::from(arm)).map_or("", |arm| arm.name.as_str());
            let line = json!({ "unit": format!("{unit:016x}"), "arm": name, "at_ms": unix_ms });
            self.orders.push(Order::Record { log: format!("exposures/{}", self.settings.name), bytes: bytes(&line) });
        }
        self.ledger.observe(unit, unix_ms, measured);
        if self.ledger.sampled() < self.sampled {
            self.sampled = self.ledger.sampled();
            let left =
                format!("its books are full: one unit of {:.0} is counted from here on, which widens the intervals", 1.0 / self.sampled);
            self.note(unix_ms, "charter", &left);
        }
    }

    /// What became known after a call.
    pub(super) fn outcome(&mut self, outcome: Outcome<'_>) -> Result<Value, Refused> {
        if !self.is_known() {
            return Err(self.unknown());
        }
        self.changed = true;
        match self.ledger.outcome(outcome) {
            Received::Unusable => {
                Err(Refused::Unfit(format!("no metric of experiment `{}` takes an outcome `{}` of that value", self.name(), outcome.name)))
            }
            received => Ok(json!({ "experiment": self.settings.name, "received": received })),
        }
    }

    pub(super) fn set_running(&mut self, running: bool, by: &str, unix_ms: u64) -> Result<Value, Refused> {
        if !self.is_known() {
            return Err(self.unknown());
        }
        if running == self.run.running {
            let state = if running { "runs already" } else { "does not run" };
            return Err(Refused::Unfit(format!("experiment `{}` {state}", self.name())));
        }
        self.turn(running, by, unix_ms);
        Ok(self.status())
    }

    fn turn(&mut self, running: bool, by: &str, unix_ms: u64) {
        self.run = Run { running, by: by.to_owned(), since_ms: unix_ms.max(self.run.since_ms.saturating_add(1)) };
        self.note(unix_ms, by, if running { "started" } else { "ended" });
    }

    /// Starts by itself at its stated time, unless somebody has said something before, and ends after its longest time.
    pub(super) fn tick(&mut self, unix_ms: u64) -> Vec<Order> {
        if self.is_known() {
            let due = self.settings.starts_unix_ms.is_some_and(|starts| unix_ms >= starts);
            if due && self.run.since_ms == 0 {
                self.turn(true, "charter", unix_ms);
            }
            let over = |max: u64| unix_ms.saturating_sub(self.run.since_ms) >= max;
            if self.run.running && self.settings.max_duration_ms.is_some_and(over) {
                self.turn(false, "charter", unix_ms);
            }
            if self.run.running && unix_ms >= self.look_at_ms {
                self.ledger.look(unix_ms);
                self.look_at_ms = unix_ms + LOOK_MS;
            }
        }
        let running = self.is_known() && self.run.running;
        if self.told != Some(running) {
            self.told = Some(running);
            self.orders.push(Order::Experiment { experiment: self.settings.id, running });
        }
        std::mem::take(&mut self.orders)
    }

    pub(super) fn status(&self) -> Value {
        let arms: Vec<Value> = self.ledger.units_by_arm().map(|(arm, units)| json!({ "arm": arm, "units": units })).collect();
        json!({
            "name": self.settings.name,
            "restored": self.is_known(),
            "running": self.run.running,
            "by": self.run.by,
            "since_ms": self.run.since_ms,
            "arms": arms,
            "sampled": self.ledger.sampled(),
        })
    }

    /// Its status, and the report as structure, as table and as picture.
    pub(super) fn report(&self, unix_ms: u64) -> Value {
        let report = self.ledger.report(unix_ms);
        let mut status = self.status();
        if let Some(status) = status.as_object_mut() {
            status.insert("table".to_owned(), json!(report.table()));
            status.insert("picture".to_owned(), json!(report.picture()));
            status.insert("report".to_owned(), serde_json::to_value(report).unwrap_or_default());
        }
        status
    }

    /// Whether it runs, at once; the books, as often as their size allows.
    pub(super) fn save(&mut self, unix_ms: u64, last: bool) -> Vec<(String, Vec<u8>)> {
        let mut documents = Vec::new();
        if self.known[0]
            && self.run.since_ms > 0
            && let Some(run) = self.kept[0].changed(&serde_json::to_value(&self.run).unwrap_or_default())
        {
            documents.push((self.run_key(), run));
        }
        if self.known[1]
            && self.changed
            && (last || unix_ms >= self.save_at_ms)
            && let Some(books) = self.ledger.save().ok().and_then(|state| self.kept[1].changed(&state))
        {
            self.changed = false;
            self.save_at_ms = unix_ms + pause_ms(books.len());
            documents.push((self.books_key(), books));
        }
        documents
    }

    fn run_document(&self) -> Vec<u8> {
        bytes(&serde_json::to_value(&self.run).unwrap_or_default())
    }

    fn note(&mut self, unix_ms: u64, by: &str, sentence: &str) {
        let line = json!({ "experiment": self.settings.name, "at_ms": unix_ms, "by": by, "sentence": sentence });
        self.orders.push(Order::Record { log: LOG.to_owned(), bytes: bytes(&line) });
    }

    fn unknown(&self) -> Refused {
        let key = if self.known[0] { self.books_key() } else { self.run_key() };
        Refused::Unread { what: format!("experiment `{}`", self.name()), key }
    }
}
