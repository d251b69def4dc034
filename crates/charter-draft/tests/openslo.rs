//! OpenSLO: whatever a document can say comes back, and what the charter says today is in what it writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

#[path = "support/exchange.rs"]
mod exchange;
#[path = "support/mod.rs"]
mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::openslo;
use charter_render::export::{Export, Format};
use exchange::{documents, export_of, export_of_text, files_of, fixed, stream};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use support::{check_notes, notes, single, spec};

/// The name under which an export writes a document again, so that the second import starts from the same path.
const PATH: &str = "slo.openslo.yaml";

fn import(text: &str) -> Draft {
    let files = single(PATH, text);
    let draft = openslo::import(&files, &Target::default());
    check_notes(&draft, &files);
    draft
}

fn again(draft: &Draft) -> (Export, Draft) {
    let made = export_of(draft, Format::OpenSlo);
    let second = openslo::import(&files_of(&made), &Target::default());
    (made, second)
}

fn text(made: &Export, path: &str) -> String {
    let file = made.files.iter().find(|file| file.path == path);
    file.unwrap_or_else(|| panic!("`{path}` is not written: {:?}", made.notes)).text.clone()
}

fn charter(draft: &Draft) -> String {
    draft.charter("system", None)
}

/// Import, export and import once more: the documents are the same, and so is the charter.
fn comes_back(given: &[Value]) {
    let text_given = stream(given);
    let first = import(&text_given);
    let (made, second) = again(&first);
    let told = || format!("{:?}\n{}\n=====\n{}", made.notes, charter(&first), serde_json::to_string_pretty(given).unwrap());
    assert_eq!(made.files.len(), 1, "{}", told());
    assert_eq!(documents(&text(&made, PATH)), given, "{}", told());
    assert_eq!(charter(&first), charter(&second), "{}", told());
}

// ── Documents with the whole vocabulary ──

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{2,8}( [a-z]{2,8}){0,3}", "[a-z]{1,4}[:#'\"{}\\[\\],&*!|>%@`-][ a-z]{1,4}", Just("größer, 99,9 % — 決定".to_owned())]
}

fn label() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6}){0,2}"
}

fn duration() -> impl Strategy<Value = String> {
    (1u32..60, select(vec!["m", "h", "d", "w", "M", "Q", "Y"])).prop_map(|(count, unit)| format!("{count}{unit}"))
}

/// Whatever a metric source or a connection may hold.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        word().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (-1000i64..1000).prop_map(Value::from),
        Just(json!("1.0"))
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// An object of the pairs that have a value.
fn object(pairs: Vec<(&str, Option<Value>)>) -> Value {
    Value::Object(pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>())
}

fn some(strategy: impl Strategy<Value = impl Into<Value> + std::fmt::Debug + 'static> + 'static) -> BoxedStrategy<Option<Value>> {
    prop::option::of(strategy.prop_map(|value| -> Value { value.into() })).boxed()
}

fn metadata(name: String) -> impl Strategy<Value = Value> {
    let labels = prop::collection::btree_map(
        "[a-zA-Z]{1,6}(\\.[a-z]{1,4})?",
        prop_oneof![label().prop_map(Value::from), prop::collection::vec(label(), 1..3).prop_map(Value::from)],
        0..3,
    );
    let annotations = prop::collection::btree_map("(acme\\.org/)?[a-z]{2,6}", word(), 0..3);
    (some(word()), prop::option::of(labels), prop::option::of(annotations)).prop_map(move |(display, labels, annotations)| {
        object(vec![
            ("name", Some(json!(name))),
            ("displayName", display),
            ("labels", labels.map(|labels| json!(labels))),
            ("annotations", annotations.map(|annotations| json!(annotations))),
        ])
    })
}

fn envelope(kind: &'static str, name: String, spec: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (metadata(name), spec)
        .prop_map(move |(metadata, spec)| json!({ "apiVersion": "openslo/v1", "kind": kind, "metadata": metadata, "spec": spec }))
        .boxed()
}

