//! Two thousand elements: quick, bounded, and still linked.

use crate::support::{parsed, rendered, site};
use charter_spec::FileSet;
use std::fmt::Write;
use std::time::Instant;

/// A mixture of everything that has pages, pictures or rows; `count` elements in all.
fn large(count: usize) -> FileSet {
    let each = count / 10;
    let mut text = String::from("charter: 1\nsystem: large\nload: { peak: 10_000 rps }\n");
    let mut section = |name: &str, line: &dyn Fn(usize) -> String| {
        let _ = writeln!(text, "{name}:");
        for at in 0..each {
            let _ = writeln!(text, "  {}", line(at));
        }
    };
    section("stakeholders", &|at| format!("s{at}: {{ role: team {at}, cares: [q{at}] }}"));
    section("quality", &|at| {
        format!(
            "q{at}: {{ attribute: performance, artifact: r{at}, measure: p99(latency) < 200ms, under: {{ users: 100 }}, priority: [high, low] }}"
        )
    });
    section("dependencies", &|at| format!("d{at}: {{ direction: upstream, kind: http, slo: 99.9%, data: personal }}"));
    section("models", &|at| format!("m{at}: {{ task: regression, needs: [d{at}, d{}], about: what it does }}", (at + 1) % each));
    section("routes", &|at| {
        format!("r{at}: {{ latency: l{at}, answer: {{ ladder: {{ full: {{ model: m{at} }}, fixed: {{ static: {{ score: 0 }} }} }} }} }}")
    });
    section("latency", &|at| format!("l{at}: {{ total: 100ms, stages: {{ network-in: 20ms, inference: 60ms, buffer: 20ms }} }}"));
    section("decisions", &|at| {
        format!(
            "c{at}: {{ status: accepted, question: which one, answers: [q{at}], criteria: {{ price: 60%, speed: 40% }}, options: {{ one: {{ scores: [5, 3], chosen: true }}, two: {{ scores: [3, 4], because_not: slower }} }} }}"
        )
    });
    section("risks", &|at| format!("k{at}: {{ probability: low, impact: high, mitigate: [q{at}, d{at}], owner: s{at} }}"));
    section("roadmap", &|at| format!("p{at}: {{ box: 1w, do: [t{at}], gate: {{ go: [q{at}], stop: else }} }}"));
    text.push_str("capacity:\n  safety: 1.5\n");
    for at in 0..each {
        let _ = writeln!(text, "  r{at}: {{ throughput: 100 rps/replica, device: cpu }}");
    }
    text.push_str("cost: { ceiling: 1 USD/month, unit: { cpu: 10 USD/month } }\n");
    FileSet::single("charter.yaml", text.into_bytes())
}

#[test]
fn two_thousand_elements_are_whole_and_bounded() {
    let site = site(&large(2_000));
    let bytes: usize = site.values().map(String::len).sum();
    let largest = site.iter().map(|(path, text)| (text.len(), path)).max().expect("pages");
    println!("{} files, {} KB, the largest {} KB: {}", site.len(), bytes / 1024, largest.0 / 1024, largest.1);
    assert!(bytes < 16 << 20, "{bytes}");
    assert!(largest.0 < 3 << 20, "{largest:?}");
    let anchors: std::collections::BTreeSet<String> = parsed(&site, |path, document| {
        document.descendants().filter_map(|node| node.attribute("id")).map(|id| format!("{path}#{id}")).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    parsed(&site, |page, document| {
        for target in document.descendants().filter_map(|node| node.attribute("href")).filter(|target| !target.starts_with("http")) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page } else { file };
            assert!(site.contains_key(file), "{page}: {target}");
            assert!(anchor.is_empty() || anchors.contains(&format!("{file}#{anchor}")), "{page}: {target}");
        }
    });
}

#[test]
fn twice_the_charter_takes_about_twice_the_time() {
    let time = |count: usize| {
        let files = large(count);
        // The best of several runs: other work on the machine only adds to it.
        (0..3)
            .map(|_| {
                let began = Instant::now();
                assert!(rendered(&files).len() > 25);
                began.elapsed()
            })
            .min()
            .unwrap_or_default()
    };
    let (small, large) = (time(1_000), time(4_000));
    println!("1,000 elements: {small:?}; 4,000 elements: {large:?}, lint among it");
    assert!(large < small * 24, "{small:?} for 1,000 elements, {large:?} for 4,000");
}
