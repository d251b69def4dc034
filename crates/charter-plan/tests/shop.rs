//! The shop compiles to the plan that its charter describes.

mod charters;

use charter_plan::plan::{Arrival, Binding, Measured, Node, Proof, Source};
use charter_plan::tradeoff::{AS_IT_IS, candidates};
use charters::{Case, example};

const SESSION: &[&str] = &[
    "account_views",
    "cart_adds",
    "cart_views",
    "catalog_views",
    "comparisons",
    "errors",
    "filters",
    "home_views",
    "payment_views",
    "product_views",
    "promo_views",
    "review_views",
    "searches",
    "shipping_views",
    "support_chats",
    "wishlist_adds",
    "last_event",
    "seconds",
    "platform",
    "channel",
    "lifecycle",
];
const OFFERS: &[&str] = &[
    "price",
    "range_miles",
    "acceleration",
    "top_speed",
    "pollution",
    "size",
    "luggage_space",
    "running_cost",
    "station_share",
    "type",
    "fuel",
    "college",
    "large_household",
    "short_commute",
];

/// The shop with facts about its models as their files state them.
fn shop() -> Case {
    let payment = [
        "seniority:FP32",
        "term_months:FP32",
        "expenses:FP32",
        "income:FP32",
        "assets:FP32",
        "debt:FP32",
        "amount:FP32",
        "price:FP32",
        "home:BYTES",
        "records:BYTES",
        "job:BYTES",
    ];
    let diamond = [
        "carat:FP32",
        "depth:FP32",
        "table:FP32",
        "length_mm:FP32",
        "width_mm:FP32",
        "height_mm:FP32",
        "cut:BYTES",
        "color:BYTES",
        "clarity:BYTES",
    ];
    let ten = ["items:INT64[10]", "scores:FP32[10]"];
    example("shop")
        .model("models/fraud-v2.onnx", &payment, &["score:FP32"])
        .model(
            "models/fraud-v1.onnx",
            &["seniority:FP32", "income:FP32", "amount:FP32", "price:FP32", "records:BYTES", "job:BYTES"],
            &["score:FP32"],
        )
        .model("models/pricing-v3.onnx", &diamond, &["price:FP32"])
        .model("models/pricing-v2.onnx", &diamond, &["price:FP32"])
        .model("models/pricing-v1.onnx", &["carat:FP32", "cut:BYTES", "color:BYTES", "clarity:BYTES"], &["price:FP32"])
        .model("models/recommendation-v2.onnx", &["basket:INT64[-1]"], &ten)
        .model("models/recommendation-v1.onnx", &["basket:INT64[-1]"], &ten)
        .matrix("models/search-ranking-v2.onnx", "features:FP32[14]", OFFERS, &["score:FP32"])
        .matrix("models/personalization-v2.onnx", "features:FP32[21]", SESSION, &["score:FP32"])
}

#[test]
fn the_shop_compiles() {
    let compiled = shop().compiled();
    let names: Vec<&str> = compiled.plan.routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["recommendation", "fraud", "pricing", "search-ranking", "personalization"]);
    for route in &compiled.plan.routes {
        let Node::Ladder { rungs } = &route.node else { panic!("{} is no ladder", route.name) };
        assert_eq!(rungs.len(), 3);
        assert_eq!(route.timeout_ms, 160, "the budget less the network");
        let total: u32 = rungs.iter().map(|rung| rung.within_ms).sum();
        assert!(total <= 160, "{total}");
        assert_eq!(rungs[0].within_ms, 80, "what inference may take");
        assert_eq!(rungs[0].reserve_ms, rungs[1].within_ms + rungs[2].within_ms);
        assert_eq!(rungs[2].reserve_ms, 0);
    }
    let fraud = compiled.plan.route_named("fraud").expect("fraud");
    assert_eq!(fraud.inputs.len(), 11);
    assert_eq!(fraud.outputs().map(|output| output.name.as_str()).collect::<Vec<_>>(), ["score", "decision"]);
    assert_eq!(fraud.pins.iter().map(|(version, _)| version.as_str()).collect::<Vec<_>>(), ["v2", "v1"]);
    let income = fraud.inputs.iter().find(|input| input.name == "income").expect("income");
    assert!(income.allows_nan && income.range.is_some_and(|range| range.max == Some(10_000.0)));
    let records = fraud.inputs.iter().find(|input| input.name == "records").expect("records");
    assert_eq!(records.allowed, ["no", "yes"]);
}