fn metric() -> BoxedStrategy<Value> {
    let query = prop_oneof![
        Just("sum(rate(http_requests_total{status!~\"5..\"}[5m]))".to_owned()),
        Just("sum(http_request_duration_seconds_bucket{le=\"0.3\"})".to_owned()),
        Just("sum(charter_rung_answers_total{route=\"a\",rung=\"full\"})".to_owned()),
        Just("SELECT value FROM metrics\n  WHERE at > :from\n".to_owned()),
        word(),
    ];
    (some(label()), some(select(vec!["Prometheus", "Datadog", "CloudWatch"])), query, prop::option::of(anything()))
        .prop_map(|(reference, kind, query, more)| {
            let spec = object(vec![("query", Some(json!(query))), ("more", more)]);
            json!({ "metricSource": object(vec![("metricSourceRef", reference), ("type", kind), ("spec", Some(spec))]) })
        })
        .boxed()
}

/// The specification of an indicator, and whether it compares with a threshold.
fn indicator(threshold: bool) -> BoxedStrategy<Value> {
    if threshold {
        return (some(word()), metric())
            .prop_map(|(about, metric)| object(vec![("description", about), ("thresholdMetric", Some(metric))]))
            .boxed();
    }
    let pair = (any::<bool>(), select(vec!["good", "bad"]), metric(), metric())
        .prop_map(|(counter, side, counted, total)| json!({ "counter": counter, side: counted, "total": total }));
    let raw = (select(vec!["success", "failure"]), metric()).prop_map(|(kind, raw)| json!({ "rawType": kind, "raw": raw }));
    (some(word()), prop_oneof![pair, raw])
        .prop_map(|(about, ratio)| object(vec![("description", about), ("ratioMetric", Some(ratio))]))
        .boxed()
}

fn objective(threshold: bool) -> BoxedStrategy<Value> {
    let target = prop_oneof![
        select(vec![0.5, 0.95, 0.99, 0.995, 0.9999]).prop_map(|target| ("target", json!(target))),
        select(vec![50.0, 99.0, 99.95]).prop_map(|target| ("targetPercent", json!(target))),
    ];
    let compared = if threshold {
        (select(vec!["lte", "gte", "lt", "gt"]), select(vec![0.3, 200.0, 1500.0])).prop_map(|(op, value)| Some((op, value))).boxed()
    } else {
        Just(None).boxed()
    };
    let slice = prop_oneof![duration().prop_map(Value::from), (1u32..30).prop_map(Value::from)];
    (some(word()), target, compared, some(select(vec![0.9, 1.0])), prop::option::of(slice), some(select(vec![0.5, 2.0])), some(word()))
        .prop_map(|(display, (key, target), compared, slice_target, slice_window, weight, unknown)| {
            object(vec![
                ("displayName", display),
                ("op", compared.map(|(op, _)| json!(op))),
                ("value", compared.map(|(_, value)| json!(value))),
                (key, Some(target)),
                ("timeSliceTarget", slice_target),
                ("timeSliceWindow", slice_window),
                ("compositeWeight", weight),
                ("x-unknown", unknown),
            ])
        })
        .boxed()
}

fn window() -> impl Strategy<Value = Value> {
    let zone = select(vec!["Europe/Berlin", "America/New_York"]);
    prop_oneof![
        duration().prop_map(|duration| json!([{ "duration": duration, "isRolling": true }])),
        (duration(), zone, any::<bool>()).prop_map(|(duration, zone, said)| {
            let rolling = said.then_some(json!(false));
            json!([object(vec![
                ("duration", Some(json!(duration))),
                ("calendar", Some(json!({ "startTime": "2022-01-01 12:00:00", "timeZone": zone }))),
                ("isRolling", rolling),
            ])])
        }),
    ]
}

fn condition() -> BoxedStrategy<Value> {
    (some(word()), select(vec!["page", "sev1"]), select(vec!["lte", "gt"]), duration(), duration())
        .prop_map(|(about, severity, op, lookback, after)| {
            let condition = json!({ "kind": "burnrate", "op": op, "threshold": 2, "lookbackWindow": lookback, "alertAfter": after });
            object(vec![("description", about), ("severity", Some(json!(severity))), ("condition", Some(condition))])
        })
        .boxed()
}

fn notified() -> BoxedStrategy<Value> {
    (select(vec!["email", "slack"]), some(word()))
        .prop_map(|(target, about)| object(vec![("target", Some(json!(target))), ("description", about)]))
        .boxed()
}

