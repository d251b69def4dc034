//! Whatever the bytes are: diagnostics, never a panic, in bounded time and memory.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use charter_spec::diagnostic::{JsonDiagnostic, Style, render};
use charter_spec::limits::{DEPTH_MAX, ELEMENTS_MAX, NODES_MAX, PROBLEMS_MAX, SIZE_MAX, UNREADABLE_MAX};
use charter_spec::{FileSet, Reading, read};
use proptest::prelude::*;

const FULL: &str = include_str!("charters/full.yaml");
const REFERENCE: &str = include_str!("charters/reference.yaml");

/// Generous: the machine may be busy and the build unoptimised. Quadratic behaviour takes minutes on the inputs below.
const BOUND: Duration = Duration::from_secs(20);

fn read_bytes(bytes: impl Into<Vec<u8>>) -> (FileSet, Reading) {
    let files = FileSet::single("charter.yaml", bytes.into());
    let reading = read(&files, "charter.yaml");
    (files, reading)
}

/// Every diagnostic renders, in text and JSON, and points into the document.
fn check_reading(files: &FileSet, reading: &Reading) {
    assert!(reading.diagnostics.len() <= 1000);
    for diagnostic in &reading.diagnostics {
        let text = render(files, diagnostic, Style::Plain);
        assert!(text.starts_with(&format!("{}[{}]: ", diagnostic.severity.word(), diagnostic.code)));
        assert!(!diagnostic.message.contains('\n'), "{text}");
        serde_json::to_string(&JsonDiagnostic::of(files, diagnostic)).unwrap();
        for label in &diagnostic.labels {
            assert!(label.span.start <= label.span.end);
            assert!(label.span.start as usize <= files.bytes(label.span.file).len());
        }
    }
    assert!(reading.spec.is_some() || reading.has_errors());
}