#[test]
fn columns_are_packed_and_rules_get_only_what_they_speak_of() {
    let compiled = shop().compiled();
    let plan = &compiled.plan;
    let session = plan.route_named("personalization").expect("the route");
    let Node::Ladder { rungs } = &session.node else { panic!() };
    let Node::Model(call) = &rungs[0].node else { panic!() };
    assert_eq!(call.inputs, [Binding::Columns((0..21).collect())]);
    let Node::Model(segment) = &rungs[1].node else { panic!() };
    let table = plan.model(segment.model);
    let Source::Lookup { entries, .. } = &table.source else { panic!() };
    assert_eq!(table.label(), "personalization@segment");
    assert_eq!(entries.first().map(|(key, _)| key.as_str()), Some("0\u{1f}0"));
    let fraud = plan.models.iter().find(|model| model.label() == "fraud@rule").expect("the rule");
    assert_eq!(fraud.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>(), ["amount", "price", "records"]);
    assert_eq!(compiled.expressions.len(), 4, "{:#?}", compiled.expressions);
}

#[test]
fn requirements_carry_what_their_proof_needs() {
    let case = shop();
    let compiled = case.compiled();
    let proof = |id: &str| &compiled.plan.requirements.iter().find(|requirement| requirement.id == id).expect("a requirement").proof;
    let Proof::Load(peak) = proof("peak-latency") else { panic!("{:?}", proof("peak-latency")) };
    assert_eq!(peak.arrival, Arrival::Rate { per_s: 10_000.0 });
    assert_eq!((peak.limit, peak.network_ms), (200.0, 40.0));
    assert_eq!(peak.measured, Measured::LatencyQuantile { quantile: 0.99 });
    assert!((peak.mix.iter().map(|share| share.share).sum::<f64>() - 1.0).abs() < 1e-9);
    let Proof::Load(users) = proof("recommend-latency") else { panic!() };
    assert_eq!(users.arrival, Arrival::Users { users: 1_000, think_ms: 1_000.0 });
    assert_eq!(users.mix.len(), 1);
    assert_eq!((peak.window_s, users.window_s), (Some(28.0 * 86_400.0), None));
    let Proof::Evaluation(recall) = proof("payment-risk-recall") else { panic!() };
    assert_eq!(recall.metric, "recall");
    assert_eq!(recall.at.as_ref().map(|(metric, _, limit)| (metric.as_str(), *limit)), Some(("fpr", 0.1)));
    assert_eq!(recall.by, ["home_group"]);
    let Proof::Evaluation(gain) = proof("recommend-quality") else { panic!() };
    assert_eq!((gain.metric.as_str(), gain.versus.as_deref(), gain.limit), ("ndcg@10", Some("popularity"), 1.0));
    let Proof::Static { holds, figure, .. } = proof("cost-ceiling") else { panic!("{:?}", proof("cost-ceiling")) };
    assert!(*holds && *figure > 11_500.0);
    let Proof::Static { holds: on_time, figure, .. } = proof("mvp-date") else { panic!() };
    assert!(*on_time && *figure == 14.0);
}

#[test]
fn evidence_goes_stale_only_where_the_plan_changed() {
    let before = shop().compiled().plan;
    let mut case = shop();
    if let Some(artifact) = case.artifacts.get_mut("models/fraud-v2.onnx") {
        artifact.digest = format!("sha256:{}", "f".repeat(64));
    }
    let after = case.compiled().plan;
    assert_ne!(before.fingerprint, after.fingerprint);
    let changed: Vec<&str> = before
        .requirements
        .iter()
        .zip(&after.requirements)
        .filter(|(before, after)| before.fingerprint != after.fingerprint)
        .map(|(before, _)| before.id.as_str())
        .collect();
    assert_eq!(changed, ["peak-latency", "availability", "degraded-share", "payment-risk-recall", "payment-risk-gain"]);
    assert_eq!(before.fingerprint, shop().compiled().plan.fingerprint, "the same charter gives the same plan");
}