fn inline(kind: &'static str, spec: BoxedStrategy<Value>) -> impl Strategy<Value = Value> {
    (label().prop_flat_map(metadata), spec).prop_map(move |(metadata, spec)| json!({ "kind": kind, "metadata": metadata, "spec": spec }))
}

fn policy() -> BoxedStrategy<Value> {
    let conditions = prop_oneof![
        label().prop_map(|name| json!([{ "conditionRef": name }])),
        inline("AlertCondition", condition()).prop_map(|inline| json!([inline]))
    ];
    let target = prop_oneof![label().prop_map(|name| json!({ "targetRef": name })), inline("AlertNotificationTarget", notified())];
    let targets = prop::collection::vec(target, 1..3);
    (some(word()), prop::collection::vec(any::<bool>(), 3), conditions, targets)
        .prop_map(|(about, when, conditions, targets)| {
            object(vec![
                ("description", about),
                ("alertWhenNoData", Some(json!(when[0]))),
                ("alertWhenResolved", Some(json!(when[1]))),
                ("alertWhenBreaching", Some(json!(when[2]))),
                ("conditions", Some(conditions)),
                ("notificationTargets", Some(json!(targets))),
            ])
        })
        .boxed()
}

/// Where an SLO has its indicator.
#[derive(Clone, Copy, Debug)]
enum Held {
    Inline,
    Named,
    InObjectives,
}

fn slo(name: String, indicators: Vec<String>) -> BoxedStrategy<Value> {
    let shape = (any::<bool>(), select(vec![Held::Inline, Held::Named, Held::InObjectives]));
    let spec = shape.prop_flat_map(move |(threshold, held)| {
        let indicators = indicators.clone();
        let objectives = prop::collection::vec(
            (objective(threshold), label().prop_flat_map(metadata), indicator(threshold)),
            1..if threshold { 2 } else { 4 },
        );
        let alerts = prop::collection::vec(
            prop_oneof![label().prop_map(|name| json!({ "alertPolicyRef": name })), inline("AlertPolicy", policy())],
            1..3,
        );
        (
            (some(word()), label(), label().prop_flat_map(metadata), indicator(threshold)),
            (prop::option::of(window()), select(vec!["Occurrences", "Timeslices", "RatioTimeslices"])),
            (objectives, prop::option::of(alerts), any::<prop::sample::Index>()),
        )
            .prop_map(move |((about, service, metadata, indicator), (window, method), (objectives, alerts, chosen))| {
                let reference = if indicators.is_empty() { "nowhere".to_owned() } else { chosen.get(&indicators).clone() };
                let objectives: Vec<Value> = objectives
                    .into_iter()
                    .map(|(mut objective, metadata, indicator)| {
                        if matches!(held, Held::InObjectives) {
                            objective["indicator"] = json!({ "metadata": metadata, "spec": indicator });
                        }
                        objective
                    })
                    .collect();
                object(vec![
                    ("description", about),
                    ("service", Some(json!(service))),
                    ("indicator", matches!(held, Held::Inline).then(|| json!({ "metadata": metadata, "spec": indicator }))),
                    ("indicatorRef", matches!(held, Held::Named).then(|| json!(reference))),
                    ("timeWindow", window),
                    ("budgetingMethod", Some(json!(method))),
                    ("objectives", Some(json!(objectives))),
                    ("alertPolicies", alerts.map(|alerts| json!(alerts))),
                ])
            })
    });
    envelope("SLO", name, spec.boxed())
}

