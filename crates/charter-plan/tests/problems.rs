//! Every way in which a charter fails to compile, with the place that is shown.

mod charters;

use charters::Case;

const CONTRACT: &str = "kind: DataContract
schema:
  - name: row
    properties:
      - { name: amount, physicalType: FP32, required: true }
      - { name: count, physicalType: INT64, required: true }
      - { name: segment, logicalType: string, required: true }
";

/// A charter of one route over a model `m` with the file `m.onnx`.
fn route(route: &str) -> String {
    format!(
        "charter: 1
system: test
models:
  m: {{ task: regression, versions: {{ v1: {{ onnx: m.onnx }}, v0: {{ onnx: old.onnx }} }} }}
routes:
  r:
    input: row.odcs.yaml
{}",
        route.lines().map(|line| format!("    {line}\n")).collect::<String>()
    )
}

fn case(text: &str) -> Case {
    Case::new(&route(text)).file("row.odcs.yaml", CONTRACT).model("m.onnx", &["amount:FP32"], &["score:FP32"]).model(
        "old.onnx",
        &["amount:FP32"],
        &["probability:FP32"],
    )
}

#[test]
fn a_sound_route_has_no_problem() {
    let compiled = case("answer: { model: m@v1 }").compiled();
    assert!(compiled.hints.is_empty());
    assert_eq!(compiled.plan.models.len(), 1, "only what a route asks is in the plan");
}

#[test]
fn a_missing_model_file_is_shown_at_its_path() {
    let mut case = case("answer: { model: m@v1 }");
    case.artifacts.remove("m.onnx");
    let (problem, place) = case.only_problem();
    assert!(problem.starts_with("Y101 charter.yaml:4: `m.onnx`, the file of `m@v1`"), "{problem}");
    assert_eq!(place, "m.onnx");
}

#[test]
fn a_missing_contract_is_shown_at_its_path() {
    let case = Case::new(&route("answer: { model: m@v1 }")).model("m.onnx", &["amount:FP32"], &["score:FP32"]);
    let (problem, place) = case.only_problem();
    assert!(problem.starts_with("Y101"), "{problem}");
    assert_eq!(place, "row.odcs.yaml");
}

#[test]
fn a_broken_contract_is_shown_inside_it() {
    let broken = case("answer: { model: m@v1 }").file("row.odcs.yaml", "kind: DataContract\nschema: [");
    assert!(broken.only_problem().0.starts_with("Y102 row.odcs.yaml:"), "{:?}", broken.only_problem());
    let untyped = CONTRACT.replace("physicalType: FP32", "physicalType: MATRIX");
    let untyped = case("answer: { model: m@v1 }").file("row.odcs.yaml", &untyped);
    let (problem, place) = untyped.only_problem();
    assert!(problem.starts_with("Y103 row.odcs.yaml:5: `MATRIX` of column `amount`"), "{problem}");
    assert_eq!(place, "MATRIX");
}

#[test]
fn a_route_without_an_answer_is_told() {
    let (problem, place) = case("rows_max: 5").only_problem();
    assert!(problem.starts_with("Y104") && problem.contains("route `r` has no `answer:`"));
    assert_eq!(place, "r");
}

