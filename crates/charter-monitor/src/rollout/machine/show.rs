//! What the machine tells of itself: records and status. Nothing here decides.

use super::super::judge;
use super::super::phase::{Phase, Underway};
use super::super::record::{Finding, GuardrailStatus, Record, Verdict};
use super::super::sentence;
use super::super::status::{Condition, Status};
use super::{ALL, Machine};
use charter_plan::plan::Judge;

/// How it was before a decision.
pub(super) struct Before {
    phase: Phase,
    weight: u16,
    guardrails: Vec<GuardrailStatus>,
}

impl Machine {
    /// Everything for people and tools. Costs up to a millisecond for each guardrail, for the confidence sequences.
    pub fn status(&self, at_ms: u64) -> Status {
        let (state, settings) = (&self.state, &self.settings);
        let judged = settings.judge == Judge::Anytime;
        let running = match state.phase {
            Phase::Running(underway) => Some(underway),
            _ => None,
        };
        Status {
            rollout: settings.name.clone(),
            run: state.run,
            phase: state.phase.name(),
            underway: state.phase.underway(),
            weight: if state.phase == Phase::Done { ALL } else { state.weight },
            steps: self.steps.clone(),
            stable: settings.stable_label.clone(),
            candidate: settings.candidate_label.clone(),
            judge: settings.judge,
            reason: state.reason.clone(),
            since_ms: state.since_ms,
            by: state.by.clone(),
            started_ms: state.started_ms,
            ends_ms: running.filter(|underway| *underway != Underway::Watching).map(|_| state.ends_ms),
            slow_us: self.slow_us(),
            shadow_pairs: state.shadow_pairs,
            left_out: state.left_out,
            guardrails: self.guardrails(),
            next: state.phase.underway().map(|underway| self.conditions(underway, at_ms)).unwrap_or_default(),
            allowed: state.phase.allowed(),
            false_rollback_max: judged.then_some(settings.alpha),
            false_promotion_max: judged.then_some(settings.beta),
        }
    }

    fn guardrails(&self) -> Vec<GuardrailStatus> {
        judge::statuses(&self.settings, &self.guards, self.state.weight, self.slow_us().is_some())
    }

    fn conditions(&self, underway: Underway, at_ms: u64) -> Vec<Condition> {
        let spent = at_ms.saturating_sub(self.state.step_ms);
        let time = |what: &str, needed: u64| Condition {
            // A second that has begun is not yet over; what lasts less than one is told in full.
            what: format!("{what}: {} of {}", sentence::duration(whole(spent.min(needed), needed)), sentence::duration(needed)),
            met: spent >= needed,
        };
        let mut conditions = match underway {
            Underway::Shadow => {
                let (pairs, needed) = (self.state.shadow_pairs, u64::from(self.settings.shadow_pairs_min));
                let compared = Condition { what: format!("compared pairs: {pairs} of {needed}"), met: pairs >= needed };
                vec![time("time in the shadow", self.settings.shadow_ms), compared]
            }
            Underway::Canary(_) => {
                let (calls, needed) = (self.step_requests(), self.settings.requests_min);
                let requests =
                    Condition { what: format!("calls of the candidate on this step: {calls} of {needed}"), met: self.requests_enough() };
                let mut conditions = vec![time("time on this step", self.settings.dwell_ms), requests];
                conditions.extend(self.guardrails().into_iter().map(safe));
                conditions
            }
            Underway::Watching => vec![time("time watched", self.settings.watch_ms)],
        };
        match self.state.phase {
            Phase::Paused(_) => conditions.push(Condition { what: "resumed or promoted by an operator".to_owned(), met: false }),
            Phase::Held(_) => conditions.push(Condition { what: "resumed or promoted by an operator; time was up".to_owned(), met: false }),
            _ => {}
        }
        conditions
    }

    /// Taken before a decision changes anything.
    pub(super) fn before(&self) -> Before {
        Before { phase: self.state.phase, weight: self.state.weight, guardrails: self.guardrails() }
    }

    /// Writes a decision down; its sentence is from now on the reason of the phase.
    pub(super) fn record(&mut self, before: Before, verdict: Verdict, sentence: String, at_ms: u64, by: &str) -> Record {
        self.state.since_ms = at_ms;
        by.clone_into(&mut self.state.by);
        self.state.reason.clone_from(&sentence);
        Record {
            rollout: self.settings.name.clone(),
            run: self.state.run,
            at_ms,
            by: by.to_owned(),
            stable: self.settings.stable_label.clone(),
            candidate: self.settings.candidate_label.clone(),
            verdict,
            from: before.phase.name().to_owned(),
            to: self.state.phase.name().to_owned(),
            weight_from: before.weight,
            weight_to: self.state.weight,
            sentence,
            judge: self.settings.judge,
            guardrails: before.guardrails,
        }
    }
}

/// Milliseconds down to a whole second, where the whole time is in seconds.
fn whole(spent: u64, needed: u64) -> u64 {
    if needed.is_multiple_of(1_000) { spent / 1_000 * 1_000 } else { spent }
}

/// What is missing until a guardrail is found safe.
fn safe(guardrail: GuardrailStatus) -> Condition {
    let met = guardrail.finding == Finding::Safe;
    let mut what = format!("{} found safe", guardrail.name);
    if let (false, Some(anytime)) = (met, guardrail.anytime) {
        let clean = anytime.clean_calls_needed.map(|calls| format!("{calls} calls of the candidate without a bad one"));
        let bad = anytime.bad_events_needed.map(|events| format!("about {events} bad events of both versions if they are alike"));
        let needed: Vec<String> = clean.into_iter().chain(bad).collect();
        what = format!("{what}: needs {}", needed.join(", or "));
    }
    Condition { what, met }
}