/// Documents of every kind; at least one objective, since without one nothing is imported.
fn all_kinds() -> impl Strategy<Value = Vec<Value>> {
    let counts = (1usize..4, 0usize..3, 0usize..2, 0usize..2, 0usize..2, 0usize..2, 0usize..2);
    counts.prop_flat_map(|(slos, slis, sources, policies, conditions, targets, services)| {
        let names = |kind: &str, count: usize| (0..count).map(|number| format!("{kind}-{number}")).collect::<Vec<_>>();
        let indicators = names("sli", slis);
        let mut all: Vec<BoxedStrategy<Value>> = Vec::new();
        all.extend(names("slo", slos).into_iter().map(|name| slo(name, indicators.clone())));
        all.extend(indicators.iter().map(|name| envelope("SLI", name.clone(), any::<bool>().prop_flat_map(indicator).boxed())));
        let source = || {
            (some(word()), anything()).prop_map(|(about, connection)| {
                object(vec![
                    ("description", about),
                    ("type", Some(json!("Prometheus"))),
                    ("connectionDetails", Some(json!({ "url": connection }))),
                ])
            })
        };
        all.extend(names("source", sources).into_iter().map(|name| envelope("DataSource", name, source().boxed())));
        all.extend(names("policy", policies).into_iter().map(|name| envelope("AlertPolicy", name, policy())));
        all.extend(names("condition", conditions).into_iter().map(|name| envelope("AlertCondition", name, condition())));
        all.extend(names("target", targets).into_iter().map(|name| envelope("AlertNotificationTarget", name, notified())));
        let service = || some(word()).prop_map(|about| object(vec![("description", about)]));
        all.extend(names("service", services).into_iter().map(|name| envelope("Service", name, service().boxed())));
        all.prop_shuffle()
    })
}

proptest! {
    #![proptest_config(fixed(192))]

    #[test]
    fn documents_of_every_kind_come_back(given in all_kinds()) {
        comes_back(&given);
    }
}

// ── The charter says something else than the document did ──

/// The draft with another measure of a scenario.
fn changed(draft: &Draft, id: &str, measure: &str) -> Draft {
    let mut draft = draft.clone();
    let Some(charter_draft::Value::Map(mut quality)) = draft.sections.get("quality").cloned() else { panic!("there are scenarios") };
    let Some(charter_draft::Value::Map(mut scenario)) = quality.get(id).cloned() else { panic!("`{id}` is a scenario") };
    scenario.replace("measure", measure);
    quality.replace(id, scenario);
    draft.sections.replace("quality", quality);
    draft
}

/// What a scenario says, by the objective that it is.
fn measures(draft: &Draft) -> Vec<(String, String, Option<String>)> {
    let of = |entry: &charter_spec::names::Entry<charter_spec::ast::Scenario>| {
        let measure = entry.measure.as_ref().map(|measure| measure.value.text.to_string());
        (entry.facts.get("openslo").cloned().unwrap_or_default(), entry.id.value.to_string(), measure)
    };
    spec(draft).quality.iter().map(of).collect()
}

/// A measure in which one thing is different; `None` where that would be none.
fn other(measure: &str, which: usize) -> Option<String> {
    let (head, window) = measure.rsplit_once(" over ").map_or((measure, None), |(head, window)| (head, Some(window)));
    let (operator, at) = [" <= ", " >= ", " < ", " > "].into_iter().find_map(|operator| Some((operator, head.rfind(operator)?)))?;
    let (term, value) = (&head[..at], &head[at + operator.len()..]);
    let over = window.map(|window| format!(" over {window}")).unwrap_or_default();
    match which {
        0 => {
            let strict = [(" <= ", " < "), (" >= ", " > "), (" < ", " <= "), (" > ", " >= ")];
            let other = strict.into_iter().find(|(one, _)| *one == operator)?.1;
            Some(format!("{term}{other}{value}{over}"))
        }
        1 => Some(format!("{term}{operator}{value} over 17d")),
        2 if term.starts_with("ratio(") => Some(format!("{term}{operator}{}{over}", if operator.contains('>') { "97.5%" } else { "2.5%" })),
        2 => Some(format!("p{}({}{operator}{value}{over}", if operator.contains('<') { 97 } else { 3 }, term.split_once('(')?.1)),
        _ => None,
    }
}

/// An SLO without what a charter has words for, and without the annotation for what OpenSLO says less exactly.
fn unsaid(mut slo: Value) -> Value {
    let keep = |value: Option<&mut Value>, keys: &[&str]| {
        value.and_then(Value::as_object_mut).unwrap().retain(|key, _| !keys.contains(&key.as_str()));
    };
    keep(slo.pointer_mut("/spec/objectives/0"), &["op", "value", "target", "targetPercent"]);
    keep(slo.pointer_mut("/spec"), &["timeWindow"]);
    if let Some(annotations) = slo.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove("charter-measure");
        if annotations.is_empty() {
            keep(slo.pointer_mut("/metadata"), &["annotations"]);
        }
    }
    slo
}