fn bounded(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<&'static str> {
    let start = Instant::now();
    let (files, reading) = read_bytes(bytes);
    let took = start.elapsed();
    assert!(took < BOUND, "{name} took {took:?}");
    check_reading(&files, &reading);
    reading.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn ten_megabytes_of_nonsense_are_one_diagnostic() {
    assert_eq!(bounded("nonsense", vec![b'x'; 10 * 1024 * 1024]), ["Y003"]);
    assert_eq!(bounded("noughts", vec![0u8; SIZE_MAX + 1]), ["Y003"]);
}

#[test]
fn the_size_limit_holds_over_all_files() {
    let mut files = FileSet::new();
    files.insert("charter.yaml", &b"charter: 1\nsystem: shop\ninclude: [a.yaml, b.yaml]\n"[..]);
    for name in ["a.yaml", "b.yaml"] {
        files.insert(name, format!("title: x\n{}", "#".repeat(SIZE_MAX * 2 / 3)).into_bytes());
    }
    let reading = read(&files, "charter.yaml");
    assert!(reading.diagnostics.iter().any(|diagnostic| diagnostic.code == "Y003"), "{:?}", reading.diagnostics);
}

#[test]
fn nesting_is_limited_in_flow_and_block_style() {
    for open in ["[", "{a: ", "{a: ["] {
        let codes = bounded(open, open.repeat(500_000));
        assert!(codes.contains(&"Y003") && !codes.contains(&"Y001"), "{codes:?}");
    }
    let mut block = String::new();
    for level in 0..DEPTH_MAX * 4 {
        let _ = writeln!(block, "{}a:", " ".repeat(level));
    }
    assert!(bounded("block", block).contains(&"Y003"));
    assert!(bounded("dashes", "- ".repeat(100_000)).contains(&"Y003"));
}

#[test]
fn the_number_of_values_is_limited() {
    let codes = bounded("values", format!("title: [{}]", "1,".repeat(NODES_MAX + 10)));
    assert!(codes.contains(&"Y003"), "{codes:?}");
}

#[test]
fn problems_are_limited() {
    let mut text = String::from("charter: 1\nsystem: shop\nload:\n");
    for number in 0..5000 {
        let _ = writeln!(text, "  unknown-{number}: 5");
    }
    let codes = bounded("problems", text);
    assert!(codes.len() <= 201 && codes.last() == Some(&"Y026"), "{}", codes.len());
}

#[test]
fn what_is_kept_of_many_problems_is_bounded() {
    let mut text = String::from("charter: 1\nsystem: t\nquality:\n");
    for number in 0..45_000 {
        let _ = writeln!(text, "  q{number}: {{ measur: 1, sorce: 2, x: 3 }}");
    }
    assert!(text.len() < SIZE_MAX);
    let (files, reading) = read_bytes(text);
    check_reading(&files, &reading);
    assert_eq!(reading.diagnostics.len(), PROBLEMS_MAX + 1);
    let last = reading.diagnostics.last().unwrap();
    assert_eq!(last.code, "Y026");
    // Three keys of each element that is read, and the limit itself.
    assert_eq!(last.message, format!("{} more problems are not shown", 3 * ELEMENTS_MAX + 1 - PROBLEMS_MAX));
    assert!(reading.unreadable.len() <= UNREADABLE_MAX);
    assert!(reading.spec.unwrap().quality.iter().count() <= ELEMENTS_MAX);
}

#[test]
fn the_number_of_elements_is_limited_over_all_sections() {
    let half = ELEMENTS_MAX / 2 + 1;
    let mut text = String::from("charter: 1\nsystem: t\nrisks:\n");
    (0..half).for_each(|number| text.push_str(&format!("  r{number}: {{}}\n")));
    text.push_str("latency:\n  total: { stages: {\n");
    (0..half).for_each(|number| text.push_str(&format!("    s{number}: 1ms,\n")));
    // A reference to what was left out is no finding.
    text.push_str("  } }\nwaivers: { w: { owner: nobody } }\n");
    assert_eq!(bounded("elements", text), ["Y003"]);
}

#[test]
fn many_problems_of_a_costly_kind_take_linear_time() {
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let long = "x".repeat(50);
    for (name, text) in [
        ("unknown keys", format!("load:\n{}", lines(100_000, &|number| format!("  avarage-{number}: 5\n")))),
        ("unknown words", format!("models:\n{}", lines(50_000, &|number| format!("  m{number}: {{ task: rankin{number} }}\n")))),
        ("unknown units", format!("latency: {{ a: {{ stages: {{\n{} }} }} }}", lines(50_000, &|number| format!("  s{number}: 5 mss,\n")))),
        (
            "dangling references",
            format!(
                "stakeholders:\n{}",
                lines(10_000, &|number| format!("  {long}{number}: {{ cares: {long}q{number}, signs: {long}{number} }}\n"))
            ),
        ),
        (
            "prose",
            format!("roadmap: {{ a: {{ gate: {{ go: [\n{} ] }} }} }}", lines(50_000, &|number| format!("  it works {number} < 5,\n"))),
        ),
        (
            "broken measures",
            format!("roadmap: {{ a: {{ gate: {{ go: [\n{} ] }} }} }}", lines(50_000, &|number| format!("  a{number} < < 5,\n"))),
        ),
        ("one long line of problems", format!("load: {{ {} }}", lines(100_000, &|number| format!("k{number}: 5, ")))),
    ] {
        let start = Instant::now();
        let codes = bounded(name, format!("charter: 1\nsystem: shop\n{text}"));
        // The time to show the problems counts too.
        assert!(start.elapsed() < BOUND, "{name} took {:?}", start.elapsed());
        println!("{name}: {:?}, {} problems", start.elapsed(), codes.len());
    }
}

#[test]
fn hostile_shapes_take_linear_time() {
    let many = |text: &str| text.repeat(SIZE_MAX / 4 / text.len());
    for (name, text) in [
        ("question marks", many("? ")),
        ("anchors", many("&a ")),
        ("anchored values", many("&a b: c\n")),
        ("tags", many("!a ")),
        ("colons", many("a: ")),
        ("quotes", many("\"")),
        ("open quote", format!("a: \"{}", many("x y\n"))),
        ("single quotes", many("''")),
        ("comments", many("# c\n")),
        ("documents", many("---\n")),
        ("directives", many("%YAML 1.2\n")),
        ("literal", format!("a: |\n{}", many(" x\n"))),
        ("folded", format!("a: >\n{}", many(" x\n\n"))),
        ("spaces", many(" ")),
        ("newlines", many("\n")),
        ("tabs", many("\t")),
        ("commas", format!("[{}", many(","))),
        (
            "keys",
            (0..100_000).fold(String::new(), |mut text, number| {
                let _ = writeln!(text, "k{number}: 1");
                text
            }),
        ),
        ("one key", many("key: 1\n")),
        ("long plain", many("x ")),
        ("wide", format!("title: {}", many("ü€𐍈"))),
        ("carriage returns", many("a: b\r\n")),
    ] {
        bounded(name, text);
    }
}

#[test]
fn invalid_utf8_is_reported_at_its_byte() {
    let (files, reading) = read_bytes(&b"charter: 1\ntitle: \xff\n"[..]);
    let diagnostic = &reading.diagnostics[0];
    assert_eq!(diagnostic.code, "Y002");
    let place = files.position(diagnostic.span().file, diagnostic.span().start);
    assert_eq!((place.line, place.column), (2, 8));
    check_reading(&files, &reading);
}

#[test]
fn spans_are_right_behind_characters_of_several_bytes() {
    let text = "charter: 1\nsystem: shop\ntitle: \"Größe — 𐍈\"\nowner: [ü]\nload: { peak: 7GB } # é\n";
    for text in [text.to_owned(), format!("\u{feff}{text}"), text.replace('\n', "\r\n")] {
        let (files, reading) = read_bytes(text.clone());
        let found: Vec<_> = reading.diagnostics.iter().map(|diagnostic| files.text(diagnostic.span()).unwrap()).collect();
        assert_eq!(found, ["[ü]", "7GB"], "{text:?}");
    }
}

#[test]
fn a_syntax_error_keeps_what_was_read_before_it() {
    let (_, reading) =
        read_bytes("charter: 1\nsystem: shop\nload: { peak: 10 rps }\nquality: { a: { measure: \"p99(latency) < 200ms\" }, b: [\n");
    let spec = reading.spec.unwrap();
    assert_eq!(spec.load.unwrap().peak.as_ref().unwrap().per_second(), 10.0);
    assert!(spec.quality.contains("a"));
    assert!(reading.diagnostics.iter().any(|diagnostic| diagnostic.code == "Y001"));
}

#[test]
fn a_missing_root_is_a_diagnostic() {
    let reading = read(&FileSet::new(), "charter.yaml");
    assert_eq!(reading.diagnostics[0].code, "Y004");
    assert!(reading.spec.is_none());
}

#[test]
fn a_chain_of_a_thousand_references_needs_no_stack() {
    let mut text = String::from("charter: 1\nsystem: shop\ndependencies:\n");
    for number in 0..5000 {
        let _ = writeln!(text, "  d{number}: {{ feeds_from: d{} }}", (number + 1) % 5000);
    }
    let (files, reading) = read_bytes(text);
    assert_eq!(reading.diagnostics.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), ["Y023"]);
    check_reading(&files, &reading);
}

