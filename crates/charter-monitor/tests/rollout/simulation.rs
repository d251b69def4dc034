//! A world for rollouts: calls by a Poisson process, bad ones by chance, on a virtual clock. Seeded, so a run can be repeated.

#![allow(clippy::expect_used, clippy::panic, reason = "a simulation that cannot go on has failed")]
#![allow(dead_code, reason = "shared by a test and two examples, each of which uses a part")]

use charter_engine::controls::Stage;
use charter_engine::observation::Bad;
use charter_monitor::rollout::{Command, Machine, Record, Verdict};
use charter_plan::plan::{BadKind, ComparisonId, Guardrail, Judge, ModelId, OnInconclusive, Rollout, RolloutId, RouteId, Starts};

/// `SplitMix64` (Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Poisson, as a sum of parts small enough for inversion.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        let parts = (mean / 20.0).ceil().max(1.0);
        (0..parts as u64).map(|_| self.small_poisson(mean / parts)).sum()
    }

    fn small_poisson(&mut self, mean: f64) -> u64 {
        let (mut chance, mut count) = ((-mean).exp(), 0);
        let mut left = self.unit();
        while left >= chance && chance > 0.0 {
            left -= chance;
            count += 1;
            chance *= mean / count as f64;
        }
        count
    }
}

/// One guardrail on errors with the defaults of the specification's table.
pub(crate) fn errors() -> Guardrail {
    Guardrail {
        name: "errors".to_owned(),
        bad: BadKind::Error,
        r_harm: 1.25,
        r_bad: 2.0,
        p_ok: 0.001,
        p_bad: 0.02,
        p_ceiling: 0.05,
        slow_us: None,
    }
}

pub(crate) fn rollout() -> Rollout {
    Rollout {
        id: RolloutId(0),
        name: "fraud".to_owned(),
        route: RouteId(0),
        stable: ModelId(0),
        candidate: ModelId(1),
        stable_label: "fraud@v2".to_owned(),
        candidate_label: "fraud@v3".to_owned(),
        starts: Starts::Command,
        shadow_ms: 0,
        shadow_pairs_min: 0,
        steps: vec![500, 1_000, 2_500, 5_000, 10_000],
        dwell_ms: 60_000,
        requests_min: 50,
        max_duration_ms: 4 * 3_600_000,
        on_inconclusive: OnInconclusive::Hold,
        watch_ms: 600_000,
        judge: Judge::Anytime,
        alpha: 0.01,
        beta: 0.05,
        guardrails: vec![errors()],
        comparison: ComparisonId(0),
    }
}

/// Traffic of one simulation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traffic {
    pub(crate) rps: f64,
    /// Share of bad calls of the stable version, and how many times as many the candidate has.
    pub(crate) base: f64,
    pub(crate) r: f64,
    /// How far the base rate swings around its mean within an hour, 0 to 1.
    pub(crate) swing: f64,
    /// Users that bad calls come from; 0: nobody knows.
    pub(crate) users: u64,
}

impl Traffic {
    pub(crate) fn new(rps: f64, base: f64, r: f64) -> Self {
        Self { rps, base, r, swing: 0.0, users: 0 }
    }
}

/// A rollout under way.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) machine: Machine,
    pub(crate) dice: Dice,
    pub(crate) at_ms: u64,
    pub(crate) totals: [u64; 2],
    pub(crate) records: Vec<Record>,
}

impl World {
    pub(crate) fn new(settings: Rollout, seed: u64) -> Self {
        let mut machine = Machine::new(settings);
        let records = machine.command(Command::Start, 0, "test").expect("a new rollout can be started");
        Self { machine, dice: Dice(seed), at_ms: 0, totals: [0; 2], records }
    }

    /// Calls of some milliseconds, then one look.
    pub(crate) fn pass(&mut self, traffic: Traffic, ms: u64) {
        self.at_ms += ms;
        let weight = match self.machine.stage() {
            Stage::Stable | Stage::Shadow => 0,
            Stage::Canary(weight) => weight,
            Stage::Full => 10_000,
        };
        let w = f64::from(weight) / 10_000.0;
        let calls = traffic.rps * ms as f64 / 1_000.0;
        let hour = (self.at_ms as f64 / 3_600_000.0 * std::f64::consts::TAU).sin();
        let base = traffic.base * (1.0 + traffic.swing * hour);
        let rates = [(calls * (1.0 - w), base), (calls * w, (base * traffic.r).min(1.0))];
        let mut bad = [0; 2];
        for arm in 0..2 {
            let (mean, share) = rates[arm];
            bad[arm] = self.dice.poisson(mean * share);
            self.totals[arm] += bad[arm] + self.dice.poisson(mean * (1.0 - share));
        }
        for (arm, bad) in bad.into_iter().enumerate() {
            for _ in 0..bad {
                let unit = if traffic.users == 0 { 0 } else { 1 + self.dice.number() % traffic.users };
                self.machine.bad(arm == 1, weight, Bad::one(BadKind::Error), unit, self.at_ms);
            }
        }
        self.machine.counted(self.totals);
        self.records.extend(self.machine.tick(self.at_ms));
    }

    /// Until taken back, fully in, held, or out of time. Looks every `look_ms`.
    pub(crate) fn run(&mut self, traffic: Traffic, look_ms: u64, until_ms: u64) -> End {
        while self.at_ms < until_ms {
            self.pass(traffic, look_ms);
            match self.records.last().map(|record| (record.verdict, record.weight_to)) {
                Some((Verdict::RolledBack, _)) => return End::RolledBack(self.at_ms),
                Some((Verdict::Advanced, 10_000)) => return End::Promoted(self.at_ms),
                Some((Verdict::Held, _)) => return End::Open,
                _ => {}
            }
        }
        End::Open
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    RolledBack(u64),
    /// 100 % reached.
    Promoted(u64),
    Open,
}

/// What many runs came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) runs: usize,
    pub(crate) rolled_back: Vec<u64>,
    pub(crate) promoted: Vec<u64>,
}

impl Summary {
    pub(crate) fn of(settings: &Rollout, traffic: Traffic, look_ms: u64, until_ms: u64, runs: usize, seed: u64) -> Self {
        let mut summary = Self { runs, ..Self::default() };
        for run in 0..runs as u64 {
            match World::new(settings.clone(), seed.wrapping_add(run.wrapping_mul(0xD1B5_4A32_D192_ED03))).run(traffic, look_ms, until_ms) {
                End::RolledBack(at_ms) => summary.rolled_back.push(at_ms),
                End::Promoted(at_ms) => summary.promoted.push(at_ms),
                End::Open => {}
            }
        }
        summary.rolled_back.sort_unstable();
        summary.promoted.sort_unstable();
        summary
    }

    pub(crate) fn share(&self, of: &[u64]) -> f64 {
        of.len() as f64 / self.runs as f64
    }

    /// Median minutes.
    pub(crate) fn minutes(of: &[u64]) -> Option<f64> {
        of.get(of.len() / 2).map(|ms| *ms as f64 / 60_000.0)
    }
}
