//! A circuit breaker: keeps calls away from a model that fails, and lets them back in step by step.
//!
//! ```text
//!            trip              wait over           4 of 5 good        5, 10, 25, 50, 100 %
//!  CLOSED ─────────► OPEN ─────────────► PROBING ─────────────► RAMP ──────────────────────► CLOSED
//!                     ▲ ▲     2 bad, or 10 s over   │            │
//!                     │ └───────────────────────────┘            │ trip
//!                     └──────────────────────────────────────────┘
//!  FORCED_OPEN and DISABLED: where an operator puts it, until released.
//! ```
//!
//! Pure: time and dice are arguments. States and figures after Envoy's outlier detection, resilience4j and linkerd2's probation; the ramp and the
//! Wilson bound are our own. One rule is softer than its model: probes that ran out of *traffic* rather than of luck, some good and none bad when
//! the ten seconds are over, go on to the ramp. Without that a healthy model with less than four calls in ten seconds would never close again.
//!
//! Probes of hurried callers, who give less time than the model would have, often end without a verdict. So at most one of them is inside at a time,
//! it holds up no patient one, and ten seconds without any verdict open again for as long as before, not for twice as long.
//!
//! Counting a call's result as good or bad does not belong here.

use super::window::Window;
use crate::chance::unit;
use crate::context::Moment;
use crate::runtime::Forced;
use crate::signal::BreakerState;
use charter_plan::plan::Breaker as Settings;
use std::time::Duration;

const PROBES_MAX: u32 = 5;
const PROBES_GOOD_MIN: u32 = 4;
const PROBE_GAP: Duration = Duration::from_millis(100);
const PROBING_MAX: Duration = Duration::from_secs(10);
const RAMP: [f64; 5] = [0.05, 0.10, 0.25, 0.50, 1.0];
const RAMP_STEP: Duration = Duration::from_secs(2);
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// Closed for this long, the next opening is as short as the first.
const FORGIVEN: Duration = Duration::from_secs(300);
/// Quantile of the normal distribution for a two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    settings: Option<Settings>,
    state: State,
    window: Window,
    connect_failures: u32,
    /// Openings since the breaker was last closed for long; the wait doubles with each.
    openings: u32,
    closed_since: Moment,
    /// Passes of an earlier state say nothing about this one.
    generation: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Closed,
    Open { until: Moment },
    Probing(Probing),
    Ramp { since: Moment },
    ForcedOpen,
    Disabled,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Probing {
    since: Moment,
    /// When the next probe may go in.
    next: Moment,
    /// INVARIANT: probes inside, and those that ended good or bad; at most [`PROBES_MAX`].
    started: u32,
    good: u32,
    bad: u32,
    /// When the next probe of a hurried caller may go in.
    next_hurried: Moment,
    hurried_inside: bool,
}

impl Probing {
    fn new(now: Moment) -> Self {
        Self { since: now, next: now, started: 0, good: 0, bad: 0, next_hurried: now, hurried_inside: false }
    }

    fn begin(&mut self, now: Moment, hurried: bool) -> bool {
        let waits = now < self.next || (hurried && (self.hurried_inside || now < self.next_hurried));
        if waits || self.started >= PROBES_MAX {
            return false;
        }
        self.started += 1;
        if hurried {
            self.hurried_inside = true;
            self.next_hurried = now + PROBE_GAP;
        } else {
            self.next = now + PROBE_GAP;
        }
        true
    }

    /// Takes a probe back that led to no verdict. A patient one leaves its turn to the next call; hurried ones keep their gap, or a flood of
    /// them would be let in one after the other.
    fn give_back(&mut self, now: Moment, hurried: bool) {
        self.started = self.started.saturating_sub(1);
        if hurried {
            self.hurried_inside = false;
        } else {
            self.next = self.next.min(now);
        }
    }

    /// Without the probes that are inside: their ends are told to another breaker.
    fn ended_only(self) -> Self {
        Self { started: self.good + self.bad, hurried_inside: false, ..self }
    }
}

/// Leave to make one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    generation: u32,
    pub(crate) probe: bool,
    hurried: bool,
}

impl Pass {
    /// For models that nothing guards.
    pub(crate) const FREE: Self = Self { generation: u32::MAX, probe: false, hurried: false };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Open,
    Forced,
}

/// What a call's result says about the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Good,
    /// 5xx, timeout, reset, bad output.
    Bad,
    /// No connection at all; five in a row trip whatever the ratio.
    Unconnected,
    /// 4xx, a caller who hung up: says nothing.
    Neutral,
    /// 429 or 503 with `Retry-After`.
    Pause(Duration),
}

/// A change of state with the counts that led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) from: BreakerState,
    pub(crate) to: BreakerState,
    pub(crate) calls: u32,
    pub(crate) failures: u32,
}

