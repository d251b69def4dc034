//! One rollout: what its machine is told, and what its transitions order.
//!
//! When it steps up or back belongs to the machine.

use super::documents::{Kept, bytes, key};
use crate::rollout::{Command, Feedback, Machine, Phase, Record};
use charter_engine::controls::Stage;
use charter_engine::observation::Bad;
use charter_engine::watch::{Action, Counted, Order, Refused, Restored};
use charter_plan::plan::{ComparisonId, Rollout, Starts};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The log of decisions.
pub(super) const LOG: &str = "rollouts";
/// Answers of the stable version that its p99 is frozen from. Until there are as many, nothing counts as slow, and nothing as surely not slow.
const ANSWERS_MIN: u64 = 300;
/// Decisions that a status shows; all are in the log.
const RECENT_MAX: usize = 20;

pub(super) struct Rolling {
    settings: Rollout,
    machine: Machine,
    /// What is kept has been read, or there is nothing: it may begin.
    known: bool,
    /// Totals of the control when the machine began to count them.
    base: [u64; 2],
    counted: Option<Counted>,
    recent: VecDeque<Record>,
    /// Told with the next tick.
    orders: Vec<Order>,
    told: (Option<Stage>, Option<Option<u32>>),
    begun: bool,
    kept: Kept,
}

impl Rolling {
    /// The rollout as it was under the plan before, where name and versions are the same; else one whose kept state has to be read.
    pub(super) fn take_over(settings: Rollout, before: &[Self], unix_ms: u64) -> Self {
        let mut new = Self::new(settings);
        let Some(old) = before.iter().find(|old| old.name() == new.name()) else { return new };
        if old.key() != new.key() {
            let labels = |settings: &Rollout| format!("{} to {}", settings.stable_label, settings.candidate_label);
            new.note(unix_ms, &format!("it was from {} and is from {} now: it starts anew", labels(&old.settings), labels(&new.settings)));
            return new;
        }
        if !old.known {
            return new;
        }
        match Machine::restore(new.settings.clone(), &old.machine.save()) {
            Ok(machine) => {
                // The control goes on counting with the rollout, so the base stays.
                new.machine = machine.with_readiness_of(&old.machine);
                new.base = old.base;
                new.counted = old.counted.map(|counted| Counted { rollout: new.settings.id, ..counted });
                new.tell_counts();
                new.recent.clone_from(&old.recent);
                new.known = true;
            }
            Err(error) => new.note(unix_ms, &format!("{error}: it starts anew")),
        }
        new
    }