fn changes_are_written(given: &[Value], chosen: prop::sample::Index, which: usize) -> Result<(), TestCaseError> {
    let first = import(&stream(given));
    // Objectives of one SLO share its window and metadata.
    let alone = |pointer: &str| {
        let name = pointer.rsplit('#').next().unwrap().split(['/', '~']).next().unwrap();
        given.iter().any(|document| {
            document["metadata"]["name"] == name && document["spec"]["objectives"].as_array().is_some_and(|list| list.len() == 1)
        })
    };
    let may: Vec<_> = measures(&first)
        .into_iter()
        .filter(|(pointer, ..)| alone(pointer))
        .filter_map(|(pointer, id, measure)| Some((pointer, id, other(&measure?, which)?)))
        .collect();
    prop_assume!(!may.is_empty());
    let (pointer, id, measure) = chosen.get(&may);
    let today = changed(&first, id, measure);
    let (made, second) = again(&today);
    let told = || format!("{:?}\n{measure}\n{}\n=====\n{}", made.notes, charter(&first), text(&made, PATH));
    let expected: Vec<_> = measures(&first)
        .into_iter()
        .map(|(its, id, known)| if its == *pointer { (its, id, Some(measure.clone())) } else { (its, id, known) })
        .collect();
    prop_assert_eq!(measures(&second), expected, "{}", told());
    let name = pointer.rsplit('#').next().unwrap();
    for (before, after) in given.iter().zip(documents(&text(&made, PATH))) {
        if before["kind"] == "SLO" && before["metadata"]["name"] == name {
            prop_assert_eq!(unsaid(before.clone()), unsaid(after), "{}", told());
        } else {
            prop_assert_eq!(before, &after, "{}", told());
        }
    }
    // What was written once comes back as it is.
    let (again_made, third) = again(&second);
    prop_assert_eq!(charter(&second), charter(&third));
    prop_assert_eq!(text(&again_made, PATH), text(&made, PATH));
    Ok(())
}

// ── v1alpha ──

fn old_metric() -> BoxedStrategy<Value> {
    (word(), select(vec!["datadog", "Prometheus"]))
        .prop_map(|(query, source)| json!({ "source": source, "queryType": "query", "query": query }))
        .boxed()
}

fn old_slo(name: String) -> BoxedStrategy<Value> {
    let window = (select(vec!["Second", "Day", "Week", "Month", "Quarter"]), 1u32..9, any::<bool>()).prop_map(|(unit, count, rolling)| {
        let count = if unit == "Second" { count * 60 } else { count };
        let calendar = (!rolling).then(|| json!({ "startTime": "2022-01-01 12:00:00", "timeZone": "UTC" }));
        json!([object(vec![
            ("unit", Some(json!(unit))),
            ("count", Some(json!(count))),
            ("isRolling", Some(json!(rolling))),
            ("calendar", calendar)
        ])])
    });
    let ratio = (prop::option::of(any::<bool>()), old_metric(), old_metric()).prop_map(|(incremental, good, total)| {
        object(vec![("incremental", incremental.map(|incremental| json!(incremental))), ("good", Some(good)), ("total", Some(total))])
    });
    let objective = (some(word()), select(vec![0.9, 0.995]), some(select(vec![0.95])), ratio);
    (
        some(word()),
        label(),
        window,
        any::<bool>(),
        old_metric(),
        prop::collection::vec(objective, 1..4),
        select(vec!["Occurrences", "Timeslices"]),
    )
        .prop_map(move |(about, service, window, threshold, metric, objectives, method)| {
            let count = if threshold { 1 } else { objectives.len() };
            let objectives: Vec<Value> = objectives
                .into_iter()
                .take(count)
                .map(|(display, target, slice, ratio)| {
                    object(vec![
                        ("displayName", display),
                        ("value", Some(json!(200.5))),
                        ("op", threshold.then(|| json!("lt"))),
                        ("target", Some(json!(target))),
                        ("timeSliceTarget", slice),
                        ("ratioMetrics", (!threshold).then_some(ratio)),
                    ])
                })
                .collect();
            let spec = object(vec![
                ("description", about),
                ("service", Some(json!(service))),
                ("indicator", threshold.then(|| json!({ "thresholdMetric": metric }))),
                ("timeWindows", Some(window)),
                ("budgetingMethod", Some(json!(method))),
                ("objectives", Some(json!(objectives))),
            ]);
            json!({ "apiVersion": "openslo/v1alpha", "kind": "SLO", "metadata": { "name": name }, "spec": spec })
        })
        .boxed()
}

