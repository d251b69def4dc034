//! Nodes that combine others, chaos, and the figures of a simulation, with every way in which they cannot be.

mod charters;

use charter_plan::plan::{Agreement, Combine, Delay, FaultKind, Measured, Node, Operator, Plan, Point, Scope, Share};
use charter_plan::plan::{ModelId, RouteId};
use charters::Case;

const CONTRACT: &str = "kind: DataContract
schema:
  - name: row
    properties:
      - { name: amount, physicalType: FP32, required: true }
      - { name: user, logicalType: string, required: true }
";

fn case(answer: &str, rest: &str) -> Case {
    let charter = format!(
        "charter: 1
system: test
models:
  m: {{ task: regression, versions: {{ v1: {{ onnx: m1.onnx }}, v2: {{ onnx: m2.onnx }} }} }}
  far: {{ task: regression, versions: {{ v1: {{ oip: \"http://far:8000\" }} }} }}
routes:
  r: {{ input: row.odcs.yaml, output: {{ score: FP32 }}, answer: {answer} }}
{rest}
"
    );
    let case = Case::new(&charter).file("row.odcs.yaml", CONTRACT);
    ["m1.onnx", "m2.onnx"].iter().fold(case, |case, file| case.model(file, &["amount:FP32"], &["score:FP32"]))
}

fn plan(answer: &str, rest: &str) -> Plan {
    case(answer, rest).compiled().plan
}

fn refused(answer: &str, rest: &str, says: &str, place: &str) {
    let (problem, at) = case(answer, rest).only_problem();
    assert!(problem.contains(says), "{problem}");
    assert_eq!(at.trim(), place, "{problem}");
}

#[test]
fn a_shadow_answers_with_one_and_compares_with_the_other() {
    let plan = plan("{ shadow: { of: { model: m@v1 }, to: { model: m@v2 }, share: 10%, compare: { bound: 2%, concurrency: 3 } } }", "");
    let Node::Shadow { comparison, primary, mirror } = &plan.routes[0].node else { panic!("a shadow") };
    assert!(matches!((&**primary, &**mirror), (Node::Model(of), Node::Model(to)) if of.model != to.model));
    let comparison = &plan.comparisons[usize::from(comparison.0)];
    assert_eq!((comparison.primary.as_str(), comparison.mirror.as_str(), comparison.name.as_str()), ("m@v1", "m@v2", "r"));
    assert_eq!((comparison.share, comparison.concurrency_max, comparison.bound), (1_000, 3, 0.02));
}

#[test]
fn vectors_and_json_are_compared_as_such() {
    let compared = |task: &str, kind: &str| {
        let text = format!(
            "charter: 1
system: test
models: {{ m: {{ task: {task}, versions: {{ v1: {{ onnx: m1.onnx }}, v2: {{ onnx: m2.onnx }} }} }} }}
routes:
  r:
    input: row.odcs.yaml
    output: {{ vector: \"FP32[8]\", note: BYTES }}
    answer: {{ shadow: {{ of: {{ model: m@v1 }}, to: {{ model: m@v2 }}, share: 10%, compare: {{ outputs: {{ {kind} }} }} }} }}
"
        );
        let case = Case::new(&text).file("row.odcs.yaml", CONTRACT);
        ["m1.onnx", "m2.onnx"].iter().fold(case, |case, file| case.model(file, &["amount:FP32"], &["vector:FP32[8]", "note:BYTES"]))
    };
    let outputs = |task: &str, kind: &str| compared(task, kind).compiled().plan.comparisons[0].outputs.clone();
    assert_eq!(outputs("embedding", "")[0], Agreement::Vector { cosine_min: 0.99 });
    assert_eq!(outputs("regression", "")[0], Agreement::Score { abs_tol: 1e-6, rel_tol: 1e-3 });
    assert_eq!(outputs("regression", "vector: { cosine: 95% }")[0], Agreement::Vector { cosine_min: 0.95 });
    assert_eq!(outputs("regression", "note: json")[1], Agreement::Json { abs_tol: 1e-6, rel_tol: 1e-3 });
    assert_eq!(outputs("regression", "note: { kind: json, within: 0.5 }")[1], Agreement::Json { abs_tol: 0.5, rel_tol: 0.0 });
    for (kind, says) in [
        ("vector: json", "`vector` is FP32, which is not compared as a json"),
        ("note: vector", "`note` is BYTES, which is not compared as a vector"),
        ("note: { kind: text, within: 1 }", "`note` is compared as a text, which has no `within:`"),
        ("vector: { kind: score, cosine: 99% }", "`vector` is compared as a score, which has no `cosine:`"),
    ] {
        let (problem, _) = compared("regression", kind).only_problem();
        assert!(problem.contains(says), "{problem}");
    }
}

#[test]
fn a_cascade_says_when_each_step_but_the_last_stands() {
    let answer = "{ cascade: [{ model: m@v1, sure: \"math.abs(score - 0.5) * 2.0\", at_least: 0.9, cost: 0.001 USD, name: small }, { model: m@v2 }] }";
    let compiled = case(answer, "").compiled();
    let Node::Cascade { steps } = &compiled.plan.routes[0].node else { panic!("a cascade") };
    let sure = steps[0].confidence.as_ref().expect("a confidence");
    assert_eq!((steps[0].name.as_str(), steps[0].cost_per_row, sure.min), ("small", 0.001, 0.9));
    assert_eq!((steps[1].name.as_str(), &steps[1].confidence), ("step-2", &None));
    assert_eq!(compiled.expressions[0].variables.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["score", "amount", "user"]);
    refused("{ cascade: [{ model: m@v1 }, { model: m@v2 }] }", "", "does not say when its answer stands", "{ model: m@v1 }");
    refused("{ cascade: [{ model: m@v1 }] }", "", "a cascade has 1 steps", "{ cascade: [{ model: m@v1 }] }");
    let last = "{ cascade: [{ model: m@v1, sure: \"1.0\", at_least: 0.5 }, { model: m@v2, sure: \"score\", at_least: 0.5 }] }";
    refused(last, "", "its answer stands however sure it is", "\"score\"");
    refused("{ cascade: [{ model: m@v1, sure: \"1.0\", at_least: 5 }, { model: m@v2 }] }", "", "above 0 and at most 1", "5");
}

#[test]
fn an_ensemble_has_members_with_weights_and_a_quorum() {
    let plan = plan("{ ensemble: { a: { model: m@v1 }, b: { model: m@v2, weight: 2 } }, combine: mean, quorum: 1 }", "");
    let Node::Ensemble(ensemble) = &plan.routes[0].node else { panic!("an ensemble") };
    assert_eq!((ensemble.quorum, &ensemble.combine, ensemble.members[1].weight), (1, &Combine::Mean, 2.0));
    let rule = "{ ensemble: { a: { model: m@v1 }, b: { model: m@v2 } }, combine: { rule: \"a_score > 0.5 ? a_score : b_score\" } }";
    let compiled = case(rule, "").compiled();
    let Node::Ensemble(ensemble) = &compiled.plan.routes[0].node else { panic!("an ensemble") };
    assert_eq!((ensemble.quorum, matches!(ensemble.combine, Combine::Rule { .. })), (2, true));
    assert_eq!(compiled.expressions[0].variables.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a_score", "b_score"]);
    refused("{ ensemble: { a: { model: m@v1 }, b: { model: m@v2 } }, quorum: 3 }", "", "there are no more", "3");
    let few = "{ ensemble: { a: { model: m@v1 }, b: { model: m@v2 } }, combine: { rule: \"a_score\" }, quorum: 1 }";
    refused(few, "", "a rule needs the answers of all", "1");
    let named = "{ ensemble: { a-1: { model: m@v1 }, b: { model: m@v2 } }, combine: { rule: \"b_score\" } }";
    refused(named, "", "cannot be the start of a name in CEL", "a-1");
    let words = "{ ensemble: { a: { static: { score: x } }, b: { static: { score: y } } }, combine: mean }";
    let mut texts = case(words, "");
    let text = String::from_utf8_lossy(texts.files.get("charter.yaml").expect("it")).replace("score: FP32", "score: BYTES");
    texts.files.insert("charter.yaml", text.into_bytes());
    assert!(texts.only_problem().0.contains("`score` is BYTES, and only floating-point numbers have a mean"));
}

#[test]
fn a_cache_has_every_limit_stated() {
    let plan = plan("{ ladder: { full: { cache: { of: { model: m@v1 }, ttl: 60s } }, last: { static: { score: 1.0 } } } }", "");
    let Node::Ladder { rungs } = &plan.routes[0].node else { panic!("a ladder") };
    let Node::Cache { cache, node } = &rungs[0].node else { panic!("{:?}", rungs[0].node) };
    assert!(matches!(**node, Node::Model(_)));
    let cache = &plan.caches[usize::from(cache.0)];
    assert_eq!((cache.name.as_str(), cache.ttl_ms, cache.bytes_max, cache.scope), ("r/full", 60_000, 64_000_000, Scope::Identity));
    let shared = self::plan("{ cache: { of: { model: m@v1 }, ttl: 1s, max: 1MB, scope: everyone } }", "");
    assert_eq!((shared.caches[0].bytes_max, shared.caches[0].scope, shared.caches[0].name.as_str()), (1_000_000, Scope::Everyone, "r"));
}

#[test]
fn a_split_has_a_salt_and_may_go_by_an_input() {
    let arms = "split: [{ weight: 50%, model: m@v1 }, { weight: 50%, model: m@v2 }]";
    let split = |more: &str| match plan(&format!("{{ {arms}{more} }}"), "").routes.remove(0).node {
        Node::Split(split) => (split.key, split.salt),
        other => panic!("{other:?}"),
    };
    assert_eq!(split(""), (None, "r".to_owned()));
    assert_eq!(split(", by: key, salt: two"), (None, "two".to_owned()));
    assert_eq!(split(", by: user"), (Some("user".to_owned()), "r".to_owned()));
    refused(&format!("{{ {arms}, by: nobody }}"), "", "which is no input of the route", "nobody");
    let tiny = "{ split: [{ weight: 99.999%, model: m@v1 }, { weight: 0.001%, model: m@v2 }] }";
    refused(tiny, "", "no call goes to arm `arm-2`", "0.001%");
}

#[test]
fn rules_stand_before_and_after_models() {
    let answer = "{ sequence: [{ rule: \"amount * 2.0\", as: twice, output: { twice: FP32 } }, { model: m@v1, as: { raw: score } }, { rule: \"raw + twice\", as: score }] }";
    let compiled = case(answer, "").compiled();
    let Node::Sequence { steps } = &compiled.plan.routes[0].node else { panic!("a sequence") };
    let names: Vec<&str> = steps.iter().flat_map(|step| &step.outputs).map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["twice", "raw", "score"]);
    let last = &compiled.expressions[1];
    assert!(["twice", "raw", "amount"].iter().all(|name| last.variables.iter().any(|(known, _)| known == name)), "{:?}", last.variables);
}

const LADDER: &str = "{ ladder: { full: { model: m@v1 }, away: { model: far@v1 }, last: { static: { score: 1.0 } } } }";

#[test]
fn chaos_is_in_the_plan_only_where_it_is_enabled() {
    let text = |enabled: &str| {
        format!(
            "chaos:
  enabled: {enabled}
  share_max: 50%
  abort: {{ unanswered: 5% }}
  experiments:
    lost:
      faults:
        - {{ at: m@v1, kind: error, share: 25% }}
        - {{ at: far, delay: {{ pareto: {{ scale: 5ms, alpha: 1.5 }} }} }}
        - {{ at: \"http://far:8000/\", kind: refuse }}
        - {{ at: store, kind: hang, seed: 7 }}
        - {{ at: clock, behind: 5s }}
      for: 30s
      expect: {{ rungs: {{ r: last }}, p99: 100ms, answered: 99.9%, opens: [{{ model: m@v1, within: 3s }}] }}"
        )
    };
    assert_eq!(plan(LADDER, &text("false")).chaos, None);
    let chaos = plan(LADDER, &text("true")).chaos.expect("chaos");
    assert_eq!((chaos.share_max, chaos.lease_ms, chaos.abort_unanswered, chaos.abort_burn), (5_000, 60_000, 0.05, 10.0));
    let lost = &chaos.experiments[0];
    assert_eq!((lost.duration_ms, lost.faults.len()), (30_000, 5));
    assert_eq!(
        (&lost.faults[0].point, lost.faults[0].kind, lost.faults[0].share),
        (&Point::Model { label: "m@v1".to_owned() }, FaultKind::Error, 2_500)
    );
    assert_eq!(lost.faults[1].point, Point::Model { label: "far@v1".to_owned() });
    assert_eq!(lost.faults[1].kind, FaultKind::Delay { delay: Delay::Pareto { scale_ms: 5.0, alpha: 1.5 } });
    assert_eq!(lost.faults[2].point, Point::Provider { url: "http://far:8000".to_owned() });
    assert_eq!((&lost.faults[3].point, lost.faults[3].seed), (&Point::Store, 7));
    assert_eq!((&lost.faults[4].point, lost.faults[4].kind), (&Point::Clock, FaultKind::Skew { ms: -5_000 }));
    assert_eq!((&lost.expect.rungs, lost.expect.p99_ms), (&vec![(RouteId(0), "last".to_owned())], Some(100.0)));
    assert_eq!((lost.expect.answered_min, &lost.expect.opens), (Some(0.999), &vec![(ModelId(0), 3_000)]));
    let cached = format!("{{ cache: {{ of: {LADDER}, ttl: 1s, max: 1MB, scope: everyone }} }}");
    let behind = plan(&cached, &text("true")).chaos.expect("chaos");
    assert_eq!(behind.experiments[0].expect.rungs, [(RouteId(0), "last".to_owned())], "a rung behind a cache");
}

#[test]
fn impossible_chaos_is_refused_where_it_is_written() {
    let fault = |fault: &str| format!("chaos: {{ share_max: 50%, experiments: {{ e: {{ faults: [{{ {fault} }}] }} }} }}");
    refused(LADDER, &fault("at: m@v9, kind: error"), "no route asks `m@v9`", "m@v9");
    refused(LADDER, &fault("at: m@v1"), "nothing says what goes wrong", "{ at: m@v1 }");
    refused(LADDER, &fault("at: clock, kind: error"), "the clock can only be off by a time", "clock");
    refused(LADDER, &fault("at: m@v1, ahead: 5s"), "only the clock can be off by a time", "m@v1");
    refused(LADDER, &fault("at: m@v1, kind: error, share: 80%"), "touches more calls than `share_max` allows", "80%");
    refused(LADDER, &fault("at: m@v1, kind: error, delay: 5ms"), "only a fault of kind `delay`", "{ at: m@v1, kind: error, delay: 5ms }");
    refused(LADDER, "chaos: { experiments: { e: { for: 5s } } }", "breaks nothing", "e");
    let expect = "chaos: { experiments: { e: { faults: [{ at: m@v1, kind: error }], expect: { rungs: { r: other } } } } }";
    refused(LADDER, expect, "route `r` has no rung `other`", "other");
    for lease in ["500ms", "2d"] {
        refused(LADDER, &format!("chaos: {{ enabled: true, lease: {lease} }}"), "a fault's lease lasts from 2 s to 10 min", lease);
    }
    refused(LADDER, &fault("at: store, kind: partial"), "the store cannot fail by `partial`", "partial");
    let alert =
        "chaos: { experiments: { e: { faults: [{ at: m@v1, kind: error }], expect: { alerts: [{ alert: errors, within: 2min }] } } } }";
    refused(LADDER, alert, "alert `errors` is expected, and this version raises no alerts", "{ alert: errors, within: 2min }");
}

const QUALITY: &str = "quality:
  available: { measure: ratio(errors) < 1% over 28d, proof: runtime }
  quick: { artifact: r, measure: p99(latency) < 80ms, under: { rate: 10 rps } }
  fast-enough: { measure: throughput >= 100 rps }
  good: { measure: recall >= 0.5 }
";

#[test]
fn an_experiment_may_expect_that_scenarios_hold_whichever_kind_proves_them() {
    let chaos = |enabled: bool, objectives: &str| {
        format!(
            "{QUALITY}chaos:
  enabled: {enabled}
  abort: {{ burn: 5 }}
  experiments: {{ e: {{ faults: [{{ at: m@v1, kind: stale }}, {{ at: m@v2, kind: partial }}], expect: {{ objectives: [{objectives}] }} }} }}"
        )
    };
    let both = "{ ladder: { full: { model: m@v1 }, next: { model: m@v2 } } }";
    let chaos_of = |text: &str| plan(both, text).chaos.expect("chaos");
    let found = chaos_of(&chaos(true, "available, quick"));
    assert_eq!(found.abort_burn, 5.0);
    assert_eq!(found.experiments[0].faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Stale, FaultKind::Partial]);
    let [available, quick] = found.experiments[0].expect.objectives.as_slice() else { panic!("two objectives") };
    assert_eq!((&available.measured, available.operator), (&Measured::RatioAnswered, Operator::Greater));
    assert!((available.limit - 0.99).abs() < 1e-12 && available.window_s == Some(28.0 * 86_400.0), "{available:?}");
    assert_eq!((&quick.measured, quick.limit), (&Measured::LatencyQuantile { quantile: 0.99 }, 80.0));
    assert_eq!(quick.routes, [RouteId(0)]);
    // Told whether or not faults may be brought in here.
    for enabled in [true, false] {
        refused(
            both,
            &chaos(enabled, "fast-enough"),
            "`fast-enough` cannot be expected of a chaos experiment: its throughput",
            "fast-enough",
        );
        refused(both, &chaos(enabled, "good"), "`good` cannot be expected of a chaos experiment", "good");
    }
}

#[test]
fn traffic_and_sizes_are_those_of_the_charter() {
    let rest = "load: { peak: 300 rps, average: 100 rps, mix: { r: 100% } }
capacity:
  safety: 1.5
  zones: 2
  r: { throughput: 100 rps/replica, min_replicas: 2, max_replicas: 9, load_time: 2s }
  m: { throughput: 50 rps/replica, replicas: 7 }";
    let plan = plan(LADDER, rest);
    assert_eq!((plan.traffic.peak_per_s, plan.traffic.average_per_s), (Some(300.0), Some(100.0)));
    assert_eq!(plan.traffic.mix, Vec::<Share>::new(), "one route has all of it");
    let [route, model] = plan.capacities.as_slice() else { panic!("{:?}", plan.capacities) };
    assert_eq!((route.route, route.models.as_slice(), route.replicas), (Some(RouteId(0)), &[ModelId(0)][..], 5), "300 / 100 × 1.5");
    assert_eq!((route.replicas_min, route.replicas_max, route.zones, route.load_ms, route.safety), (2, Some(9), 2, 2_000, 1.5));
    assert_eq!((model.route, model.models.as_slice(), model.replicas), (None, &[ModelId(0)][..], 7));
}
