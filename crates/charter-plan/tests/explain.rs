//! Explanations of the reference case and the shop.

mod charters;

use charter_plan::explain::explain;
use charters::{Case, example};

#[test]
fn figures_of_the_reference_case_are_explained() {
    let case = example("reference");
    let resolved = case.resolved();
    let told: Vec<String> =
        ["latency.peak-latency", "mvp", "capacity.scoring", "capacity.features", "llm-api", "capacity.safety", "recommend-latency"]
            .iter()
            .map(|id| explain(&resolved, None, &case.files, id).unwrap_or_else(|unknown| panic!("{unknown}")).to_string())
            .collect();
    insta::assert_snapshot!(told.join("\n────\n"));
}

#[test]
fn the_bill_of_the_shop_is_explained_item_by_item() {
    let case = example("shop");
    let resolved = case.resolved();
    let bill = explain(&resolved, None, &case.files, "cost.total").expect("the bill");
    let total = bill.sections.iter().find(|section| section.title == "total").expect("a total");
    assert!(total.result.ends_with("USD/month"), "{}", total.result);
    let items: f64 = bill.sections.iter().take_while(|section| section.title != "total").filter_map(|section| section.figure).sum();
    assert_eq!(Some(items), total.figure);
    let replicas = explain(&resolved, None, &case.files, "capacity.search-ranking").expect("a size");
    let line = replicas.sections.iter().find(|section| section.title.ends_with(": replicas")).expect("replicas");
    assert_eq!(line.result, "4 replicas");
    assert!(line.places.iter().any(|place| place.name == "load.peak" && place.file == "charter.yaml" && place.line > 1));
    let json = serde_json::to_value(&replicas).expect("JSON");
    assert_eq!(json["sections"][1]["unit"], "replicas");
}

#[test]
fn every_id_has_an_explanation_and_a_mistyped_one_a_suggestion() {
    for name in ["reference", "shop"] {
        let case = example(name);
        let resolved = case.resolved();
        for element in resolved.index.elements() {
            for id in [element.to_string(), element.id.to_string()] {
                let found = explain(&resolved, None, &case.files, &id).unwrap_or_else(|unknown| panic!("{unknown}"));
                assert!(!found.sections.is_empty(), "{id} says nothing");
            }
        }
        let unknown = explain(&resolved, None, &case.files, "capacity.recomendation").expect_err("a typing error");
        assert_eq!(unknown.nearest, ["capacity.recommendation"]);
        assert!(unknown.to_string().contains("did you mean `capacity.recommendation`?"));
        assert!(explain(&resolved, None, &case.files, "").is_err());
    }
}

/// A charter of one model with a size.
fn sized(peak: &str, size: &str) -> Case {
    Case::new(&format!(
        "charter: 1
system: test
load: {{ peak: {peak} }}
models: {{ m: {{ task: regression }} }}
cost: {{ ceiling: 100 USD/month, unit: {{ cpu: 10 USD/month }} }}
capacity: {{ safety: 1.5, zones: 3, m: {{ device: cpu, {size} }} }}
"
    ))
}

#[test]
fn counts_that_do_not_fit_are_not_the_largest_count() {
    let case = sized("100 rps", "throughput: 10 rps/replica, replicas: 5_000_000_000");
    let resolved = case.resolved();
    let model = resolved.capacity.of("m").expect("a size");
    assert!(model.zone_loss.is_none(), "{:?}", model.zone_loss);
    let least = sized("100 rps", "throughput: 10 rps/replica, min_replicas: 5_000_000_000");
    let told = explain(&least.resolved(), None, &least.files, "m").expect("a model").to_string();
    assert!(!told.contains("4294967295") && !told.contains("4,294,967,295") && told.contains("beyond what can be counted"), "{told}");
    assert_eq!(least.resolved().capacity.of("m").and_then(|model| model.replicas.clone()), None);
}

#[test]
fn what_is_missing_is_told_by_its_key() {
    let case = sized("100 rps", "min_replicas: 2");
    let told = explain(&case.resolved(), None, &case.files, "m").expect("a model").to_string();
    assert!(told.contains("capacity.m.throughput is not stated") && !told.contains("load.peak is not stated"), "{told}");
}

#[test]
fn users_whose_pauses_alone_take_too_long_are_told_so_without_a_negative_latency() {
    let case = example("shop");
    let explained = explain(&case.resolved(), None, &case.files, "quality.recommend-latency").expect("an element");
    let section = explained.sections.iter().find(|section| section.title.ends_with("mean latency at which the users make the rate"));
    let section = section.expect("the users against the rate");
    assert_eq!((section.figure, section.result.as_str()), (None, ""));
    assert_eq!(section.steps.last().map(String::as_str), Some("no latency is low enough: pauses alone keep the users below the rate"));
}
