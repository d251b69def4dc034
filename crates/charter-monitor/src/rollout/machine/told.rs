//! What a machine is told of what happened: calls, pairs, failures in a row, reach. What follows from it is decided at the next tick.

use super::Machine;
use charter_engine::observation::Bad;
use charter_plan::plan::BadKind;

impl Machine {
    /// A call that was bad in some way. Disagreement is not taken from here but from [`Machine::compared`].
    ///
    /// `weight`: the candidate's share when the call was assigned, parts per 10,000. `unit`: hash of the call's key, 0 without one.
    pub fn bad(&mut self, candidate: bool, weight: u16, bad: Bad, unit: u64, at_ms: u64) {
        if !self.splits() {
            return;
        }
        if !self.state.clients.counts(unit, at_ms) {
            self.state.left_out[usize::from(candidate)] += 1;
            for guard in self.guards.iter_mut().filter(|guard| !guard.paired()) {
                guard.leave_out(candidate);
            }
            return;
        }
        for guard in &mut self.guards {
            if bad.has(guard.settings.bad) && !guard.paired() {
                guard.bad(candidate, weight);
            }
        }
    }

    /// Totals of calls, of the stable version and of the candidate, since somebody began to count; a smaller number than before means that they began
    /// anew.
    pub fn counted(&mut self, calls: [u64; 2]) {
        let mut more = [0; 2];
        for (arm, more) in more.iter_mut().enumerate() {
            let before = self.state.totals[arm];
            *more = if calls[arm] < before { calls[arm] } else { calls[arm] - before };
        }
        self.state.totals = calls;
        if !self.splits() {
            return;
        }
        for (calls, more) in self.state.calls.iter_mut().zip(more) {
            *calls = calls.saturating_add(more);
        }
        let slow_known = self.slow_us().is_some();
        for guard in &mut self.guards {
            if !guard.paired() && (guard.settings.bad != BadKind::Slow || slow_known) {
                guard.calls(more);
            }
        }
    }

    /// Says that the totals of [`Machine::counted`] begin at 0 again, as after a restart; without it, the calls until the first smaller total are missed.
    pub fn counts_anew(&mut self) {
        self.state.totals = [0; 2];
    }

    /// Further compared pairs, and how many of them disagree; `canary` ones come from a split, others from the shadow.
    pub fn compared(&mut self, pairs: u64, disagreeing: u64, canary: bool) {
        if self.state.phase.underway().is_none() {
            return;
        }
        if !canary {
            self.state.shadow_pairs = self.state.shadow_pairs.saturating_add(pairs);
        }
        for guard in self.guards.iter_mut().filter(|guard| guard.paired()) {
            guard.pairs(pairs, disagreeing);
        }
    }

    /// Failures in a row, of the stable version and of the candidate.
    pub fn failing(&mut self, failing: [u32; 2]) {
        self.failing = failing;
        // What failed before the start says nothing about this run.
        if failing[1] < self.state.failing_before {
            self.state.failing_before = 0;
        }
    }

    /// Whether the stable version and the candidate can be reached.
    pub fn ready(&mut self, ready: [bool; 2]) {
        self.readiness.told(ready);
    }

    /// The candidate's answers do not have the route's schema: takes it back at the next tick.
    pub fn schema_mismatch(&mut self) {
        self.mismatch = true;
    }

    /// Sets what is slow, from the stable version's p99. Frozen while a rollout is under way: then only the first value is taken.
    pub fn set_slow_us(&mut self, slow_us: u32) {
        if self.state.slow_us.is_none() || self.state.phase.underway().is_none() {
            self.state.slow_us = Some(slow_us);
        }
    }
}