    fn new(settings: Rollout) -> Self {
        Self {
            machine: Machine::new(settings.clone()),
            settings,
            known: false,
            base: [0; 2],
            counted: None,
            recent: VecDeque::new(),
            orders: Vec::new(),
            told: (None, None),
            begun: false,
            kept: Kept::default(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Apart for other versions: a pair of versions that was taken back stays so, also when the charter goes to another and returns.
    pub(super) fn key(&self) -> String {
        key("rollout", &self.settings.name, [&self.settings.stable_label, &self.settings.candidate_label])
    }

    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    pub(super) fn comparison(&self) -> ComparisonId {
        self.settings.comparison
    }

    pub(super) fn compares_by(&self, comparison: ComparisonId) -> bool {
        self.settings.comparison == comparison
    }

    /// Takes the kept state, at the start or from another replica. The later change of phase wins, and what was taken back in a run stays taken back;
    /// within a phase the kept evidence wins, so that each event is in one chain of writes. Events that only this replica saw since are left out, which
    /// leaves the tests valid and makes them slower.
    pub(super) fn restore(&mut self, kept: Option<&[u8]>, unix_ms: u64) -> Restored {
        let first = !std::mem::replace(&mut self.known, true);
        let Some(kept) = kept else { return if first { Restored::Taken } else { Restored::Own(bytes(&self.machine.save())) } };
        let saved = serde_json::from_slice::<Value>(kept).map_err(|error| error.to_string());
        let theirs = saved.and_then(|saved| Machine::restore(self.settings.clone(), &saved).map_err(|error| error.to_string()));
        match theirs {
            Ok(theirs) if first || rank(&theirs, unix_ms) >= rank(&self.machine, unix_ms) => {
                self.machine = theirs.with_readiness_of(&self.machine);
                self.machine.counts_anew();
                self.base = self.counted.map_or([0; 2], |counted| counted.calls);
                self.kept.note(kept);
                Restored::Taken
            }
            Ok(_) => Restored::Own(bytes(&self.machine.save())),
            Err(reason) if first => {
                // What was decided is lost, so nothing begins by itself.
                self.settings.starts = Starts::Command;
                self.machine = Machine::new(self.settings.clone());
                self.note(unix_ms, &format!("its kept state cannot be used ({reason}): it waits for `start`"));
                Restored::Own(bytes(&self.machine.save()))
            }
            Err(_) => Restored::Own(bytes(&self.machine.save())),
        }
    }

    pub(super) fn bad(&mut self, candidate: bool, weight: u16, bad: Bad, unit: u64, unix_ms: u64) {
        self.machine.bad(candidate, weight, bad, unit, unix_ms);
    }

    pub(super) fn compared(&mut self, agrees: bool, canary: bool) {
        self.machine.compared(1, u64::from(!agrees), canary);
    }

    pub(super) fn counted(&mut self, counted: &Counted) {
        let before = self.counted.replace(*counted).map_or(0, |before| before.mismatches);
        self.tell_counts();
        // What was answered before the start, or after the end, says nothing about this run.
        if counted.mismatches > before && self.is_under_way() {
            self.machine.schema_mismatch();
        }
        // Known at the start or not, it is frozen once it is known.
        if self.machine.slow_us().is_none() && self.is_under_way() {
            self.freeze();
        }
    }

    fn tell_counts(&mut self) {
        let Some(counted) = self.counted else { return };
        let since = |arm: usize| counted.calls[arm].saturating_sub(self.base[arm]);
        // A smaller total is a control that was made anew.
        if counted.calls[0] < self.base[0] || counted.calls[1] < self.base[1] {
            self.base = [0; 2];
            self.machine.counts_anew();
            self.machine.counted(counted.calls);
        } else {
            self.machine.counted([since(0), since(1)]);
        }
        self.machine.failing(counted.failing);
        self.machine.ready([counted.stable_ready, counted.candidate_ready]);
    }

    /// A caller's word about an answer; `model` is the version that gave it, as the answer's header said.
    pub(super) fn hear(&mut self, model: &str, feedback: Feedback<'_>, unix_ms: u64) -> Result<Value, Refused> {
        if !self.known {
            return Err(self.unknown());
        }
        let candidate = model == self.settings.candidate_label;
        if !candidate && model != self.settings.stable_label {
            let (name, stable, candidate) = (self.name(), &self.settings.stable_label, &self.settings.candidate_label);
            return Err(Refused::Unfit(format!("rollout `{name}` is from {stable} to {candidate}, and neither is `{model}`")));
        }
        let heard = self.machine.hear(&Feedback { candidate, ..feedback }, unix_ms);
        Ok(json!({ "rollout": self.settings.name, "candidate": candidate, "received": heard }))
    }

    fn is_under_way(&self) -> bool {
        !matches!(self.machine.stage(), Stage::Stable)
    }

    /// Takes the stable version's p99, where enough is known of it, for what is slow.
    fn freeze(&mut self) {
        if let Some(latency) = self.counted.map(|counted| counted.latency)
            && latency.answers >= ANSWERS_MIN
            && let Some(p99_us) = latency.p99_us
        {
            self.machine.set_slow_us(p99_us);
        }
    }

    pub(super) fn tick(&mut self, unix_ms: u64) -> Vec<Order> {
        if self.known {
            if !self.is_under_way() {
                self.freeze();
            }
            let records = self.machine.tick(unix_ms);
            self.record(records);
        }
        let rollout = self.settings.id;
        let (stage, slow_us) = (self.machine.stage(), self.machine.slow_us());
        if self.told.1 != Some(slow_us) {
            self.orders.push(Order::Slow { rollout, slow_us });
        }
        if self.told.0 != Some(stage) {
            self.orders.push(Order::Stage { rollout, stage });
        }
        self.told = (Some(stage), Some(slow_us));
        std::mem::take(&mut self.orders)
    }

    pub(super) fn command(&mut self, action: Action, unix_ms: u64, by: &str) -> Result<(), Refused> {
        if !self.known {
            return Err(self.unknown());
        }
        self.begun = false;
        let command = match action {
            Action::Start => Command::Start,
            Action::Pause => Command::Pause,
            Action::Resume => Command::Resume,
            Action::Promote => Command::Promote,
            Action::Abort => Command::Abort,
        };
        if command == Command::Start && !self.is_under_way() {
            self.freeze();
        }
        let records = self.machine.command(command, unix_ms, by).map_err(|refused| Refused::Unfit(refused.to_string()))?;
        self.begun = command == Command::Start;
        self.record(records);
        Ok(())
    }

    /// Whether the last command began a new run.
    pub(super) fn has_just_begun(&self) -> bool {
        self.begun
    }

    fn record(&mut self, records: Vec<Record>) {
        for record in records {
            let line = serde_json::to_value(&record).unwrap_or_else(|_| json!({ "rollout": record.rollout, "sentence": record.sentence }));
            self.orders.push(Order::Record { log: LOG.to_owned(), bytes: bytes(&line) });
            if self.recent.len() == RECENT_MAX {
                self.recent.pop_front();
            }
            self.recent.push_back(record);
        }
    }

    fn unknown(&self) -> Refused {
        Refused::Unread { what: format!("rollout `{}`", self.name()), key: self.key() }
    }

    /// Records something that is no decision of the machine.
    fn note(&mut self, unix_ms: u64, sentence: &str) {
        let line = json!({ "rollout": self.settings.name, "at_ms": unix_ms, "by": "charter", "sentence": sentence });
        self.orders.push(Order::Record { log: LOG.to_owned(), bytes: bytes(&line) });
    }

    /// The machine's status, whether its kept state is known, and the latest decisions of this process.
    pub(super) fn status(&self, unix_ms: u64) -> Value {
        let mut status = serde_json::to_value(self.machine.status(unix_ms)).unwrap_or_else(|_| json!({ "rollout": self.settings.name }));
        if let Some(status) = status.as_object_mut() {
            status.insert("restored".to_owned(), json!(self.known));
            status.insert("decisions".to_owned(), serde_json::to_value(&self.recent).unwrap_or_default());
        }
        status
    }

    pub(super) fn save(&mut self) -> Option<(String, Vec<u8>)> {
        if !self.known {
            return None;
        }
        self.kept.changed(&self.machine.save()).map(|bytes| (self.key(), bytes))
    }
}

/// Which of two states of one rollout stands: the later run, then what was taken back, then the later phase.
fn rank(machine: &Machine, unix_ms: u64) -> (u32, bool, u64) {
    let status = machine.status(unix_ms);
    (status.run, status.phase == Phase::RolledBack.name(), status.since_ms)
}
