//! Documents of OpenSLO with the whole vocabulary, v1 and v1alpha.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

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
pub(crate) fn all_kinds() -> impl Strategy<Value = Vec<Value>> {
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

// ── v1alpha ──

fn old_metric() -> BoxedStrategy<Value> {
    (word(), select(vec!["datadog", "Prometheus"]))
        .prop_map(|(query, source)| json!({ "source": source, "queryType": "query", "query": query }))
        .boxed()
}

pub(crate) fn old_slo(name: String) -> BoxedStrategy<Value> {
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