/// Every text and number of a document, sorted, without keys.
fn leaves(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(item, out)),
        Value::Object(map) => map.values().for_each(|item| leaves(item, out)),
        leaf => out.push(leaf.to_string()),
    }
}

fn old_becomes_new(given: &[Value]) -> Result<(), TestCaseError> {
    let first = import(&stream(given));
    let (made, second) = again(&first);
    let written = documents(&text(&made, PATH));
    let told = || format!("{:?}\n{}\n=====\n{}", made.notes, charter(&first), text(&made, PATH));
    prop_assert!(written.iter().all(|document| document["apiVersion"] == "openslo/v1"), "{}", told());
    prop_assert!(!text(&made, PATH).contains("ratioMetrics") && !text(&made, PATH).contains("timeWindows"), "{}", told());
    prop_assert_eq!(charter(&first), charter(&second), "{}", told());
    let (again_made, third) = again(&second);
    prop_assert_eq!(text(&again_made, PATH), text(&made, PATH), "{}", told());
    prop_assert_eq!(charter(&second), charter(&third));
    for (before, after) in given.iter().zip(&written) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        leaves(before, &mut old);
        leaves(after, &mut new);
        let units = ["\"Second\"", "\"Day\"", "\"Week\"", "\"Month\"", "\"Quarter\"", "\"openslo/v1alpha\""];
        let count = before["spec"]["timeWindows"][0]["count"].to_string();
        for leaf in old.iter().filter(|leaf| !units.contains(&leaf.as_str()) && **leaf != count) {
            prop_assert!(new.contains(leaf), "{leaf} is gone\n{}", told());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(fixed(192))]

    #[test]
    fn what_the_charter_says_today_is_written(given in all_kinds(), chosen: prop::sample::Index, which in 0usize..3) {
        changes_are_written(&given, chosen, which)?;
    }

    #[test]
    fn old_documents_become_new_ones(names in prop::collection::btree_set("[a-z]{1,6}(-[a-z]{1,6})?", 1..4), slos in prop::collection::vec(old_slo("NAME".to_owned()), 4)) {
        let named = names.iter().zip(slos).map(|(name, mut slo)| { slo["metadata"]["name"] = json!(name); slo });
        old_becomes_new(&named.collect::<Vec<_>>())?;
    }
}

// ── As they are met ──

fn shown(path: &str, text: &str) -> String {
    let files = single(path, text);
    let draft = openslo::import(&files, &Target::default());
    spec(&draft);
    let made = export_of(&draft, Format::OpenSlo);
    let told: String = made.notes.iter().map(|note| format!("note: {}\n", note.text)).collect();
    let written: String =
        made.files.iter().map(|file| format!("=== {}{}\n", file.path, if file.text == text { ": as it was" } else { "" })).collect();
    let rewritten: String = made.files.iter().filter(|file| file.text != text).map(|file| file.text.clone()).collect();
    format!("{}\n{}\n{told}{written}{rewritten}", charter(&draft), notes(&draft, &files))
}

#[test]
fn a_team_s_objectives() {
    insta::assert_snapshot!("openslo_shop", shown("objectives-shop.yaml", include_str!("documents/objectives-shop.yaml")));
}

#[test]
fn objectives_of_v1alpha() {
    insta::assert_snapshot!("openslo_old", shown("objectives-old.yaml", include_str!("documents/objectives-old.yaml")));
}

#[test]
fn what_no_scenario_is_any_more_is_left_out_and_told() {
    let draft = import(include_str!("documents/objectives-shop.yaml"));
    let text_of =
        |draft: &Draft| charter(draft).replace("objectives/slo.openslo.yaml#checkout-works\n", "objectives/slo.openslo.yaml#gone\n");
    let today = text_of(&draft);
    assert_ne!(today, charter(&draft));
    let made = export_of_text(&draft, &today, Format::OpenSlo);
    let notes: String = made.notes.iter().map(|note| format!("{}\n", note.text)).collect();
    insta::assert_snapshot!(notes);
    let written = documents(&text(&made, PATH));
    let slo = written.iter().find(|document| document["metadata"]["name"] == "checkout-works").expect("the other objective is there");
    assert_eq!(slo["spec"]["objectives"].as_array().map(Vec::len), Some(1));
    assert_eq!(slo["spec"]["objectives"][0]["owner"], "@payments");
    assert_eq!(written.len(), 7);
}

