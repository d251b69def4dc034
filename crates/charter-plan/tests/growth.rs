//! Ten times the charter costs about ten times the work: reading, resolving and compiling are counted in bytes that they allocate, which do not depend on
//! the machine. Work that grows with the square of the charter shows here long before anybody waits for it.

#![allow(clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

use charter_plan::compile::compile;
use charter_plan::resolved::resolve;
use charter_spec::FileSet;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write;

thread_local! {
    static BYTES: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every request is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = BYTES.try_with(|bytes| bytes.set(bytes.get() + layout.size() as u64));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const CONTRACT: &str = "apiVersion: v3.1.0
kind: DataContract
id: order
version: 1.0.0
status: active
schema:
  - name: order
    properties:
      - { name: amount, logicalType: number, physicalType: FP64, required: true, logicalTypeOptions: { minimum: 0, maximum: 1000 } }
";

/// A charter of `count` routes with a model each, and of every kind of promise about each of them.
fn charter(count: usize) -> String {
    let mut text = "charter: 1\nsystem: large\ntitle: A large one\nowner: architect\ncurrency: EUR\n".to_owned();
    let mut section = |head: &str, of: &dyn Fn(usize) -> String| {
        let _ = writeln!(text, "{head}");
        (0..count).for_each(|at| text.push_str(&of(at)));
    };
    section("stakeholders:", &|at| format!("  team-{at}: {{ role: team {at}, cares: [fast-{at}, steps-{at}] }}\n"));
    section("load:\n  peak: 10_000 rps\n  mix:", &|at| {
        format!("    route-{at}: {}%\n", 100.0 / f64::from(u32::try_from(count).unwrap_or(1)))
    });
    section("quality:", &|at| {
        format!(
            "  fast-{at}: {{ attribute: performance, artifact: route-{at}, measure: p99(latency) < 200ms, under: load.peak }}\n  \
             steps-{at}: {{ attribute: reliability, artifact: route-{at}, measure: max(time_to_degrade) <= 5s, proof: chaos }}\n  \
             right-{at}: {{ attribute: functional correctness, artifact: route-{at}, measure: mape <= 16% }}\n"
        )
    });
    section("models:", &|at| {
        format!(
            "  model-{at}: {{ task: regression, baseline: the mean, versions: {{ v1: {{ oip: \"http://model-{at}:8000\", model: m }} }} }}\n"
        )
    });
    section("routes:", &|at| {
        format!(
            "  route-{at}:\n    input: order.odcs.yaml\n    latency: fast-{at}\n    answer: {{ ladder: {{ full: {{ model: model-{at}@v1 }}, static: {{ static: {{ score: 0.5 }} }} }}, fail: open }}\n    \
             output: {{ score: FP32 }}\n"
        )
    });
    section("latency:", &|at| {
        format!("  fast-{at}: {{ total: 200ms, stages: {{ inference: {{ budget: 150ms, calls: model }}, buffer: 50ms }} }}\n")
    });
    section("risks:", &|at| {
        format!("  risk-{at}: {{ probability: low, impact: low, owner: team-{at}, mitigate: [route-{at}/static], watch: fast-{at} }}\n")
    });
    section("decisions:", &|at| {
        format!(
            "  choice-{at}: {{ status: accepted, answers: [fast-{at}], criteria: {{ a: 60%, b: 40% }}, accepts: [risk-{at}],\n      \
             options: {{ one: {{ scores: [5, 4], chosen: true }}, other: {{ scores: [2, 3], because_not: slower }} }} }}\n"
        )
    });
    text
}

/// Bytes that are allocated to read, resolve and compile a charter.
fn bytes(count: usize) -> u64 {
    let mut files = FileSet::single("charter.yaml", charter(count).into_bytes());
    files.insert("order.odcs.yaml", CONTRACT.as_bytes().to_vec());
    let before = BYTES.get();
    let reading = charter_spec::read(&files, "charter.yaml");
    assert!(!reading.has_errors(), "it can be read: {:?}", reading.diagnostics.first());
    let resolved = resolve(reading.spec.expect("a charter"), &files);
    let compiled = compile(&resolved, &files, &Default::default());
    assert!(compiled.is_ok(), "it compiles: {:?}", compiled.err().and_then(|problems| problems.into_iter().next()));
    BYTES.get() - before
}

#[test]
fn ten_times_the_charter_is_about_ten_times_the_work() {
    let (small, large) = (bytes(20), bytes(200));
    // Sorting and growing tables cost a little more than their share; the square would be 100.
    let growth = large as f64 / small as f64;
    assert!(growth < 14.0, "ten times the charter allocates {growth:.1} times as much: {small} and {large} bytes");
}