/// Wilson lower bound (95 %) of a ratio: centre `(p + z²/2n) / (1 + z²/n)`, half width `z √(p(1−p)/n + z²/4n²) / (1 + z²/n)`; 0 without observations.
pub(crate) fn wilson_lower(hits: u32, total: u32) -> f64 {
    if total == 0 {
        return 0.0;
    }
    let count = f64::from(total);
    let ratio = f64::from(hits) / count;
    let square = Z * Z;
    let centre = ratio + square / (2.0 * count);
    let half = Z * (ratio * (1.0 - ratio) / count + square / (4.0 * count * count)).sqrt();
    ((centre - half) / (1.0 + square / count)).max(0.0)
}

impl Breaker {
    /// Without settings: disabled, until an operator forces it open.
    pub(crate) fn new(settings: Option<Settings>, now: Moment) -> Self {
        let state = if settings.is_some() { State::Closed } else { State::Disabled };
        let window_ms = settings.map_or(10_000, |settings| settings.window_ms);
        Self { settings, state, window: Window::new(window_ms), connect_failures: 0, openings: 0, closed_since: now, generation: 0 }
    }

    /// The same knowledge under other settings.
    pub(crate) fn carried(&self, settings: Option<Settings>, now: Moment) -> Self {
        let fresh = Self::new(settings, now);
        let state = match (self.state, self.settings.is_some()) {
            (State::ForcedOpen, _) => State::ForcedOpen,
            (_, false) => fresh.state,
            (_, true) if settings.is_none() => State::Disabled,
            (State::Probing(probing), true) => State::Probing(probing.ended_only()),
            (state, true) => state,
        };
        let same_window = self.settings.map(|old| old.window_ms) == settings.map(|new| new.window_ms);
        Self { settings, state, window: if same_window { self.window.clone() } else { fresh.window }, ..self.clone() }
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.state {
            State::Closed => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::Probing(_) => BreakerState::Probing,
            State::Ramp { .. } => BreakerState::Ramp,
            State::ForcedOpen => BreakerState::ForcedOpen,
            State::Disabled => BreakerState::Disabled,
        }
    }

    /// Whether every call is refused at this moment.
    pub(crate) fn refuses(&self, now: Moment) -> bool {
        match self.state {
            State::ForcedOpen => true,
            State::Open { until } => now < until,
            State::Closed | State::Probing(_) | State::Ramp { .. } | State::Disabled => false,
        }
    }

    /// Time until a refused call may have more luck; `None` when no time is stated.
    pub(crate) fn opens_in(&self, now: Moment) -> Option<Duration> {
        match self.state {
            State::Open { until } => Some(until.since(now)),
            State::Probing(probing) => Some(probing.next.since(now).max(PROBE_GAP)),
            State::Ramp { .. } => Some(RAMP_STEP),
            State::Closed | State::ForcedOpen | State::Disabled => None,
        }
    }

    /// Whether it neither counts nor refuses.
    pub(crate) fn is_idle(&self) -> bool {
        self.state == State::Disabled
    }

    /// Asks to make a call; `hurried` when the caller gives less time than the model would have. Every pass comes back through
    /// [`record`](Self::record) or [`release`](Self::release).
    pub(crate) fn admit(&mut self, now: Moment, hurried: bool, dice: u64) -> (Result<Pass, Refusal>, Option<Transition>) {
        let transition = self.follow_time(now, dice);
        let pass = Pass { generation: self.generation, probe: false, hurried };
        let decision = match &mut self.state {
            State::Closed | State::Disabled => Ok(pass),
            State::Open { .. } => Err(Refusal::Open),
            State::ForcedOpen => Err(Refusal::Forced),
            State::Probing(probing) => {
                if probing.begin(now, hurried) {
                    Ok(Pass { probe: true, ..pass })
                } else {
                    Err(Refusal::Open)
                }
            }
            State::Ramp { since } => {
                let share = ramp_share(now, *since);
                if unit(dice) < share { Ok(pass) } else { Err(Refusal::Open) }
            }
        };
        (decision, transition)
    }

    /// Changes that only time brings about.
    fn follow_time(&mut self, now: Moment, dice: u64) -> Option<Transition> {
        match self.state {
            State::Open { until } if now >= until => Some(self.turn(State::Probing(Probing::new(now)))),
            State::Probing(Probing { since, good, bad, .. }) if now.since(since) >= PROBING_MAX => match (good, bad) {
                (1.., 0) => Some(self.turn(State::Ramp { since: now })),
                (0, 0) => Some(self.open_as_long(now, dice)),
                _ => Some(self.open(now, dice)),
            },
            State::Ramp { since } if now.since(since) >= RAMP_STEP * RAMP.len() as u32 => {
                self.closed_since = now;
                Some(self.turn(State::Closed))
            }
            State::Closed | State::Open { .. } | State::Probing(_) | State::Ramp { .. } | State::ForcedOpen | State::Disabled => None,
        }
    }