#[test]
fn the_plan_prints_as_a_table_and_rungs_explain_their_time() {
    let case = shop();
    let plan = case.compiled().plan;
    let table = plan.table();
    let without_digests: String = table.lines().filter(|line| !line.starts_with("plan of")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(without_digests);
    let explained = charter_plan::explain(&case.resolved(), Some(&plan), &case.files, "routes.fraud").expect("the route").to_string();
    assert!(explained.contains("≤ 160 ms"), "{explained}");
}

#[test]
fn a_route_more_leaves_the_evidence_of_others_fresh() {
    let mut case = shop();
    let text = String::from_utf8(case.files.get("charter.yaml").expect("the charter").to_vec()).expect("text");
    // A cache in both, so that the positions of caches move too.
    let text = text.replace("full:       { model: pricing@v2 }", "full:       { cache: { of: { model: pricing@v2 }, ttl: 1s } }");
    case.files.insert("charter.yaml", text.clone().into_bytes());
    let before = case.compiled().plan;
    assert_eq!(before.caches.len(), 1);
    let constant = "{ cache: { of: { static: { score: 1.0 } }, ttl: 1s } }";
    let route =
        format!("routes:\n  constant:\n    input: contracts/basket.odcs.yaml\n    answer: {constant}\n    output: {{ score: FP32 }}\n");
    case.files.insert("charter.yaml", text.replace("routes:\n", &route).into_bytes());
    let after = case.compiled().plan;
    assert_eq!(after.routes.len(), 6);
    // The bill does speak of every route, and the new one has no price.
    for requirement in before.requirements.iter().filter(|requirement| requirement.id != "cost-ceiling") {
        let now = after.requirements.iter().find(|other| other.id == requirement.id).expect("the same requirement");
        assert_eq!(now.fingerprint, requirement.fingerprint, "{} has gone stale", requirement.id);
    }
}

/// What `charter tradeoff` measures of each route: every candidate that follows from the charter compiles, and what does not follow says why.
#[test]
fn every_candidate_of_every_route_compiles() {
    let case = shop();
    let (resolved, compiled) = (case.resolved(), case.compiled());
    let found = |route: &str| candidates(&resolved, &compiled.plan, &case.files, route).expect("the route");
    for route in &compiled.plan.routes {
        for candidate in found(&route.name).list {
            let settings = candidate.parsed().expect("settings");
            let mut files = case.files.clone();
            settings.iter().for_each(|setting| setting.insert(&mut files));
            let reading = charter_spec::read_with(&files, "charter.yaml", &settings);
            let wrong: Vec<_> = reading.diagnostics.iter().filter(|problem| problem.is_error()).collect();
            assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", candidate.name, route.name);
            let changed = charter_plan::resolve(reading.spec.expect("a charter"), &files);
            let made = charter_plan::compile(&changed, &files, &case.artifacts);
            let made = made.unwrap_or_else(|problems| panic!("{} of {}: {problems:#?}", candidate.name, route.name));
            let same = made.plan.fingerprint == compiled.plan.fingerprint;
            assert_eq!(same, candidate.name == AS_IT_IS, "{} of {}", candidate.name, route.name);
        }
    }
    let names = |route: &str| found(route).list.into_iter().map(|candidate| candidate.name).collect::<Vec<_>>();
    let cascade = ["v1 first at 0.6", "v1 first at 0.7", "v1 first at 0.8", "v1 first at 0.9"];
    let of_fraud = [&["as it is", "v1", "batch 16", "batch 64"][..], &cascade, &["kept 1 s", "kept 60 s", "rung rule"]].concat();
    assert_eq!(names("fraud"), of_fraud);
    assert!(names("personalization").contains(&"segment first at 0.9".to_owned()), "{:?}", names("personalization"));
    assert!(found("fraud").without.is_empty());
    for (route, why) in [("pricing", "is of the task `regression`"), ("search-ranking", "is of the task `ranking`")] {
        assert!(found(route).without.iter().any(|told| told.contains(why) && told.contains("`--candidate`")), "{:?}", found(route).without);
    }
}
