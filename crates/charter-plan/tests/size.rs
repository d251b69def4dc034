//! Large charters stay quick: time and memory are linear in the document.

// What is wrong with a case fails its test.
#![allow(clippy::expect_used)]

mod charters;

use charters::Case;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// A charter of about `count` elements, as a mixture of everything that figures are derived from.
fn large(count: usize) -> String {
    let each = count / 8;
    let mut text = String::from("charter: 1\nsystem: large\nload: { peak: 10_000 rps }\n");
    let mut section = |name: &str, line: &dyn Fn(usize) -> String| {
        let _ = writeln!(text, "{name}:");
        for at in 0..each {
            let _ = writeln!(text, "  {}", line(at));
        }
    };
    section("quality", &|at| format!("q{at}: {{ artifact: r{at}, measure: p99(latency) < 200ms, under: {{ users: 100 }} }}"));
    section("dependencies", &|at| format!("d{at}: {{ direction: upstream, kind: http, slo: 99.9% }}"));
    section("models", &|at| format!("m{at}: {{ task: regression, needs: [d{at}, d{}] }}", (at + 1) % each));
    section("routes", &|at| {
        format!("r{at}: {{ latency: l{at}, answer: {{ ladder: {{ full: {{ model: m{at} }}, fixed: {{ static: {{ score: 0 }} }} }} }} }}")
    });
    section("latency", &|at| format!("l{at}: {{ total: 100ms, stages: {{ network-in: 20ms, inference: 60ms, buffer: 20ms }} }}"));
    section("risks", &|at| format!("k{at}: {{ probability: low, impact: high, mitigate: [q{at}, d{at}] }}"));
    section("roadmap", &|at| format!("p{at}: {{ box: 1w, do: [t{at}] }}"));
    text.push_str("capacity:\n  safety: 1.5\n");
    for at in 0..each {
        let _ = writeln!(text, "  r{at}: {{ throughput: 100 rps/replica, device: cpu }}");
    }
    text.push_str("cost: { ceiling: 1 USD/month, unit: { cpu: 10 USD/month } }\n");
    text
}

fn time(count: usize) -> Duration {
    let case = Case::new(&large(count));
    let reading = charter_spec::read(&case.files, "charter.yaml");
    assert!(!reading.has_errors(), "{:?}", reading.diagnostics.first());
    let spec = reading.spec.expect("a charter");
    // The best of several runs: other work on the machine only adds to it.
    (0..5)
        .map(|_| {
            let spec = spec.clone();
            let began = Instant::now();
            let resolved = charter_plan::resolve(spec, &case.files);
            let took = began.elapsed();
            assert!(resolved.cost.total.is_some());
            took
        })
        .min()
        .unwrap_or_default()
}

#[test]
fn twice_the_charter_takes_about_twice_the_time() {
    let (small, large) = (time(2_000), time(8_000));
    println!("2,000 elements: {small:?}; 8,000 elements: {large:?}");
    assert!(large < small * 10, "{small:?} for 2,000 elements, {large:?} for 8,000");
}
