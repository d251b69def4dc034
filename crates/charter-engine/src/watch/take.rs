//! From the queues of observations to the monitor, a bounded number at a time.
//!
//! What is made of an observation belongs to the monitor.

use super::generation::Translation;
use super::monitor::{Counted, Latency};
use super::{FADE, Watch};
use crate::observation::Observations;
use std::sync::Arc;

/// Events and pairs taken in one go, before other tasks get their turn; and how often that is done within a tick.
const EVENTS_MAX: usize = 8_192;
const PAIRS_MAX: usize = 64;
const ROUNDS_MAX: usize = 16;

impl Watch {
    /// Takes what was observed, and gives other tasks their turn in between.
    pub(super) async fn take(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let mut more = self.take_from(&Arc::clone(self.runtime.controls().observations()), None, EVENTS_MAX);
            let earlier = std::mem::take(&mut self.earlier);
            for generation in earlier {
                // Asked before the queue is emptied: a call that ends in between is seen next time.
                let alive = generation.is_alive();
                let translation = generation.translation(self.runtime.plan());
                more |= self.take_from(generation.observations(), Some(&translation), EVENTS_MAX);
                if alive || more {
                    self.earlier.push(generation);
                }
            }
            if !more {
                break;
            }
            tokio::task::yield_now().await;
        }
        let dropped = self.runtime.controls().observations().dropped();
        if dropped > self.dropped {
            tracing::warn!(dropped, "observations were dropped: there are more than can be judged");
        }
        self.dropped = dropped;
    }

    /// Whether there may be more.
    pub(super) fn take_from(&mut self, observations: &Observations, translation: Option<&Translation>, events_max: usize) -> bool {
        let unix_ms = self.clock.unix_ms();
        let (mut events, mut pairs) = (0, 0);
        while events < events_max
            && let Some(observation) = observations.next_event()
        {
            events += 1;
            let observation = translation.map_or(Some(observation), |translation| translation.observation(observation));
            if let Some(observation) = observation {
                self.monitor.observe(&observation, unix_ms);
            }
        }
        let pairs_max = if events_max == usize::MAX { usize::MAX } else { PAIRS_MAX };
        while pairs < pairs_max
            && let Some(mut pair) = observations.next_pair()
        {
            pairs += 1;
            let comparison = translation.map_or(Some(pair.comparison), |translation| translation.comparison(pair.comparison));
            if let Some(comparison) = comparison {
                pair.comparison = comparison;
                self.monitor.compared(&pair, unix_ms);
            }
        }
        events == events_max || pairs == pairs_max
    }

    /// Tells the monitor what is counted and not queued.
    pub(super) fn count(&mut self) {
        let now = self.clock.now();
        let fades = now >= self.fade_at;
        for rollout in &self.runtime.plan().rollouts {
            let Some(control) = self.runtime.controls().rollout(rollout.id) else { continue };
            if fades {
                control.latencies().fade();
            }
            self.monitor.counted(&Counted {
                rollout: rollout.id,
                calls: control.calls(),
                failing: control.failing(),
                mismatches: control.mismatches(),
                stable_ready: self.runtime.is_reached(rollout.stable),
                candidate_ready: self.runtime.is_reached(rollout.candidate),
                latency: Latency { answers: control.latencies().total(), p99_us: control.latencies().quantile(0.99) },
            });
        }
        if fades {
            self.fade_at = now + FADE;
        }
    }
}
