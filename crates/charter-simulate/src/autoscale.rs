//! How many replicas are wanted: a pure state machine over what was seen in the last seconds.
//!
//! Semantics §14: the largest of all triggers, between a floor and a ceiling; up at once, at most twice as many in 30 s; down at most a tenth or one
//! in 60 s, and not below what the last five minutes asked for. A trigger that is unknown holds, it never lowers. Starting and stopping replicas
//! belongs to `fleet`.

use serde::Serialize;
use std::collections::VecDeque;

/// Calls that wait beyond which the queue asks for replicas.
const QUEUE_MAX: f64 = 100.0;
/// Share of the concurrency limit that replicas are to run at.
const CONCURRENCY_SHARE: f64 = 0.7;
const UP_WINDOW_MS: u64 = 30_000;
const DOWN_EVERY_MS: u64 = 60_000;
const DOWN_WINDOW_MS: u64 = 300_000;
const DOWN_SHARE: f64 = 0.1;

/// What does not change while it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// `ceil(peak / throughput · safety)`, at least the stated minimum.
    pub floor: u32,
    pub ceiling: Option<u32>,
    /// Calls a second of one replica.
    pub per_replica_per_s: f64,
    pub safety: f64,
    /// The latency that p99 is held against.
    pub p99_limit_ms: f64,
}

/// What was seen since the last look. `None` is unknown, which holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// Calls that wait for a thread or for a place inside a model, in the whole fleet.
    pub queued: Option<f64>,
    pub p99_ms: Option<f64>,
    /// Calls inside models.
    pub inside: Option<f64>,
    /// Concurrency limit of one replica; `None` inside where models have no limit.
    pub limit: Option<f64>,
    /// Calls a second that are expected once a replica that is started now would be ready; `None`: no forecast is kept.
    pub forecast_per_s: Option<f64>,
}

/// The trigger that asked for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Floor,
    Queue,
    Latency,
    Concurrency,
    Forecast,
    /// Something is unknown.
    Hold,
    /// The window of five minutes, or the pace, keeps more than is asked for now.
    Window,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Autoscaler {
    bounds: Bounds,
    desired: u32,
    /// Whether p99 was beyond its limit at the last three looks.
    late: VecDeque<bool>,
    /// What was asked for in the last five minutes.
    asked: VecDeque<(u64, u32)>,
    /// How many were wanted in the last 30 s, for the pace upwards.
    wanted: VecDeque<(u64, u32)>,
    lowered_at: Option<u64>,
}

impl Autoscaler {
    /// A machine that wants `replicas` to begin with.
    pub fn new(bounds: Bounds, replicas: u32) -> Self {
        let desired = clamp(&bounds, replicas);
        Self { bounds, desired, late: VecDeque::new(), asked: VecDeque::new(), wanted: VecDeque::new(), lowered_at: None }
    }

    pub fn desired(&self) -> u32 {
        self.desired
    }

    /// Looks once, every 15 s; `now_ms` never goes back.
    pub fn look(&mut self, now_ms: u64, seen: &Seen) -> (u32, Reason) {
        let (asked, reason) = self.asked(seen);
        self.asked.push_back((now_ms, asked));
        while self.asked.front().is_some_and(|(at, _)| at + DOWN_WINDOW_MS < now_ms) {
            self.asked.pop_front();
        }
        while self.wanted.front().is_some_and(|(at, _)| at + UP_WINDOW_MS <= now_ms) {
            self.wanted.pop_front();
        }
        let before = self.desired;
        let reason = match asked.cmp(&before) {
            std::cmp::Ordering::Greater => {
                let least = self.wanted.iter().map(|(_, wanted)| *wanted).min().unwrap_or(before).min(before);
                self.desired = asked.min(least.max(1).saturating_mul(2)).max(before);
                reason
            }
            std::cmp::Ordering::Equal => reason,
            std::cmp::Ordering::Less => self.lower(now_ms, reason),
        };
        self.wanted.push_back((now_ms, before));
        (self.desired, reason)
    }

    fn lower(&mut self, now_ms: u64, reason: Reason) -> Reason {
        let most = self.asked.iter().map(|(_, asked)| *asked).max().unwrap_or(self.desired);
        let rested = self.lowered_at.is_none_or(|at| at + DOWN_EVERY_MS <= now_ms);
        // A window that has not been seen whole says nothing about its maximum.
        let whole = self.asked.front().is_some_and(|(at, _)| at + DOWN_WINDOW_MS <= now_ms + DOWN_EVERY_MS / 4);
        if !rested || !whole || most >= self.desired {
            return Reason::Window;
        }
        let step = (f64::from(self.desired) * DOWN_SHARE).floor().max(1.0) as u32;
        self.desired = clamp(&self.bounds, self.desired.saturating_sub(step).max(most));
        self.lowered_at = Some(now_ms);
        reason
    }

