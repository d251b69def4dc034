//! What an experiment's books and a comparison cost: `cargo run --release -p charter-monitor --example books`.
//!
//! Nanoseconds an event, and the size of what is saved. Proves nothing; the tests do.

use charter_engine::observation::{Bad, Pair};
use charter_engine::tensor::{Tensor, Texts, Values};
use charter_monitor::comparison::Comparer;
use charter_monitor::experiment::{Ledger, Measured, Outcome};
use charter_monitor::statistics::draw::{Draw, mixed};
use charter_plan::plan::{
    Agreement, Arm, Better, Comparison, ComparisonId, Experiment, ExperimentId, Metric, MetricKind, MetricSource, RouteId,
};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use std::time::Instant;

const UNITS: u64 = 100_000;
const PAIRS: u64 = 50_000;

fn main() {
    experiment();
    comparison();
}

fn each(start: Instant, events: u64) -> f64 {
    start.elapsed().as_nanos() as f64 / events as f64
}

fn experiment() {
    let metric = |name: &str, kind, source| Metric { name: name.into(), kind, source, better: Better::Lower, cap: None, margin: 0.05 };
    let arm = |name: &str| Arm { name: name.into(), weight: 5_000, label: String::new() };
    let settings = Experiment {
        id: ExperimentId(0),
        name: "button".into(),
        hypothesis: String::new(),
        route: RouteId(0),
        unit: None,
        salt: "button".into(),
        arms: vec![arm("control"), arm("blue")],
        goals: vec![metric("bought", MetricKind::Binomial, MetricSource::Outcome { name: "bought".into() })],
        guardrails: vec![
            metric("latency", MetricKind::Ratio { per: MetricSource::Calls }, MetricSource::Latency),
            metric("p90(latency)", MetricKind::Quantile { quantile: 0.9 }, MetricSource::Latency),
        ],
        alpha: 0.05,
        minimum_effect: 0.02,
        max_duration_ms: None,
        covariate: None,
        starts_unix_ms: None,
    };
    let (mut ledger, mut draw) = (Ledger::new(settings, &[]), Draw::new(1));
    let start = Instant::now();
    for unit in 0..UNITS {
        ledger.expose(mixed(unit), draw.below(2) as u8, unit * 1_000);
    }
    println!("expose   {:8.0} ns a unit", each(start, UNITS));
    let start = Instant::now();
    for call in 0..10 * UNITS {
        let latency_us = (10_000.0 * (1.0 + draw.uniform())) as u32;
        ledger.observe(mixed(call % UNITS), call * 100, &Measured { latency_us, bad: Bad::NONE, output: None, further: false });
    }
    println!("observe  {:8.0} ns a call, two guardrails", each(start, 10 * UNITS));
    let start = Instant::now();
    for unit in 0..UNITS {
        let id = unit.to_string();
        ledger.outcome(Outcome {
            id: &id,
            unit: mixed(unit),
            name: "bought",
            value: 1.0,
            at_ms: UNITS * 1_000,
            received_ms: UNITS * 1_000,
        });
    }
    println!("outcome  {:8.0} ns an outcome", each(start, UNITS));
    let start = Instant::now();
    (0..1_000).for_each(|look| ledger.look(UNITS * 1_000 + look));
    println!("look     {:8.0} ns a look at {UNITS} units", each(start, 1_000));
    let start = Instant::now();
    let saved = ledger.save().map(|saved| saved.to_string().len()).unwrap_or(0);
    println!("save     {:8.1} ms, {:.1} MB at {UNITS} units with as many outcomes", each(start, 1_000_000), saved as f64 / 1e6);
}

fn comparison() {
    let spec = |name: &str, datatype| TensorSpec {
        name: name.into(),
        datatype,
        shape: vec![Dimension::Any],
        allows_nan: false,
        range: None,
        lengths: None,
        allowed: Vec::new(),
    };
    let settings = Comparison {
        id: ComparisonId(0),
        name: "fraud".into(),
        route: RouteId(0),
        primary: "fraud@v2".into(),
        mirror: "fraud@v3".into(),
        share: 10_000,
        concurrency_max: 4,
        outputs: vec![Agreement::Score { abs_tol: 1e-6, rel_tol: 1e-3 }],
        bound: 0.01,
        alpha: 0.05,
        slices: vec!["country".into()],
    };
    let mut comparer = Comparer::new(settings, &[spec("country", Datatype::Bytes)], &[spec("score", Datatype::Fp64)]);
    let mut draw = Draw::new(2);
    let score = |value: f64| Tensor::new([1].as_slice(), Values::Fp64(vec![value]));
    let pairs: Vec<Pair> = (0..1_000)
        .filter_map(|_| {
            let (value, wrong) = (draw.uniform(), draw.uniform() < 0.02);
            let country = ["DE", "FR", "PL", "NL"].get(draw.below(4) as usize).copied().unwrap_or_default();
            Some(Pair {
                comparison: ComparisonId(0),
                rows: 1,
                inputs: vec![Tensor::new([1].as_slice(), Values::Bytes(Texts::from_iter([country])))?],
                primary: Some(vec![score(value)?]),
                mirror: Some(vec![score(if wrong { value + 0.1 } else { value })?]),
                primary_us: 900,
                mirror_us: 1_100,
                canary: false,
            })
        })
        .collect();
    let start = Instant::now();
    for (seed, pair) in (0..PAIRS).zip(pairs.iter().cycle()) {
        comparer.compare(pair, seed);
    }
    println!("compare  {:8.0} ns a pair of one row, one slice", each(start, PAIRS));
    let start = Instant::now();
    let saved = comparer.save().map(|saved| saved.to_string().len()).unwrap_or(0);
    println!("save     {:8.1} ms, {:.1} MB after {PAIRS} pairs", each(start, 1_000_000), saved as f64 / 1e6);
    print!("{}", comparer.report().table());
}