#[test]
fn a_limit_that_an_indicator_counts_itself_is_not_changed_by_its_objective() {
    let text_of = |limit: &str| {
        format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{ name: fast }}\nspec:\n  service: s\n  budgetingMethod: Occurrences\n  indicator:\n    metadata: {{ name: i }}\n    \
             spec: {{ ratioMetric: {{ counter: true, good: {{ metricSource: {{ spec: {{ query: 'sum(request_duration_seconds_bucket{{le=\"{limit}\"}})' }} }} }}, total: {{ metricSource: {{ spec: {{ query: x }} }} }} }} }}\n  \
             timeWindow: [{{ duration: 28d, isRolling: true }}]\n  objectives: [{{ target: 0.99 }}]\n"
        )
    };
    let draft = import(&text_of("0.2"));
    assert_eq!(measures(&draft)[0].2.as_deref(), Some("p99(latency) <= 200ms over 28d"));
    // The strictness stands in the annotation.
    let (made, second) = again(&changed(&draft, "fast", "p99(latency) < 200ms over 28d"));
    assert_eq!(measures(&second)[0].2.as_deref(), Some("p99(latency) < 200ms over 28d"), "{}", text(&made, PATH));
    // Another bucket is another indicator: the objective is not written, and ours stands in its place.
    let made = export_of(&changed(&draft, "fast", "p99(latency) <= 500ms over 28d"), Format::OpenSlo);
    assert!(
        made.notes.iter().any(|note| note.text.contains("says `p99(latency) <= 500ms over 28d`, which") && note.text.contains("left out")),
        "{:?}",
        made.notes
    );
    assert!(made.files.iter().all(|file| file.path == "openslo.yaml"), "{:?}", made.files);
    assert!(text(&made, "openslo.yaml").contains("le=\\\"0.5\\\""), "{}", text(&made, "openslo.yaml"));
}

#[test]
fn objectives_of_ours_come_back_with_their_measures() {
    let measures_given = [
        "p99(latency) < 200ms over 28d",
        "p99(latency) <= 200ms over 28d",
        "p99.9(latency) < 180ms over 7d",
        "ratio(answered) > 99% over 1h",
        "ratio(answered) >= 99.95% over 30min",
        "ratio(errors) < 1% over 28d",
        "ratio(errors) <= 0.1%",
        "ratio(rung == full) >= 95% over 28d",
        "ratio(rung == plain) < 5% over 28d",
    ];
    let scenarios: String = measures_given
        .iter()
        .enumerate()
        .map(|(at, measure)| format!("  s{at}: {{ attribute: performance, measure: {measure} }}\n"))
        .collect();
    let draft = Draft::default();
    let made = export_of_text(&draft, &format!("charter: 1\nsystem: s\nquality:\n{scenarios}"), Format::OpenSlo);
    let files = files_of(&made);
    let second = openslo::import(&files, &Target::default());
    assert_eq!(
        measures(&second).into_iter().filter_map(|(_, _, measure)| measure).collect::<Vec<_>>(),
        measures_given,
        "{}",
        text(&made, "openslo.yaml")
    );
    assert_eq!(notes(&second, &files), "");
}

#[test]
fn an_annotation_that_says_something_else_is_told() {
    let made = export_of_text(
        &Draft::default(),
        "charter: 1\nsystem: s\nquality:\n  a: { attribute: performance, measure: ratio(answered) > 99% over 28d }\n",
        Format::OpenSlo,
    );
    let edited = text(&made, "openslo.yaml").replace("target: 0.99\n", "target: 0.9\n");
    let files = single("openslo.yaml", &edited);
    let second = openslo::import(&files, &Target::default());
    assert_eq!(measures(&second)[0].2.as_deref(), Some("ratio(answered) >= 90% over 28d"));
    assert!(notes(&second, &files).contains("the annotation says `ratio(answered) > 99% over 28d`"), "{}", notes(&second, &files));
}