    /// What the triggers ask for together.
    fn asked(&mut self, seen: &Seen) -> (u32, Reason) {
        let current = f64::from(self.desired);
        let mut most = (f64::from(self.bounds.floor), Reason::Floor);
        let mut ask = |replicas: f64, reason: Reason| {
            if replicas > most.0 {
                most = (replicas, reason);
            }
        };
        match seen.queued {
            Some(queued) if queued > QUEUE_MAX => ask((queued / QUEUE_MAX * current).ceil(), Reason::Queue),
            Some(_) => {}
            None => ask(current, Reason::Hold),
        }
        match seen.p99_ms {
            Some(p99_ms) => {
                let limit = self.bounds.p99_limit_ms;
                self.late.push_back(p99_ms > limit);
                if self.late.len() > 3 {
                    self.late.pop_front();
                }
                if self.late.iter().filter(|late| **late).count() >= 2 {
                    ask((current * (p99_ms / limit).clamp(1.0, 2.0)).ceil(), Reason::Latency);
                }
            }
            None => ask(current, Reason::Hold),
        }
        match (seen.inside, seen.limit) {
            (Some(inside), Some(limit)) => {
                let together = inside + seen.queued.unwrap_or(0.0);
                ask((together / (CONCURRENCY_SHARE * limit.max(1.0))).ceil(), Reason::Concurrency);
            }
            // Without a limit there is nothing to hold concurrency against.
            (Some(_), None) => {}
            (None, _) => ask(current, Reason::Hold),
        }
        if let Some(forecast) = seen.forecast_per_s {
            ask((forecast / self.bounds.per_replica_per_s.max(f64::MIN_POSITIVE) * self.bounds.safety).ceil(), Reason::Forecast);
        }
        let (replicas, reason) = most;
        (clamp(&self.bounds, replicas.min(f64::from(u32::MAX)) as u32), reason)
    }
}

fn clamp(bounds: &Bounds, replicas: u32) -> u32 {
    let floor = bounds.floor.max(1);
    replicas.max(floor).min(bounds.ceiling.unwrap_or(u32::MAX).max(floor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERY_MS: u64 = 15_000;

    fn bounds() -> Bounds {
        Bounds { floor: 3, ceiling: Some(40), per_replica_per_s: 100.0, safety: 1.5, p99_limit_ms: 200.0 }
    }

    fn calm() -> Seen {
        Seen { queued: Some(0.0), p99_ms: Some(20.0), inside: Some(1.0), limit: Some(64.0), forecast_per_s: None }
    }

    #[test]
    fn two_late_looks_of_three_scale_by_how_late() {
        let mut scaler = Autoscaler::new(bounds(), 10);
        let late = Seen { p99_ms: Some(300.0), ..calm() };
        assert_eq!(scaler.look(0, &late), (10, Reason::Window), "one late look is no breach");
        assert_eq!(scaler.look(EVERY_MS, &calm()).0, 10);
        assert_eq!(scaler.look(2 * EVERY_MS, &late), (15, Reason::Latency));
    }

    #[test]
    fn a_forecast_starts_replicas_before_they_are_needed() {
        let mut scaler = Autoscaler::new(bounds(), 3);
        assert_eq!(scaler.look(0, &Seen { forecast_per_s: Some(400.0), ..calm() }), (6, Reason::Forecast));
    }

    #[test]
    fn a_long_calm_ends_at_the_floor_one_tenth_a_minute() {
        let mut scaler = Autoscaler::new(bounds(), 40);
        let mut steps = Vec::new();
        for look in 0..240 {
            steps.push(scaler.look(look * EVERY_MS, &calm()).0);
        }
        assert_eq!(steps.last(), Some(&3));
        assert!(steps.iter().take(19).all(|desired| *desired == 40), "five minutes are waited for: {steps:?}");
        assert!(steps.windows(2).all(|pair| pair[1] + (pair[0] / 10).max(1) >= pair[0]));
    }

    fn any_seen() -> impl Strategy<Value = Seen> {
        let number = |most: f64| prop::option::weighted(0.8, 0.0..most);
        (number(5_000.0), number(2_000.0), number(3_000.0), number(200.0), number(6_000.0))
            .prop_map(|(queued, p99_ms, inside, limit, forecast_per_s)| Seen { queued, p99_ms, inside, limit, forecast_per_s })
    }

    proptest! {
        #[test]
        fn it_keeps_its_bounds_and_its_pace(looks in prop::collection::vec(any_seen(), 1..120), begin in 1_u32..60) {
            let mut scaler = Autoscaler::new(bounds(), begin);
            let mut history = vec![(0_u64, scaler.desired())];
            for (number, seen) in looks.iter().enumerate() {
                let at = number as u64 * EVERY_MS;
                let before = scaler.desired();
                let (desired, _) = scaler.look(at, seen);
                prop_assert!((3..=40).contains(&desired));
                let half_minute_ago = history.iter().filter(|(then, _)| then + UP_WINDOW_MS > at).map(|(_, wanted)| *wanted).min().unwrap_or(before);
                prop_assert!(desired <= 2 * half_minute_ago.min(before), "{desired} from {half_minute_ago}");
                prop_assert!(desired + (before / 10).max(1) >= before, "{before} to {desired}");
                if seen.queued.is_none() || seen.p99_ms.is_none() || seen.inside.is_none() {
                    prop_assert!(desired >= before, "the unknown lowered {before} to {desired}");
                }
                if desired < before {
                    let last_rise = history.windows(2).filter(|pair| pair[1].1 > pair[0].1).map(|pair| pair[1].0).max();
                    prop_assert!(last_rise.is_none_or(|rise| rise + DOWN_WINDOW_MS <= at + EVERY_MS));
                }
                history.push((at, before));
                history.push((at, desired));
            }
        }
    }
}
