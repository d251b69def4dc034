//! What happened to the calls of some stretch of time, weighted by what each simulated call stands for.
//!
//! Minutes and totals are made of these in `outcome`.

use crate::distribution::Distribution;
use charter_engine::{Answer, CallError};
use std::collections::BTreeMap;

/// How a call ended.
#[derive(Debug)]
pub(crate) enum End {
    Engine(Result<Answer, CallError>),
    /// The caller had stopped waiting before a thread was free.
    GaveUp,
    /// The replica was gone.
    Lost,
}

/// Sums over calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    pub offered: f64,
    pub answered: f64,
    /// Turned away: every model full.
    pub shed: f64,
    /// Callers that stopped waiting.
    pub gave_up: f64,
    /// Sent to replicas that were gone, or inside them.
    pub lost: f64,
    /// Other failures, by public code.
    pub failed: BTreeMap<&'static str, f64>,
    /// Answers by route and rung; only the first rung is rung 0.
    pub rungs: BTreeMap<(u16, u8), f64>,
    /// Of answered calls, from due to answered.
    pub latency: Distribution,
    /// Calls that waited for a thread of the same replica, seen by those who came; and how many came.
    pub queue_seen: f64,
    pub inside_seen: f64,
    pub looks: f64,
    /// Simulated calls, before weighing.
    pub simulated: u64,
}

impl Tally {
    pub(crate) fn end(&mut self, route: u16, nanos: u64, weight: f64, end: &End) {
        self.offered += weight;
        self.simulated += 1;
        match end {
            End::GaveUp => self.gave_up += weight,
            End::Lost => self.lost += weight,
            End::Engine(Ok(answer)) => {
                self.answered += weight;
                *self.rungs.entry((route, answer.served.rung)).or_default() += weight;
                self.latency.record(nanos, weight);
            }
            End::Engine(Err(error)) if error.code == charter_engine::code::OVERLOADED => self.shed += weight,
            End::Engine(Err(error)) => *self.failed.entry(error.code).or_default() += weight,
        }
    }

    /// What an arriving call sees.
    pub(crate) fn look(&mut self, queued: usize, inside: usize) {
        self.queue_seen += queued as f64;
        self.inside_seen += inside as f64;
        self.looks += 1.0;
    }

    /// Adds another stretch, each of whose calls stands for `factor` calls.
    pub(crate) fn add(&mut self, other: &Self, factor: f64) {
        self.offered += other.offered * factor;
        self.answered += other.answered * factor;
        self.shed += other.shed * factor;
        self.gave_up += other.gave_up * factor;
        self.lost += other.lost * factor;
        other.failed.iter().for_each(|(code, count)| *self.failed.entry(code).or_default() += count * factor);
        other.rungs.iter().for_each(|(rung, count)| *self.rungs.entry(*rung).or_default() += count * factor);
        self.latency.add_scaled(&other.latency, factor);
        self.queue_seen += other.queue_seen;
        self.inside_seen += other.inside_seen;
        self.looks += other.looks;
        self.simulated += other.simulated;
    }

    /// Answers that did not come from the first rung.
    pub fn stepped_down(&self) -> f64 {
        self.rungs.iter().filter(|((_, rung), _)| *rung > 0).fold(0.0, |sum, (_, count)| sum + count)
    }

    pub fn failed_total(&self) -> f64 {
        self.failed.values().fold(0.0, |sum, count| sum + count)
    }

    /// Mean calls that wait in one replica.
    pub(crate) fn queue(&self) -> f64 {
        if self.looks > 0.0 { self.queue_seen / self.looks } else { 0.0 }
    }

    pub(crate) fn inside(&self) -> f64 {
        if self.looks > 0.0 { self.inside_seen / self.looks } else { 0.0 }
    }
}
