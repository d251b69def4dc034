//! Charters that say something else for once: figures before and after, and settings that cannot be.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod charters;

use charter_plan::resolve;
use charter_plan::resolved::Resolved;
use charter_plan::what_if::{changes, figures};
use charter_spec::{FileSet, Setting, read_with};
use charters::{Case, example};

/// Reads with settings; the problems as `place: message; help`.
fn read(files: &FileSet, settings: &[&str]) -> (Option<Resolved>, FileSet, Vec<String>) {
    let settings: Vec<Setting> = settings.iter().map(|text| Setting::parse(text).expect("a setting")).collect();
    let mut files = files.clone();
    settings.iter().for_each(|setting| setting.insert(&mut files));
    let reading = read_with(&files, "charter.yaml", &settings);
    let told = reading.diagnostics.iter().filter(|problem| problem.is_error()).map(|problem| {
        let span = problem.span();
        format!("{}: {}; {}", files.path(span.file), problem.message, problem.help.clone().unwrap_or_default())
    });
    let told = told.collect();
    let resolved = reading.spec.map(|spec| resolve(spec, &files));
    (resolved, files, told)
}

#[test]
fn twice_the_peak_moves_replicas_and_the_bill() {
    let case = example("shop");
    let before = figures(&case.resolved(), &case.files);
    let (after, files, problems) = read(&case.files, &["load.peak=20000rps"]);
    assert!(problems.is_empty(), "{problems:?}");
    let moved = changes(&before, &figures(&after.expect("a charter"), &files));
    let of = |name: &str| moved.iter().find(|change| change.name == name).unwrap_or_else(|| panic!("{name} in {moved:#?}"));
    let replicas = of("capacity.recommendation: replicas");
    assert_eq!((replicas.before_text.as_deref(), replicas.after_text.as_deref()), (Some("3 replicas"), Some("6 replicas")));
    assert_eq!((of("load.peak").before, of("load.peak").after), (Some(10_000.0), Some(20_000.0)));
    assert!(moved.iter().any(|change| change.name.ends_with("total") && change.unit == "USD/month"), "{moved:#?}");
    // What does not rest on the peak stays.
    assert!(!moved.iter().any(|change| change.name.starts_with("latency.") || change.name.starts_with("roadmap.")), "{moved:#?}");
}

#[test]
fn keys_may_be_new_and_positions_and_lists_can_be_set() {
    let case = example("shop");
    let set =
        ["capacity.fraud.service_time=2ms", "decisions.adr-001.options.service-kserve.scores.1=5", "models.fraud.protect.batch={ max: 8 }"];
    let (resolved, _, problems) = read(&case.files, &set);
    assert!(problems.is_empty(), "{problems:?}");
    let spec = resolved.expect("a charter").spec;
    let capacity = spec.capacity.expect("capacity");
    assert_eq!(capacity.models.get("fraud").and_then(|sized| sized.service_time.as_ref()).map(|time| time.millis()), Some(2.0));
    assert!(
        spec.models
            .get("fraud")
            .and_then(|model| model.protect.as_ref())
            .is_some_and(|protect| protect.batch.is_some() && protect.timeout.is_some())
    );
}

#[test]
fn what_cannot_be_set_is_told_with_its_place_and_the_nearest_name() {
    let case = example("shop");
    let cases = [
        ("load.peek=1rps", "--set load.peek", "peek", "peak"),
        ("lood.peak=1rps", "--set lood.peak", "lood", "load"),
        ("load.peak=200ms", "--set load.peak", "200ms", ""),
        ("models.frad.about=x", "--set models.frad.about", "`models` has no `frad`", "did you mean `fraud`?"),
        ("capacity.frad.replicas=2", "--set capacity.frad.replicas", "frad", "fraud"),
        ("cost.fixed.kafkaa=1 USD/month", "--set cost.fixed.kafkaa", "`cost.fixed` has no `kafkaa`", "did you mean `kafka`?"),
        ("load.peak.high=1rps", "--set load.peak.high", "`load.peak` is a single value, and has no `high`", "set the whole of it"),
        (
            "decisions.adr-001.options.service-kserve.scores.9=1",
            "--set decisions.adr-001.options.service-kserve.scores.9",
            "list of 4",
            "positions count from 0",
        ),
        ("stakeholders.nobody.role=x", "--set stakeholders.nobody.role", "`stakeholders` has no `nobody`", "declared there"),
    ];
    for (set, file, message, help) in cases {
        let (_, _, problems) = read(&case.files, &[set]);
        let first = problems.iter().find(|problem| problem.starts_with(file)).unwrap_or_else(|| panic!("{set}: {problems:?}"));
        assert!(first.contains(message) && first.contains(help), "{set}: {first}");
    }
    for wrong in ["load.peak", "=1", "load.peak=", "load..peak=1"] {
        assert!(Setting::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn waits_and_lost_replicas_are_estimated_with_what_they_assume() {
    let case = Case::new(
        "charter: 1
system: test
load: { peak: 80 rps }
models: { m: { task: regression } }
capacity: { zones: 2, m: { throughput: 10 rps/replica, replicas: 10 } }
",
    );
    let resolved = case.resolved();
    let wait = &resolved.capacity.of("m").expect("a size").wait;
    let figure = |figure: &Option<charter_plan::resolved::Figure>| figure.as_ref().map(charter_plan::resolved::Figure::value);
    assert!(figure(&wait.one_lost).is_some_and(|busy| (busy - 80.0 / 90.0).abs() < 1e-12), "{wait:?}");
    // M/M/10 with 8 busy: Erlang C is 0.409.
    assert!(figure(&wait.waits).is_some_and(|chance| (chance - 0.4092).abs() < 1e-3), "{wait:?}");
    let p99 = wait.p99_ms.as_ref().expect("an estimate");
    assert_eq!(p99.assumptions.len(), 3, "{:?}", p99.assumptions);
    assert!(p99.derivation.steps.iter().any(|step| step.contains("if the wait of those who wait is exponential")));
}