/// A charter of about `count` elements.
fn large(count: usize) -> String {
    let mut text = String::from("charter: 1\nsystem: shop\nstakeholders: { sponsor: { role: sponsor } }\nquality:\n");
    for number in 0..count / 2 {
        let _ = writeln!(
            text,
            "  q{number}: {{ attribute: performance, source: a shopper, stimulus: opens a page, artifact: system, measure: p99(latency) < {}ms over 28d, under: {{ users: 1000, think: 1s }}, priority: [high, low], owner: sponsor }}",
            100 + number
        );
    }
    text.push_str("risks:\n");
    for number in 0..count / 2 {
        let _ = writeln!(
            text,
            "  r{number}: {{ probability: low, impact: high, mitigate: [q{number}], owner: sponsor, watch: q{number}, review: 90d }}"
        );
    }
    text
}

fn best_of(count: usize, runs: usize) -> Duration {
    let text = large(count);
    (0..runs)
        .map(|_| {
            let files = FileSet::single("charter.yaml", text.clone().into_bytes());
            let start = Instant::now();
            let reading = read(&files, "charter.yaml");
            let took = start.elapsed();
            assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics.first());
            took
        })
        .min()
        .unwrap()
}

#[test]
fn reading_time_grows_with_the_document_not_faster() {
    let (small, large) = (best_of(500, 5), best_of(8_000, 3));
    println!("500 elements {small:?}, 8,000 elements {large:?}, 2,000 elements {:?}", best_of(2_000, 5));
    // Sixteen times the document; a quadratic reader would need 256 times the time.
    assert!(large < small * 64, "500 elements {small:?}, 8,000 elements {large:?}");
}

/// A charter with parts cut out, doubled, swapped and overwritten.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0usize..40, any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..6), 0u8..5);
    (prop::bool::ANY, prop::collection::vec(edit, 1..8)).prop_map(|(full, edits)| {
        let mut bytes = if full { FULL.as_bytes().to_vec() } else { REFERENCE.as_bytes().to_vec() };
        for (at, length, from, noise, kind) in edits {
            let at = at.index(bytes.len());
            let end = (at + length).min(bytes.len());
            let from = from.index(bytes.len());
            let piece = bytes[from..(from + length).min(bytes.len())].to_vec();
            match kind {
                0 => drop(bytes.drain(at..end)),
                1 => drop(bytes.splice(at..at, piece)),
                2 => drop(bytes.splice(at..end, piece)),
                3 => drop(bytes.splice(at..end, noise)),
                _ => drop(
                    bytes.splice(at..at, b"\"'{}[]:,#&*!|>%@-? \n\t~"[..].iter().copied().skip(length % 20).take(2).collect::<Vec<_>>()),
                ),
            }
            if bytes.is_empty() {
                bytes.push(b'a');
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let (files, reading) = read_bytes(bytes);
        check_reading(&files, &reading);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "[a-z0-9 :\\n\\-\\[\\]{}\"'#&*!|>%@,.?~\u{e9}\u{10348}\t]{0,600}") {
        let (files, reading) = read_bytes(text);
        check_reading(&files, &reading);
    }

    #[test]
    fn mutated_charters_never_panic(bytes in mutated()) {
        let (files, reading) = read_bytes(bytes);
        check_reading(&files, &reading);
    }

    #[test]
    fn any_value_at_any_key_never_panics(
        line in prop::sample::select(FULL.lines().filter(|line| line.contains(": ")).collect::<Vec<_>>()),
        value in "[a-z0-9_.%<>=()@/,\\[\\]{}: \"'-]{0,30}",
    ) {
        let (key, _) = line.split_once(": ").unwrap();
        let text = FULL.replacen(line, &format!("{key}: {value}"), 1);
        let (files, reading) = read_bytes(text);
        check_reading(&files, &reading);
    }
}
