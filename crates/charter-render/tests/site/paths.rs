//! Level 4: what the engine runs for a critical route, with every kind of node and every guard.

use crate::support::site;
use charter_spec::FileSet;

const CONTRACT: &str = "kind: DataContract
schema:
  - name: row
    properties:
      - { name: amount, physicalType: FP32, required: true }
";

fn drawn(answer: &str, critical: bool) -> String {
    let criticality = if critical { "critical" } else { "low" };
    let charter = format!(
        "charter: 1
system: test
models:
  m:
    task: regression
    criticality: {criticality}
    protect: {{ concurrency: 8, queue: {{ max: 32 }}, batch: {{ max: 16 }}, retry: {{ max: 2 }}, hedge: {{ after: 20ms }}, breaker: default }}
    versions: {{ v1: {{ oip: \"http://one:8000\" }}, v2: {{ oip: \"http://two:8000\" }} }}
routes:
  r: {{ input: row.odcs.yaml, output: {{ score: FP32 }}, answer: {answer} }}
"
    );
    let mut files = FileSet::single("charter.yaml", charter.into_bytes());
    files.insert("row.odcs.yaml", CONTRACT.as_bytes().to_vec());
    site(&files)["architecture.html"].clone()
}

#[test]
fn a_critical_route_shows_its_phases_guards_and_time() {
    let page = drawn("{ ladder: { full: { model: m@v2 }, before: { model: m@v1 }, last: { rule: \"0.0\", as: score } } }", true);
    for part in ["Level 4 for a critical path", "Time shares", "Phases", "Guards of each model", ">admit<", ">inspect<", ">record<"] {
        assert!(page.contains(part), "{part}");
    }
    for guard in ["limiter", "breaker", "queue", "batcher", "retry", "hedge"] {
        assert!(page.contains(&format!("<td>{guard}</td>")), "{guard}");
    }
    for setting in [
        "at most 8 calls at once",
        "at most 32 wait",
        "up to 16 rows in one inference",
        "2 tries after the first",
        "asks again after 20 ms",
    ] {
        assert!(page.contains(setting), "{setting}");
    }
    assert!(page.contains("it computes in place and waits for nothing"), "the rule has no guards, and says so");
}

#[test]
fn a_route_that_is_not_critical_has_no_level_4() {
    let page = drawn("{ ladder: { full: { model: m@v2 }, last: { rule: \"0.0\", as: score } } }", false);
    assert!(!page.contains("Level 4") && !page.contains("Guards of each model"));
}

#[test]
fn every_kind_of_node_is_drawn_as_what_it_does() {
    let cases = [
        ("{ split: [{ weight: 60%, model: m@v1 }, { weight: 40%, model: m@v2 }] }", "exactly one arm"),
        ("{ shadow: { of: { model: m@v1 }, to: { model: m@v2 }, share: 10% } }", "gets copies"),
        ("{ cascade: [{ model: m@v1, sure: \"score\", at_least: 0.9, name: small }, { model: m@v2 }] }", "small: stands"),
        ("{ ensemble: { a: { model: m@v1 }, b: { model: m@v2, weight: 2 } }, combine: mean, quorum: 1 }", "all at once"),
        ("{ cache: { of: { model: m@v1 }, ttl: 60s } }", "not there"),
    ];
    for (answer, says) in cases {
        let page = drawn(answer, true);
        assert!(page.contains("Level 4"), "{answer} compiles");
        assert!(page.contains(says), "{answer}: {says}");
    }
}
