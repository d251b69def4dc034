//! What may change between two plans: the state of rollouts and experiments, and what flags turn off.
//!
//! Read on the request path without a lock; written by the watch and by operators, within the bounds of the plan. Why something changes does not belong here.

use crate::flag::Flags;
use crate::latencies::Latencies;
use crate::observation::Observations;
use charter_plan::Plan;
use charter_plan::plan::{ExperimentId, RolloutId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Everything that can be moved while a plan is served. Carried over a reload by name.
#[derive(Debug, Default)]
pub struct Controls {
    rollouts: Vec<Arc<RolloutControl>>,
    experiments: Vec<Arc<ExperimentControl>>,
    flags: Flags,
    /// INVARIANT: of this plan alone, so that the ids in it are never read as those of another.
    observations: Arc<Observations>,
}

/// What a rollout does with calls now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The stable version answers all.
    Stable,
    /// The stable version answers all; copies go to the candidate.
    Shadow,
    /// The candidate answers this share, parts per 10,000.
    Canary(u16),
    /// The candidate answers all.
    Full,
}

/// The state of one rollout.
#[derive(Debug)]
pub struct RolloutControl {
    /// INVARIANT: 0 stable, 1 to 10,000 the candidate's share, 20,000 shadow.
    stage: AtomicU32,
    /// Slower than this is slow; `u32::MAX` while nothing is known.
    slow_us: AtomicU32,
    /// Calls with a verdict, of the stable version and of the candidate, while the rollout splits calls.
    calls: [AtomicU64; 2],
    /// Failures of the candidate without a success between them, and of the stable version.
    failing: [AtomicU32; 2],
    /// Answers of the candidate in another form than its signature says, to calls and to copies.
    mismatches: AtomicU32,
    latencies: Latencies,
}

/// The state of one experiment.
#[derive(Debug, Default)]
pub struct ExperimentControl {
    /// Units are assigned and counted; else everyone gets the control.
    running: AtomicBool,
}

const SHADOW: u32 = 20_000;
const ALL: u16 = 10_000;

impl Default for RolloutControl {
    fn default() -> Self {
        Self {
            stage: AtomicU32::new(0),
            slow_us: AtomicU32::new(u32::MAX),
            calls: [AtomicU64::new(0), AtomicU64::new(0)],
            failing: [AtomicU32::new(0), AtomicU32::new(0)],
            mismatches: AtomicU32::new(0),
            latencies: Latencies::default(),
        }
    }
}

impl RolloutControl {
    pub fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Relaxed) {
            0 => Stage::Stable,
            SHADOW => Stage::Shadow,
            share => match u16::try_from(share) {
                Ok(share) if share < ALL => Stage::Canary(share),
                _ => Stage::Full,
            },
        }
    }

    pub fn set_stage(&self, stage: Stage) {
        let number = match stage {
            Stage::Stable => 0,
            Stage::Shadow => SHADOW,
            Stage::Canary(share) => u32::from(share.min(ALL)),
            Stage::Full => u32::from(ALL),
        };
        self.stage.store(number, Ordering::Relaxed);
    }

    /// Slower than this many microseconds is slow.
    pub fn slow_us(&self) -> u32 {
        self.slow_us.load(Ordering::Relaxed)
    }

    pub fn set_slow_us(&self, slow_us: u32) {
        self.slow_us.store(slow_us, Ordering::Relaxed);
    }

    /// Counts one call of an arm, and how many have failed in a row.
    pub fn count(&self, candidate: bool, failed: bool) {
        let arm = usize::from(candidate);
        self.calls[arm].fetch_add(1, Ordering::Relaxed);
        if failed {
            self.failing[arm].fetch_add(1, Ordering::Relaxed);
        } else if self.failing[arm].load(Ordering::Relaxed) != 0 {
            self.failing[arm].store(0, Ordering::Relaxed);
        }
    }

    /// Counts an answer of the candidate in another form than its signature says.
    pub fn count_mismatch(&self) {
        self.mismatches.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers of the candidate in another form than its signature says, since the control was made.
    pub fn mismatches(&self) -> u32 {
        self.mismatches.load(Ordering::Relaxed)
    }

    /// Calls of the stable version and of the candidate since the control was made.
    pub fn calls(&self) -> [u64; 2] {
        [self.calls[0].load(Ordering::Relaxed), self.calls[1].load(Ordering::Relaxed)]
    }

    /// How long the stable version took to answer, in whatever stage; what is slow is worked out from it.
    pub fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// Failures in a row, of the stable version and of the candidate.
    pub fn failing(&self) -> [u32; 2] {
        [self.failing[0].load(Ordering::Relaxed), self.failing[1].load(Ordering::Relaxed)]
    }
}

impl ExperimentControl {
    pub fn running(&self) -> bool {
        self.running.load(Ordering::Relaxed)
    }

    pub fn set_running(&self, running: bool) {
        self.running.store(running, Ordering::Relaxed);
    }
}

impl Controls {
    /// Controls for a plan; what the plan before had under the same name, and for the same versions, goes on as it was. `unix_ms` begins the revisions of
    /// the flags.
    pub(crate) fn prepare(plan: &Plan, before: Option<(&Plan, &Self)>, unix_ms: u64) -> Self {
        let rollouts = plan.rollouts.iter().map(|rollout| {
            let known = before.and_then(|(plan, controls)| {
                let same = plan.rollouts.iter().find(|old| {
                    old.name == rollout.name && old.stable_label == rollout.stable_label && old.candidate_label == rollout.candidate_label
                })?;
                controls.rollout(same.id).map(Arc::clone)
            });
            known.unwrap_or_default()
        });
        let experiments = plan.experiments.iter().map(|experiment| {
            let known = before.and_then(|(plan, controls)| {
                let same = plan.experiments.iter().find(|old| old.name == experiment.name)?;
                controls.experiment(same.id).map(Arc::clone)
            });
            known.unwrap_or_default()
        });
        Self {
            rollouts: rollouts.collect(),
            experiments: experiments.collect(),
            flags: Flags::prepare(plan, before.map(|(_, controls)| &controls.flags), unix_ms),
            observations: Arc::new(Observations::for_plan(plan)),
        }
    }

    pub fn rollout(&self, id: RolloutId) -> Option<&Arc<RolloutControl>> {
        self.rollouts.get(usize::from(id.0))
    }

    pub fn experiment(&self, id: ExperimentId) -> Option<&Arc<ExperimentControl>> {
        self.experiments.get(usize::from(id.0))
    }

    pub fn flags(&self) -> &Flags {
        &self.flags
    }

    pub fn observations(&self) -> &Arc<Observations> {
        &self.observations
    }
}
