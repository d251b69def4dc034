//! Whole charters: everything that they say is in the types.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by panicking")]

use charter_spec::ast::{
    AnswerKind, Breaker, Concurrency, FailMode, Level, PhaseBox, Resolution, RouteAccess, ScaleAction, Scores, TensorType, TriggerWhen,
};
use charter_spec::measure::CriterionKind;
use charter_spec::names::FileKind;
use charter_spec::{FileSet, Plain, Reading, SectionName, Spec, read};

const REFERENCE: &str = include_str!("charters/reference.yaml");

fn full() -> (FileSet, Reading) {
    let mut files = FileSet::new();
    files.insert("charter.yaml", include_bytes!("charters/full.yaml").as_slice());
    files.insert("parts/risks.yaml", include_bytes!("charters/parts/risks.yaml").as_slice());
    files.insert("parts/operations.yaml", include_bytes!("charters/parts/operations.yaml").as_slice());
    let reading = read(&files, "charter.yaml");
    (files, reading)
}

fn spec(text: &str) -> Spec {
    let files = FileSet::single("charter.yaml", text.as_bytes());
    let reading = read(&files, "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    reading.spec.unwrap()
}

#[test]
fn a_charter_with_every_section_has_no_problems() {
    let (_, reading) = full();
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    let spec = reading.spec.unwrap();
    for section in SectionName::ALL {
        assert!(spec.is_written(*section), "`{}` is not in the full charter", section.key());
    }
}

#[test]
fn the_reference_case_has_no_problems() {
    let spec = spec(REFERENCE);
    let load = spec.load.as_ref().unwrap();
    assert_eq!(load.peak.as_ref().unwrap().per_second(), 10_000.0);
    assert!((load.mix.iter().map(|entry| entry.value.ratio()).sum::<f64>() - 1.0).abs() < 1e-9);
    let budget = spec.latency.get("peak-latency").unwrap();
    let sum: f64 = budget.stages.iter().map(|stage| stage.budget.as_ref().unwrap().nanos()).sum();
    assert_eq!((sum, budget.stages.len()), (budget.total.as_ref().unwrap().nanos(), 8));
    let cascade = &budget.overrides.get("search-ranking").unwrap().get("inference").unwrap().cascade;
    assert_eq!(cascade.get("rank").unwrap().budget.as_ref().unwrap().millis(), 60.0);
    let capacity = spec.capacity.as_ref().unwrap();
    assert_eq!((capacity.safety.as_ref().unwrap().factor(), capacity.zones.as_ref().unwrap().count()), (1.75, 3));
    let queue = capacity.queues.get("batch-scoring").unwrap();
    assert_eq!(queue.wait.as_ref().unwrap().seconds() * queue.drain.as_ref().unwrap().per_second(), 1000.0);
    assert!(matches!(capacity.scale[3].when.as_ref().unwrap().value, TriggerWhen::Time(time) if time.time.hour == 17));
    assert!(matches!(&capacity.scale[3].action.as_ref().unwrap().value, ScaleAction::PreScale(factor) if factor.factor() == 1.5));
    let llm = spec.degradation.as_ref().unwrap().ladders.get("llm-api").unwrap();
    assert_eq!(llm.rungs.iter().map(|rung| rung.id.as_str()).collect::<Vec<_>>(), ["full", "degraded", "fallback"]);
    assert_eq!(llm.rungs.get("full").unwrap().name.as_ref().unwrap().value, "large");
    assert_eq!(llm.rungs.get("degraded").unwrap().means.get("small").unwrap().how.as_ref().unwrap().value, "same-provider");
    let fraud = spec.degradation.as_ref().unwrap().ladders.get("fraud").unwrap();
    assert_eq!(fraud.rungs.get("fallback").unwrap().fail.unwrap().value, FailMode::Closed);
    let decision = spec.decisions.get("adr-003").unwrap();
    assert!(
        matches!(&decision.options.get("kserve").unwrap().scores.as_ref().unwrap().value, Scores::InOrder(scores) if scores.len() == 5)
    );
    assert!((decision.criteria.iter().map(|weight| weight.ratio()).sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn prose_in_a_gate_is_kept_for_lint() {
    let spec = spec(REFERENCE);
    let mut prose = Vec::new();
    for phase in &spec.roadmap {
        for outcome in &phase.gate {
            prose.extend(
                outcome
                    .iter()
                    .filter(|criterion| matches!(criterion.kind, CriterionKind::Text))
                    .map(|criterion| criterion.text.to_string()),
            );
        }
    }
    assert_eq!(prose, ["no usable data", "peak-latency @load on one model", "one of them misses by < 20%", "baseline not beaten"]);
}

#[test]
fn routes_keep_the_shape_of_their_nodes() {
    let spec = full().1.spec.unwrap();
    let fraud = spec.routes.get("fraud").unwrap();
    let AnswerKind::Ladder(ladder) = &fraud.answer.as_ref().unwrap().kind else { panic!() };
    assert_eq!(ladder.fail.unwrap().value, FailMode::Closed);
    assert_eq!(ladder.ladder.iter().map(|rung| rung.id.as_str()).collect::<Vec<_>>(), ["full", "degraded", "fallback"]);
    let AnswerKind::Model(full) = &ladder.ladder.get("full").unwrap().answer.kind else { panic!() };
    assert_eq!(full.model.as_ref().unwrap().to_string(), "fraud@v2");
    assert_eq!(full.canary.as_ref().unwrap().version.as_ref().unwrap().to_string(), "fraud@v3");
    assert_eq!(full.weight.as_ref().unwrap().ratio(), 0.05);
    let degraded = ladder.ladder.get("degraded").unwrap();
    assert_eq!(degraded.terms.within.as_ref().unwrap().millis(), 10.0);
    assert!(degraded.terms.pinned.unwrap().value);
    let tensors = &fraud.output.as_ref().unwrap().tensors;
    assert_eq!(
        (tensors.get("vector").unwrap().datatype, tensors.get("vector").unwrap().shape.as_slice()),
        (TensorType::Fp32, [2, 3].as_slice())
    );
    assert_eq!(fraud.decide.as_ref().unwrap().decisions.iter().next().unwrap().id.as_str(), "decision");
    assert!(matches!(&fraud.access.as_ref().unwrap().value, RouteAccess::Identities(identities) if identities.len() == 1));
    let recommendation = spec.routes.get("recommendation").unwrap();
    assert!(matches!(recommendation.access.as_ref().unwrap().value, RouteAccess::Open));
    let AnswerKind::Sequence(sequence) = &recommendation.answer.as_ref().unwrap().kind else { panic!() };
    let AnswerKind::Split(split) = &sequence.sequence[0].kind else { panic!() };
    assert_eq!(split.split.iter().map(|arm| arm.terms.weight.as_ref().unwrap().ratio()).collect::<Vec<_>>(), [0.9, 0.1]);
    let AnswerKind::Lookup(lookup) = &split.split[1].answer.kind else { panic!() };
    assert!(matches!(&lookup.default_value.as_ref().unwrap().value, Plain::List(items) if items.len() == 2));
}

#[test]
fn guards_are_typed() {
    let spec = full().1.spec.unwrap();
    let protect = spec.models.get("fraud").unwrap().protect.as_ref().unwrap();
    assert!(matches!(protect.concurrency.as_ref().unwrap().value, Concurrency::Adaptive));
    assert!(
        matches!(&protect.breaker.as_ref().unwrap().value, Breaker::Settings(settings) if settings.open_max.as_ref().unwrap().seconds() == 60.0)
    );
    let protect = spec.models.get("recommendation").unwrap().protect.as_ref().unwrap();
    assert!(matches!(protect.breaker.as_ref().unwrap().value, Breaker::Off));
    assert_eq!(protect.batch.as_ref().unwrap().max.as_ref().unwrap().count(), 16);
}

#[test]
fn ranges_tasks_and_links_are_typed() {
    let spec = full().1.spec.unwrap();
    let weeks = |phase: &str| match &spec.roadmap.get(phase).unwrap().time_box.as_ref().unwrap().value {
        PhaseBox::Time(range) => Some((range.low.seconds() / 604_800.0, range.high.seconds() / 604_800.0)),
        PhaseBox::Ongoing => None,
    };
    assert_eq!(
        (weeks("discovery"), weeks("poc"), weeks("mvp"), weeks("scale")),
        (Some((2.0, 4.0)), Some((4.0, 6.0)), Some((4.0, 4.0)), None)
    );
    let tasks = &spec.roadmap.get("poc").unwrap().tasks;
    assert_eq!(tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["baseline", "spike-kserve"]);
    let risk = spec.risks.get("gpu-ops").unwrap();
    let followed: Vec<_> = risk.mitigate.iter().map(|link| spec.follow(link)).collect();
    assert!(matches!(followed[0], Resolution::Section(SectionName::Capacity)));
    assert!(matches!(&followed[1], Resolution::Task { phase, .. } if *phase == "mvp"));
    assert!(matches!(&followed[2], Resolution::File(path) if path == "runbooks/gpu.md"));
    assert_eq!(risk.level.unwrap().value, Level::High);
    let stakeholder = spec.stakeholders.get("security").unwrap();
    assert!(matches!(spec.resolve(&stakeholder.cares[2]), Resolution::Section(SectionName::Degradation)));
}

#[test]
fn files_that_are_named_are_listed_with_their_place_and_kind() {
    let (files, reading) = full();
    let of = |kind: FileKind| {
        reading
            .references
            .iter()
            .filter(|reference| reference.kind == kind)
            .map(|reference| reference.path.value.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(FileKind::Include), ["parts/risks.yaml", "parts/operations.yaml"]);
    assert_eq!(
        of(FileKind::Model),
        ["models/fraud-v2.onnx", "models/fraud-v1.onnx", "models/fraud-v3.onnx", "models/recommendation-v1.onnx"]
    );
    assert_eq!(
        of(FileKind::Contract),
        ["contracts/lake.odcs.yaml", "contracts/payment.odcs.yaml", "contracts/payment.odcs.yaml", "contracts/payment.odcs.yaml"]
    );
    assert_eq!(of(FileKind::Table), ["tables/popular.json", "tables/popular.json", "tables/list.json"]);
    assert_eq!(of(FileKind::Card), ["cards/fraud.md"]);
    assert_eq!(of(FileKind::Record), ["decisions/0003-serving.md"]);
    assert_eq!(of(FileKind::Policy), ["policies/checkout.cedar"]);
    for reference in &reading.references {
        assert!(files.text(reference.path.span).unwrap().contains(reference.path.value.rsplit('/').next().unwrap()));
    }
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let mut files = FileSet::new();
    files.insert("shop/charter.yaml", &b"charter: 1\nsystem: shop\ninclude: parts/models.yaml\n"[..]);
    files.insert("shop/parts/models.yaml", &b"models: { m: { card: ../cards/m.md, versions: { v1: { onnx: m.onnx } } } }\n"[..]);
    let reading = read(&files, "shop/charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
    let paths: Vec<_> = reading.references.iter().map(|reference| reference.path.value.as_str()).collect();
    assert_eq!(paths, ["shop/parts/models.yaml", "shop/cards/m.md", "shop/parts/models/m.onnx".replace("models/", "").as_str()]);
}

#[test]
fn holes_stay_holes_and_say_whether_they_are_written() {
    let spec = spec("charter: 1\nsystem: shop\nmodels: { a: { needs: [] }, b: { task: ranking } }\n");
    assert!(spec.models.get("a").unwrap().needs.is_written() && spec.models.get("a").unwrap().needs.is_empty());
    assert!(!spec.models.get("b").unwrap().needs.is_written());
    let files = FileSet::single("charter.yaml", &b"charter: 1\nsystem: shop\nload: { peak: 5 rsp, average: 5 rps }\n"[..]);
    let unreadable: Vec<_> = read(&files, "charter.yaml").unreadable.into_iter().map(|span| files.text(span)).collect();
    assert_eq!(unreadable, [Some("peak")]);
    assert!(spec.models.get("b").unwrap().baseline.is_none() && spec.load.is_none() && !spec.quality.is_written());
}

#[test]
fn every_key_and_value_has_its_span() {
    let (files, reading) = full();
    let spec = reading.spec.unwrap();
    let entry = spec.quality.get_entry("peak-latency").unwrap();
    assert_eq!(files.text(entry.id.span), Some("peak-latency"));
    let measure = entry.measure.as_ref().unwrap();
    assert_eq!(files.text(measure.span), Some("p99(latency) < 200ms over 28d"));
    assert_eq!(files.text(measure.measure().unwrap().value.span), Some("200ms"));
    let position = files.position(measure.span.file, measure.measure().unwrap().value.span.start);
    assert_eq!(files.line(measure.span.file, position.line).unwrap().find("200ms"), Some(position.column - 1));
    let table = &spec.experiments.get_entry("ranker").unwrap().goals[0];
    assert_eq!(files.text(table.span), Some("uplift(revenue_per_session) > 0 at 95% confidence"));
    // A quoted scalar: the caret still points at the term.
    let uplift = spec.quality.get("uplift").unwrap().measure.as_ref().unwrap();
    assert_eq!(files.text(uplift.measure().unwrap().term.span), Some("uplift(ndcg@10 vs popularity)"));
}

fn problems(text: &str) -> Vec<(&'static str, String)> {
    let files = FileSet::single("charter.yaml", text.as_bytes());
    let place = |diagnostic: &charter_spec::Diagnostic| files.text(diagnostic.span()).unwrap_or("").to_owned();
    read(&files, "charter.yaml").diagnostics.iter().map(|diagnostic| (diagnostic.code, place(diagnostic))).collect()
}

#[test]
fn a_mistyped_key_counts_as_written_so_that_nobody_misses_it() {
    let text = "charter: 1\nsystem: shop\nquality: { a: { measur: p99(latency) < 9ms, unheard: of } }\nqualty: {}\n";
    let files = FileSet::single("charter.yaml", text.as_bytes());
    let reading = read(&files, "charter.yaml");
    let unreadable: Vec<_> = reading.unreadable.into_iter().map(|span| files.text(span)).collect();
    assert_eq!(unreadable, [Some("measur")], "only what is near to a known key stands for it");
    assert_eq!(reading.diagnostics.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>(), ["Y009"; 3]);
}

#[test]
fn nothing_is_missed_after_a_syntax_error() {
    let seen = problems("charter: 1\nload: { peak: 10 rps,\n");
    assert_eq!(seen.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["Y001"], "{seen:?}");
    assert!(problems("charter: 1\nload: { peak: 10 rps }\n").iter().any(|(code, _)| *code == "Y010"));
}

#[test]
fn what_stands_under_a_bad_id_is_read() {
    let seen = problems("charter: 1\nsystem: shop\nmodels: { größe: { tsk: ranking } }\n");
    assert_eq!(seen, [("Y014", "größe".to_owned()), ("Y009", "tsk".to_owned())]);
}

#[test]
fn a_mistyped_metric_is_named_at_its_place() {
    let text = "charter: 1\nsystem: shop\nquality: { a: { measure: p99(latncy) < 20ms over 28d } }\n";
    assert_eq!(problems(text), [("Y018", "latncy".to_owned())]);
    for own in ["p99(queue_age) < 20ms over 28d", "max(cap) < 5", "max(time_to_fallback) < 5s", "p99(latency) < 20ms", "uplift(csta) > 5%"]
    {
        let seen = problems(&format!("charter: 1\nsystem: shop\nquality: {{ a: {{ measure: {own} }} }}\n"));
        assert!(seen.is_empty(), "{own}: {seen:?}");
    }
}

#[test]
fn a_share_is_not_promised_beyond_the_whole() {
    let seen = |measure: &str| problems(&format!("charter: 1\nsystem: shop\nquality: {{ a: {{ measure: \"{measure}\" }} }}\n"));
    for measure in [
        "ratio(answered) >= 150%",
        "recall >= 150%",
        "recall at fpr <= 1% >= 150%",
        "min(recall) > 101%",
        "availability >= 1.5x",
        "ratio(rung == full) >= 200%",
        "errors < -150%",
    ] {
        let expected = measure.rsplit(' ').next().unwrap();
        assert_eq!(seen(measure), [("Y017", expected.to_owned())], "{measure}");
    }
    assert_eq!(seen("recall at fpr <= 150% >= 0.6"), [("Y017", "150%".to_owned())]);
    for measure in ["uplift(ndcg@10 vs popularity) >= 150%", "mape <= 120%", "recall >= 100%", "change(spend) <= 300%", "recall >= 90"] {
        assert!(seen(measure).is_empty(), "{measure}");
    }
}