#[test]
fn inputs_of_a_remote_model_need_a_contract() {
    let charter = "charter: 1
system: test
models:
  m: { task: regression, versions: { v1: { oip: \"http://model:8000\" } } }
routes:
  r: { answer: { model: m@v1 }, output: { score: FP32 } }
";
    let (problem, place) = Case::new(charter).only_problem();
    assert!(problem.starts_with("Y105"), "{problem}");
    assert_eq!(place, "m@v1");
}

#[test]
fn outputs_of_rules_need_to_be_declared() {
    assert!(case("answer: { rule: \"1.0\" }").only_problem().0.starts_with("Y106"));
}

#[test]
fn an_input_that_the_route_lacks_is_named() {
    let mut case = case("answer: { model: m@v1 }");
    case = case.model("m.onnx", &["amount:FP32", "age:FP32"], &["score:FP32"]);
    let (problem, place) = case.only_problem();
    assert!(problem.contains("asks for `age` (FP32), which is no input of the route"), "{problem}");
    assert_eq!(place, "m@v1");
    let matrix = self::case("answer: { model: m@v1 }").matrix("m.onnx", "x:FP32[2]", &["amount", "age"], &["score:FP32"]);
    assert!(matrix.only_problem().0.contains("columns that the route does not have: `age`"));
}

#[test]
fn narrowing_is_refused_with_both_types() {
    let narrow = case("answer: { model: m@v1 }").model("m.onnx", &["count:INT32"], &["score:FP32"]);
    let (problem, _) = narrow.only_problem();
    assert!(problem.starts_with("Y108") && problem.contains("INT64") && problem.contains("INT32"), "{problem}");
    let packed = case("answer: { model: m@v1 }").matrix("m.onnx", "x:FP32[2]", &["amount", "count"], &["score:FP32"]);
    assert!(packed.only_problem().0.starts_with("Y108"), "64-bit integers have no exact 32-bit float");
    let wide = case("answer: { model: m@v1 }").model("m.onnx", &["amount:FP64"], &["score:FP32"]);
    assert!(wide.problems().is_empty(), "{:?}", wide.problems());
}

#[test]
fn shapes_meet_or_are_told() {
    let list = case("answer: { model: m@v1 }").model("m.onnx", &["amount:FP32[3]"], &["score:FP32"]);
    let (problem, _) = list.only_problem();
    assert!(problem.starts_with("Y109") && problem.contains("[rows, 1]") && problem.contains("[rows, 3]"), "{problem}");
}

#[test]
fn a_rung_that_cannot_answer_is_named_with_the_output() {
    let text = "answer: { ladder: { full: { model: m@v1 }, old: { model: m@v0 } } }";
    let (problem, place) = case(text).only_problem();
    assert!(problem.contains("rung `old` asks `m@v0`, which has no output `score`; it has `probability`"), "{problem}");
    assert_eq!(place, "m@v0");
    let mended = "answer: { ladder: { full: { model: m@v1 }, old: { model: m@v0, as: { score: probability } } } }";
    assert!(case(mended).problems().is_empty());
}

#[test]
fn a_rule_under_another_name_is_told() {
    let text = "answer: { ladder: { full: { model: m@v1 }, rule: { rule: \"amount\", as: price } } }";
    let (problem, place) = case(text).only_problem();
    assert!(problem.starts_with("Y110") && problem.contains("answers as `price`, and the route's output is `score`"), "{problem}");
    assert_eq!(place, "price");
}

#[test]
fn features_are_not_served_yet() {
    let charter =
        route("features: [velocity]\nanswer: { model: m@v1 }").replace("routes:", "features: { velocity: { entity: segment } }\nroutes:");
    let case = Case::new(&charter).file("row.odcs.yaml", CONTRACT).model("m.onnx", &["amount:FP32"], &["score:FP32"]);
    let (problem, place) = case.only_problem();
    assert!(problem.starts_with("Y111"), "{problem}");
    assert_eq!(place, "velocity");
}

#[test]
fn a_version_without_a_file_or_an_address_is_told() {
    let charter = route("answer: { model: m@v1 }\noutput: { score: FP32 }").replace("onnx: m.onnx", "about: elsewhere");
    let case = Case::new(&charter).file("row.odcs.yaml", CONTRACT);
    assert!(case.only_problem().0.starts_with("Y112"), "{:?}", case.only_problem());
}

#[test]
fn tables_are_held_against_outputs_and_keys() {
    let text = "answer: { ladder: { full: { model: m@v1 }, table: { lookup: table.json, by: [segment], as: score } } }";
    let sound = case(text).file("table.json", "{\"a\": 0.5, \"b\": 1}");
    assert!(sound.problems().is_empty(), "{:?}", sound.problems());
    let (problem, place) = case(text).file("table.json", "{\"a\": 0.5,\n \"b\": \"x\"}").only_problem();
    assert!(problem.starts_with("Y113 table.json:2: key `b`: output `score` is FP32"), "{problem}");
    assert_eq!(place, "\"b\"");
    let (problem, _) = case(text).file("table.json", "{\"a\": 0.5,\n}").only_problem();
    assert!(problem.starts_with("Y113 table.json:2: table `table.json` is no JSON"), "{problem}");
    assert!(case(text).only_problem().0.starts_with("Y101"), "the file is not there");
    let two = text.replace("by: [segment]", "by: [segment, count]");
    let (problem, _) = case(&two).file("table.json", "{\"a\": 0.5}").only_problem();
    assert!(problem.contains("key `a` has 1 part(s), and `by:` names 2 input(s)"), "{problem}");
    let unknown = text.replace("by: [segment]", "by: [region]");
    let (problem, place) = case(&unknown).file("table.json", "{}").only_problem();
    assert!(problem.starts_with("Y107"), "{problem}");
    assert_eq!(place, "region");
}

#[test]
fn constants_have_the_type_and_length_of_their_output() {
    let text = "answer: { ladder: { full: { model: m@v1 }, nobody: { static: { score: low } } } }";
    let (problem, place) = case(text).only_problem();
    assert!(problem.starts_with("Y114") && problem.contains("the text `low`"), "{problem}");
    assert_eq!(place, "low");
    let list = text.replace("score: low", "score: [1, 2]");
    assert!(case(&list).only_problem().0.contains("takes 1 value(s) a row, and there are 2"));
    let absent = text.replace("score: low", "price: 1");
    assert!(case(&absent).only_problem().0.contains("the static answer of rung `nobody` gives no `score`"));
}

#[test]
fn weights_add_up_and_a_canary_without_one_waits() {
    let text = "answer: { split: [{ model: m@v1, weight: 60% }, { model: m@v1, weight: 30% }] }";
    let (problem, _) = case(text).only_problem();
    assert!(problem.starts_with("Y115") && problem.contains("90 %"), "{problem}");
    let canary = "answer: { model: m@v1, canary: m@v0, as: { score: probability } }";
    let renamed = case(canary).model("m.onnx", &["amount:FP32"], &["probability:FP32"]);
    assert!(renamed.problems().iter().any(|hint| hint.starts_with("Y122")), "{:?}", renamed.problems());
}

#[test]
fn rungs_that_outlive_the_call_are_summed() {
    let text = "timeout: 50ms\nanswer: { ladder: { full: { model: m@v1, within: 40ms }, rule: { rule: \"0.0\", within: 20ms } } }";
    let (problem, place) = case(text).only_problem();
    assert!(problem.starts_with("Y116") && problem.contains("the rungs take 60 ms, and the call has 50 ms"), "{problem}");
    assert_eq!(place, "40ms");
}

#[test]
fn a_file_that_was_replaced_is_told() {
    let charter = route("answer: { model: m@v1 }").replace("onnx: m.onnx", "onnx: m.onnx, sha256: abc123");
    let case = Case::new(&charter).file("row.odcs.yaml", CONTRACT).model("m.onnx", &["amount:FP32"], &["score:FP32"]);
    assert!(case.problems().iter().any(|problem| problem.starts_with("Y118")), "{:?}", case.problems());
}

#[test]
fn a_step_before_the_last_says_what_it_gives() {
    let text = "answer: { sequence: [{ rule: \"amount\" }, { model: m@v1 }] }";
    assert!(case(text).problems().iter().any(|problem| problem.starts_with("Y119")), "{:?}", case(text).problems());
    let typed = case("answer: { sequence: [{ rule: \"amount\", as: half, output: { half: FP32 } }, { model: m@v1 }] }").model(
        "m.onnx",
        &["half:FP32"],
        &["score:FP32"],
    );
    assert!(typed.problems().is_empty(), "{:?}", typed.problems());
    assert_eq!(typed.compiled().expressions.len(), 1, "the rule of the first step is checked like any other");
    let chained = case("answer: { sequence: [{ model: m@v0 }, { model: m@v1 }] }").model("m.onnx", &["probability:FP32"], &["score:FP32"]);
    assert!(chained.problems().is_empty(), "{:?}", chained.problems());
}

#[test]
fn names_are_told_apart() {
    let text = "answer: { model: m@v1 }\noutput: { score: FP32 }\ndecide: { score: \"score > 0.5 ? 'yes' : 'no'\" }";
    assert!(!case(text).problems().is_empty());
}

#[test]
fn what_is_stated_and_not_run_is_a_hint() {
    let charter = format!("{}audit: {{ retain: 30d }}\n", route("answer: { model: m@v1 }"));
    let case = Case::new(&charter).file("row.odcs.yaml", CONTRACT).model("m.onnx", &["amount:FP32"], &["score:FP32"]);
    assert_eq!(case.problems().len(), 1);
    assert!(case.problems()[0].starts_with("Y121"), "{:?}", case.problems());
}

#[test]
fn a_version_that_cannot_be_pinned_is_left_out() {
    let case = case("pinning: true\nanswer: { model: m@v1 }");
    assert!(case.problems()[0].starts_with("Y123 charter.yaml:4: `m@v0` cannot be pinned"), "{:?}", case.problems());
    let plan = case.compiled().plan;
    assert_eq!(plan.routes[0].pins.iter().map(|(version, _)| version.as_str()).collect::<Vec<_>>(), ["v1"]);
}

#[test]
fn an_error_about_a_version_is_not_told_again_as_a_hint() {
    let mut broken = case("pinning: true\nanswer: { model: m@v0 }");
    broken.artifacts.remove("old.onnx");
    assert_eq!(broken.problems().iter().filter(|problem| problem.contains("`m@v0`")).count(), 1, "{:?}", broken.problems());
    let narrow = case("pinning: true\nanswer: { model: m@v1 }").model("m.onnx", &["count:INT32"], &["score:FP32"]);
    assert_eq!(narrow.problems().iter().filter(|problem| problem.contains("`m@v1`")).count(), 1, "{:?}", narrow.problems());
}

#[test]
fn a_pinned_file_that_was_replaced_is_told() {
    let charter = route("pinning: true\nanswer: { model: m@v1 }").replace("onnx: old.onnx", "onnx: old.onnx, sha256: abc123");
    let case = Case::new(&charter).file("row.odcs.yaml", CONTRACT).model("m.onnx", &["amount:FP32"], &["score:FP32"]).model(
        "old.onnx",
        &["amount:FP32"],
        &["score:FP32"],
    );
    assert!(case.problems().iter().any(|problem| problem.starts_with("Y118")), "{:?}", case.problems());
}

#[test]
fn rows_of_a_request_are_kept_as_written() {
    assert_eq!(case("rows_max: 1_000_000\nanswer: { model: m@v1 }").compiled().plan.routes[0].rows_max, 1_000_000);
}

/// Two routes over one model, and sections in front of them.
fn two_routes(sections: &str) -> Case {
    let charter = format!(
        "charter: 1
system: test
{sections}models:
  m: {{ task: regression, versions: {{ v1: {{ onnx: m.onnx }} }} }}
routes:
  a: {{ input: row.odcs.yaml, answer: {{ model: m@v1 }} }}
  b: {{ input: row.odcs.yaml, answer: {{ model: m@v1 }} }}
"
    );
    Case::new(&charter).file("row.odcs.yaml", CONTRACT).model("m.onnx", &["amount:FP32"], &["score:FP32"])
}

#[test]
fn shares_that_do_not_add_up_are_summed() {
    for (mix, sum) in [("{ a: 60%, b: 30% }", "90 %"), ("{ a: 60%, b: 60% }", "120 %"), ("{ a: 60%, b: 39.8% }", "99.8 %")] {
        let case = two_routes(&format!("load: {{ peak: 100 rps, mix: {mix} }}\n"));
        let (problem, place) = case.only_problem();
        assert!(problem.starts_with("Y125 charter.yaml:3: the shares of the load add up to") && problem.contains(sum), "{problem}");
        assert_eq!(place, "60%");
    }
    let problems = two_routes("load: { peak: 100 rps, mix: { a: 60%, b: 30% } }\n").errors();
    assert_eq!(problems[0].arithmetic, ["a 60 % + b 30 % = 90 %"]);
    assert_eq!(problems[0].labels.len(), 2);
    assert!(problems[0].help.as_ref().is_some_and(|help| help.contains("10 %")));
}

#[test]
fn shares_of_sizes_are_shares_of_the_load_too() {
    let sized = "load: { peak: 100 rps, mix: { a: 50%, b: 50% } }\ncapacity: { a: { share: 70% } }\n";
    let (problem, place) = two_routes(sized).only_problem();
    assert!(problem.starts_with("Y125") && problem.contains("120 %"), "{problem}");
    assert_eq!(place, "70%");
    assert!(two_routes(&sized.replace("70%", "50%")).problems().is_empty());
}

#[test]
fn a_load_run_takes_the_shares_that_sizes_take() {
    let quality = "quality:
  fast: { artifact: gateway, measure: p99(latency) < 200ms, under: load.peak, proof: load }
";
    let case = two_routes(&format!("load: {{ peak: 100 rps, mix: {{ a: 33.3%, b: 66.6% }} }}\n{quality}"));
    let resolved = case.resolved();
    let plan = case.compiled().plan;
    let charter_plan::plan::Proof::Load(load) = &plan.requirements[0].proof else { panic!("{:?}", plan.requirements) };
    let written: Vec<f64> = resolved.load.served.iter().take(2).filter_map(|served| Some(served.share.as_ref()?.value())).collect();
    assert_eq!(load.mix.iter().map(|share| share.share).collect::<Vec<_>>(), written, "nothing is scaled");
}

#[test]
fn a_rung_with_the_bytes_of_the_rung_above_is_told() {
    let text = "answer: { ladder: { full: { model: m@v1 }, old: { model: m@v0 } } }";
    let mut twins = case(text).model("old.onnx", &["amount:FP32"], &["score:FP32"]);
    assert!(twins.problems().is_empty(), "{:?}", twins.problems());
    let digest = twins.artifacts["m.onnx"].digest.clone();
    twins.artifacts.get_mut("old.onnx").expect("a file").digest = digest;
    let problems = twins.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("Y127"), "{problems:?}");
    assert!(problems[0].contains("`old.onnx` of rung `old` is the same file as `m.onnx` of rung `full`"), "{problems:?}");
}

#[test]
fn arithmetic_says_what_it_assumes() {
    let sections = "dependencies: { lake: { direction: upstream, kind: batch } }
team: { engineer: 2 }
constraints:
  eu: { text: in the EU, check: all(region) in EU }
  people: { text: enough people, check: roadmap.effort <= team.capacity }
  date: { text: in time, check: roadmap.end(mvp) <= 8w }
roadmap:
  mvp: { box: 4w, do: { build: { effort: 3w } } }
";
    let plan = two_routes(sections).compiled().plan;
    for requirement in &plan.requirements {
        let charter_plan::plan::Proof::Static { derivation, .. } = &requirement.proof else { panic!("{requirement:?}") };
        assert!(derivation.iter().any(|line| line.starts_with("assuming that ")), "{}: {derivation:?}", requirement.id);
    }
}