    /// Says what became of a pass. The pass of an earlier state changes nothing.
    pub(crate) fn record(&mut self, now: Moment, pass: Pass, verdict: Verdict, duration: Duration, dice: u64) -> Option<Transition> {
        let settings = self.settings?;
        if pass.generation != self.generation {
            return None;
        }
        if verdict == Verdict::Neutral {
            self.release(now, pass);
            return None;
        }
        if let Verdict::Pause(wait) = verdict {
            return self.pause(now, wait);
        }
        let failed = matches!(verdict, Verdict::Bad | Verdict::Unconnected);
        let slow = settings.slow_ms.is_some_and(|limit| duration > Duration::from_millis(u64::from(limit)));
        self.connect_failures = if verdict == Verdict::Unconnected { self.connect_failures.saturating_add(1) } else { 0 };
        match &mut self.state {
            State::Probing(probing) => {
                if failed || slow {
                    probing.bad += 1;
                } else {
                    probing.good += 1;
                }
                if pass.hurried {
                    probing.hurried_inside = false;
                }
                let Probing { good, bad, .. } = *probing;
                self.window.count(now, failed, slow);
                if bad > PROBES_MAX - PROBES_GOOD_MIN {
                    Some(self.open(now, dice))
                } else if good >= PROBES_GOOD_MIN {
                    Some(self.turn(State::Ramp { since: now }))
                } else {
                    None
                }
            }
            State::Closed | State::Ramp { .. } => {
                let counts = self.window.count(now, failed, slow);
                let enough = counts.calls >= settings.calls_min;
                let trips = (failed && enough && wilson_lower(counts.failures, counts.calls) >= settings.failure_ratio)
                    || (slow && enough && f64::from(counts.slow) >= settings.slow_ratio * f64::from(counts.calls))
                    || self.connect_failures >= settings.connect_failures_max;
                trips.then(|| self.open(now, dice))
            }
            State::Open { .. } | State::ForcedOpen | State::Disabled => None,
        }
    }

    /// Takes a pass back that led to no verdict: the caller hung up, or the call was never made.
    pub(crate) fn release(&mut self, now: Moment, pass: Pass) {
        if pass.probe
            && pass.generation == self.generation
            && let State::Probing(probing) = &mut self.state
        {
            probing.give_back(now, pass.hurried);
        }
    }

    pub(crate) fn force(&mut self, forced: Forced, now: Moment) -> Option<Transition> {
        let state = match forced {
            Forced::Open => State::ForcedOpen,
            Forced::Disabled => State::Disabled,
            Forced::Released if self.settings.is_none() => State::Disabled,
            Forced::Released => State::Closed,
        };
        if state == self.state {
            return None;
        }
        self.closed_since = now;
        self.openings = 0;
        Some(self.turn(state))
    }

    fn pause(&mut self, now: Moment, wait: Duration) -> Option<Transition> {
        match self.state {
            State::Closed | State::Probing(_) | State::Ramp { .. } => Some(self.turn(State::Open { until: now + wait.min(PAUSE_MAX) })),
            State::Open { .. } | State::ForcedOpen | State::Disabled => None,
        }
    }

    /// Opens for `min(longest, shortest × 2^k)`, give or take half of it.
    fn open(&mut self, now: Moment, dice: u64) -> Transition {
        let (min_ms, max_ms) = self.settings.map_or((1_000, 60_000), |settings| (settings.open_ms_min, settings.open_ms_max));
        if self.state == State::Closed && now.since(self.closed_since) >= FORGIVEN {
            self.openings = 0;
        }
        let doubled = u64::from(min_ms).saturating_mul(1_u64 << self.openings.min(32));
        let wait_ms = doubled.min(u64::from(max_ms.max(min_ms))) as f64;
        self.openings = self.openings.saturating_add(1);
        self.turn(State::Open { until: now + Duration::from_secs_f64(wait_ms * (0.5 + unit(dice)) / 1_000.0) })
    }

    /// Opens for as long as the last time: nothing was learnt since.
    fn open_as_long(&mut self, now: Moment, dice: u64) -> Transition {
        self.openings = self.openings.saturating_sub(1);
        self.open(now, dice)
    }

    fn turn(&mut self, state: State) -> Transition {
        let counts = self.window.total();
        let from = self.state();
        self.state = state;
        self.window.clear();
        self.connect_failures = 0;
        self.generation = self.generation.wrapping_add(1) & (u32::MAX >> 1);
        Transition { from, to: self.state(), calls: counts.calls, failures: counts.failures }
    }
}

/// Share of calls let in at a time of the ramp.
fn ramp_share(now: Moment, since: Moment) -> f64 {
    let step = now.since(since).as_nanos() / RAMP_STEP.as_nanos();
    RAMP.get(usize::try_from(step).unwrap_or(RAMP.len())).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests;
