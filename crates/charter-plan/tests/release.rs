//! How new versions come in, are compared and turned off: guards, rollouts, experiments and flags, with every way in which they cannot be.

mod charters;

use charter_plan::plan::{Agreement, BadKind, Better, Judge, MetricKind, MetricSource, ModelId, Node, Plan, RouteId, Serve, Starts, Turn};
use charters::Case;

const CONTRACT: &str = "kind: DataContract
schema:
  - name: row
    properties:
      - { name: amount, physicalType: FP32, required: true }
      - { name: user, logicalType: string, required: true }
      - { name: level, physicalType: INT8, required: true }
";

/// A route `r` over versions v1, v2 and v3 of a classifier, with what is written behind it.
fn case(protect: &str, answer: &str, rest: &str) -> Case {
    let charter = format!(
        "charter: 1
system: test
load: {{ peak: 300 rps, average: 100 rps }}
models:
  m:
    task: classification
    {protect}
    versions: {{ v1: {{ onnx: m1.onnx }}, v2: {{ onnx: m2.onnx }}, v3: {{ onnx: m3.onnx }} }}
routes:
  r: {{ input: row.odcs.yaml, timeout: 200ms, output: {{ score: FP32 }}, answer: {answer} }}
{rest}
"
    );
    let case = Case::new(&charter).file("row.odcs.yaml", CONTRACT);
    ["m1.onnx", "m2.onnx", "m3.onnx"].iter().fold(case, |case, file| case.model(file, &["amount:FP32"], &["score:FP32"]))
}

fn plan(answer: &str, rest: &str) -> Plan {
    case("", answer, rest).compiled().plan
}

const LADDER: &str = "{ ladder: { full: { model: m@v2 }, previous: { model: m@v1, pinned: true } } }";

fn refused(answer: &str, rest: &str, says: &str, place: &str) {
    let (problem, at) = case("", answer, rest).only_problem();
    assert!(problem.contains(says), "{problem}");
    assert_eq!(at.trim(), place, "{problem}");
}

#[test]
fn guards_are_only_those_that_are_written() {
    let guards = |protect: &str| case(protect, "{ model: m@v1 }", "").compiled().plan.models[0].protect;
    let none = guards("");
    assert!(none.queue.is_none() && none.batch.is_none() && none.retry.is_none() && none.hedge.is_none());
    let queue = guards("protect: { queue: {} }").queue.expect("a queue");
    assert_eq!((queue.max, queue.target_us, queue.interval_ms), (64, 10_000, 100), "5 % of 200 ms");
    let queue = guards("protect: { queue: { max: 8, target: 3ms, interval: 50ms } }").queue.expect("a queue");
    assert_eq!((queue.max, queue.target_us, queue.interval_ms), (8, 3_000, 50));
    assert_eq!(guards("protect: { queue: 12 }").queue.expect("a queue").max, 12);
    let batch = guards("protect: { batch: 32 }").batch.expect("a batch");
    assert_eq!((batch.rows_max, batch.wait_us), (32, 0), "nothing waits unless it is asked to");
    assert_eq!(guards("protect: { batch: { max: 8, wait: 2ms } }").batch.expect("a batch").wait_us, 2_000);
    let retry = guards("protect: { retry: {} }").retry.expect("a retry");
    assert_eq!((retry.retries_max, retry.budget_ratio, retry.backoff_ms), (1, 0.1, 25));
    assert!(guards("protect: { retry: 0 }").retry.is_none());
    assert_eq!(guards("protect: { hedge: {} }").hedge.expect("a hedge").after_ms, None);
    assert_eq!(guards("protect: { hedge: 20ms }").hedge.expect("a hedge").after_ms, Some(20));
}

#[test]
fn a_rollout_takes_the_place_of_the_rung_that_asks_the_version_in_use() {
    let plan = plan(LADDER, "rollouts: { next: { route: r, model: m, from: v2, to: v3 } }");
    let Node::Ladder { rungs } = &plan.routes[0].node else { panic!("a ladder") };
    let Node::Rollout { rollout, stable, candidate } = &rungs[0].node else { panic!("{:?}", rungs[0].node) };
    assert!(matches!(rungs[1].node, Node::Model(_)), "a pinned rung is left alone");
    let rollout = &plan.rollouts[usize::from(rollout.0)];
    assert_eq!((rollout.stable, rollout.candidate), (stable.model, candidate.model));
    assert_eq!((rollout.name.as_str(), rollout.stable_label.as_str(), rollout.candidate_label.as_str()), ("next", "m@v2", "m@v3"));
    assert_eq!((rollout.starts, rollout.judge, rollout.shadow_ms, rollout.shadow_pairs_min), (Starts::Command, Judge::Anytime, 0, 0));
    assert_eq!(rollout.steps, [500, 1_000, 2_500, 5_000, 10_000]);
    assert_eq!((rollout.dwell_ms, rollout.requests_min, rollout.max_duration_ms, rollout.watch_ms), (60_000, 50, 86_400_000, 600_000));
    let kinds: Vec<BadKind> = rollout.guardrails.iter().map(|guardrail| guardrail.bad).collect();
    assert_eq!(kinds, [BadKind::Error, BadKind::Slow]);
    let errors = &rollout.guardrails[0];
    for (found, expected) in
        [(errors.p_ok, 0.005), (errors.p_bad, 0.02), (errors.p_ceiling, 0.1), (errors.r_harm, 1.25), (errors.r_bad, 2.0)]
    {
        assert!((found - expected).abs() < 1e-9, "{found} is {expected}");
    }
    let comparison = &plan.comparisons[usize::from(rollout.comparison.0)];
    assert_eq!((comparison.share, comparison.concurrency_max, comparison.route), (10_000, 6, RouteId(0)), "a tenth of 64");
    assert_eq!(comparison.outputs, [Agreement::Score { abs_tol: 1e-6, rel_tol: 1e-3 }]);
    assert_eq!(comparison.slices, ["user", "level"], "text and small whole numbers");
}

#[test]
fn guardrails_are_what_is_written() {
    let rails = "guardrails: [ratio(error) < 4%, \"p99(latency) < 80ms\", ratio(fallback) <= 2%, \"ratio(disagreement) <= 1%\", \"ratio(feedback == bad) <= 3%\"]";
    let plan = plan(LADDER, &format!("rollouts: {{ next: {{ route: r, model: m, to: v3, shadow: 1h, {rails} }} }}"));
    let rollout = &plan.rollouts[0];
    assert_eq!((rollout.shadow_ms, rollout.shadow_pairs_min, rollout.max_duration_ms), (3_600_000, 50, 90_000_000));
    let found: Vec<(BadKind, f64, f64, Option<u32>)> =
        rollout.guardrails.iter().map(|rail| (rail.bad, rail.p_ok, (rail.p_bad * 1e6).round() / 1e6, rail.slow_us)).collect();
    assert_eq!(found[0], (BadKind::Error, 0.02, 0.04, None));
    assert_eq!((found[1].0, found[1].2, found[1].3), (BadKind::Slow, 0.01, Some(80_000)));
    assert_eq!(found[2], (BadKind::Fallback, 0.01, 0.02, None));
    assert_eq!((found[3].0, found[3].2), (BadKind::Disagreement, 0.01));
    assert_eq!((found[4].0, found[4].2), (BadKind::Feedback, 0.03));
    assert_eq!(rollout.guardrails[1].name, "p99(latency) < 80ms");
    let counted = |rail: &str| {
        let plan = self::plan(LADDER, &format!("rollouts: {{ next: {{ route: r, model: m, to: v3, guardrails: [\"{rail}\"] }} }}"));
        let rail = &plan.rollouts[0].guardrails[1];
        (rail.bad, rail.slow_us)
    };
    assert_eq!(counted("p99(latency) < 0.4ms"), (BadKind::Slow, Some(400)), "a model of microseconds is held against microseconds");
    assert_eq!(counted("ratio(rung != full) <= 2%"), (BadKind::Fallback, None));
    assert_eq!(counted("ratio(rung == full) >= 98%"), (BadKind::Fallback, None));
    let cached = format!("{{ cache: {{ of: {LADDER}, ttl: 1s, max: 1MB, scope: everyone }} }}");
    let plan = self::plan(&cached, "rollouts: { next: { route: r, model: m, to: v3, guardrails: [ratio(rung != full) <= 2%] } }");
    assert_eq!(plan.rollouts[0].guardrails[1].bad, BadKind::Fallback, "the ladder behind a cache");
}

#[test]
fn a_bar_of_disagreement_that_no_new_model_passes_is_told() {
    let told = |compare: &str| {
        let text = format!("rollouts: {{ next: {{ route: r, model: m, to: v3, guardrails: [ratio(disagreement) <= 10%] {compare} }} }}");
        case("", LADDER, &text).problems()
    };
    let warned = told("");
    let [warning] = warned.as_slice() else { panic!("{warned:?}") };
    assert!(warning.starts_with("Y133 ") && warning.contains("differs by more than 0.1 %: `score`"), "{warning}");
    assert_eq!(told(", compare: { bound: 5% }").len(), 1, "what is said of other things says nothing of scores");
    assert_eq!(told(", compare: { outputs: { score: { within: 0.05 } } }"), Vec::<String>::new());
    assert_eq!(told(", compare: { outputs: { score: class } }"), Vec::<String>::new());
    let without = "rollouts: { next: { route: r, model: m, to: v3, guardrails: [ratio(error) <= 1%] } }";
    assert_eq!(case("", LADDER, without).problems(), Vec::<String>::new());
}

#[test]
fn a_canary_without_a_weight_is_a_rollout_that_starts_when_served() {
    let compiled = case("", "{ ladder: { full: { model: m@v2, canary: m@v3 }, previous: { model: m@v1, pinned: true } } }", "").compiled();
    let rollout = &compiled.plan.rollouts[0];
    assert_eq!((rollout.name.as_str(), rollout.starts), ("m-v3", Starts::Served));
    assert!(compiled.hints.iter().any(|hint| hint.code == "Y122"), "{:?}", compiled.hints);
    let fixed = plan("{ model: m@v2, canary: m@v3, weight: 5% }", "");
    let Node::Split(split) = &fixed.routes[0].node else { panic!("a split") };
    assert_eq!((split.arms[0].weight, split.arms[1].weight, split.salt.as_str()), (9_500, 500, "r"));
    assert!(fixed.rollouts.is_empty());
}

#[test]
fn impossible_rollouts_are_refused_where_they_are_written() {
    let next = |more: &str| format!("rollouts: {{ next: {{ route: r, model: m, from: v2, to: v3{more} }} }}");
    refused(LADDER, &next(", steps: [10%, 5%, 100%]"), "a step is no larger than the one before it", "5%");
    refused(LADDER, &next(", steps: [10%, 50%]"), "the last step does not give the new version all calls", "50%");
    refused(LADDER, &next(", harm: 3, bad: 2"), "3 times as many errors are no harm, and 2 times as many are harm", "2");
    refused(LADDER, &next(", errors_ok: 5%, errors_bad: 2%"), "errors are fine at 5 %, bad at 2 %", "5%");
    refused(LADDER, &next(", max_duration: 2min"), "takes at least 240 s, and has 120 s", "2min");
    refused(LADDER, &next(", guardrails: [ratio(errors) < 1%, ratio(error)]"), "two guardrails count errors", "ratio(error)");
    refused(LADDER, &next(", guardrails: [\"mean(memory) < 1GB\"]"), "is nothing that a rollout can count", "\"mean(memory) < 1GB\"");
    let other = "a rollout counts answers from below the first rung, which is `full` and not `previous`";
    refused(LADDER, &next(", guardrails: [ratio(rung != previous) <= 2%]"), other, "ratio(rung != previous) <= 2%");
    let brief = ", guardrails: [\"p99(latency) < 0.0001ms\"]";
    refused(LADDER, &next(brief), "latencies are counted in microseconds", "\"p99(latency) < 0.0001ms\"");
    refused(LADDER, "rollouts: { next: { route: r, model: m, from: v1, to: v3 } }", "route `r` does not ask `m@v1`", "v1");
    refused(LADDER, "rollouts: { next: { route: r, model: m, from: v2, to: v2 } }", "would come in where it is in use already", "v2");
    refused(LADDER, "rollouts: { next: { route: r, model: m } }", "does not say `to:`", "next");
    refused(LADDER, "rollouts: { next: { model: m, to: v3 } }", "does not say `route:`", "next");
    let two = "rollouts: { a: { route: r, model: m, from: v2, to: v3 }, b: { route: r, model: m, from: v2, to: v1 } }";
    let told = case("", LADDER, two).problems();
    assert!(told.iter().any(|problem| problem.contains("two versions would come in at one place, one of them by rollout `a`")), "{told:?}");
    let twice = "{ split: [{ weight: 50%, model: m@v2 }, { weight: 50%, model: m@v2 }] }";
    assert!(case("", twice, &next("")).problems().iter().any(|problem| problem.contains("in more than one place")));
}

#[test]
fn agreement_follows_the_task_and_can_be_stated() {
    let charter = |compare: &str| {
        let text = format!(
            "charter: 1
system: test
models: {{ m: {{ task: recommendation, versions: {{ v1: {{ onnx: a.onnx }}, v2: {{ onnx: b.onnx }} }} }} }}
routes: {{ r: {{ answer: {{ model: m@v1 }} }} }}
rollouts: {{ next: {{ route: r, model: m, to: v2, {compare} }} }}
"
        );
        let case = Case::new(&text);
        ["a.onnx", "b.onnx"].iter().fold(case, |case, file| case.model(file, &["x:FP32"], &["items:INT64[10]", "why:BYTES"]))
    };
    let outputs = |compare: &str| charter(compare).compiled().plan.comparisons[0].outputs.clone();
    assert_eq!(outputs(""), [Agreement::Ranking { k: 10, overlap_min: 0.8 }, Agreement::Class]);
    let stated = "compare: { outputs: { items: { first: 3, overlap: 100% }, why: words } }";
    assert_eq!(outputs(stated), [Agreement::Ranking { k: 3, overlap_min: 1.0 }, Agreement::Text { normalised: true }]);
    assert!(charter("compare: { outputs: { why: score } }").only_problem().0.contains("`why` is BYTES, which is not compared as a score"));
    assert!(charter("compare: { outputs: { other: class } }").only_problem().0.contains("`other` is compared, and it is no output here"));
}

#[test]
fn an_experiment_takes_the_place_of_the_first_rung() {
    let rest = "experiments:
  better:
    route: r
    unit: user
    arms: { control: 50%, new: { weight: 50%, model: m@v3 } }
    goals: [ratio(outcome.converted), uplift(mean(outcome.revenue)) > 2%, ratio(outcome.revenue over outcome.visits)]
    guardrails: [uplift(p90(latency)) < 5%, ratio(error), mean(output.score)]
    caps: { revenue: 500 }
    minimum_effect: 3%
    starts: 2026-12-01";
    let plan = plan(LADDER, rest);
    let Node::Ladder { rungs } = &plan.routes[0].node else { panic!("a ladder") };
    let Node::Experiment { arms, .. } = &rungs[0].node else { panic!("{:?}", rungs[0].node) };
    assert!(matches!(&arms[0], Node::Model(call) if plan.model(call.model).label() == "m@v2"));
    assert!(matches!(&arms[1], Node::Model(call) if plan.model(call.model).label() == "m@v3"));
    let experiment = &plan.experiments[0];
    assert_eq!((experiment.unit.as_deref(), experiment.salt.as_str(), experiment.alpha), (Some("user"), "better", 0.05));
    assert_eq!(experiment.arms.iter().map(|arm| (arm.weight, arm.label.as_str())).collect::<Vec<_>>(), [(5_000, "m@v2"), (5_000, "m@v3")]);
    assert_eq!(experiment.starts_unix_ms, Some(1_796_083_200_000));
    let outcome = |name: &str| MetricSource::Outcome { name: name.to_owned() };
    assert_eq!((&experiment.goals[0].kind, &experiment.goals[0].source), (&MetricKind::Binomial, &outcome("converted")));
    assert_eq!((&experiment.goals[1].kind, experiment.goals[1].cap, experiment.goals[1].margin), (&MetricKind::Mean, Some(500.0), 0.02));
    assert_eq!(experiment.goals[2].kind, MetricKind::Ratio { per: outcome("visits") });
    assert_eq!((&experiment.guardrails[0].kind, experiment.guardrails[0].margin), (&MetricKind::Quantile { quantile: 0.9 }, 0.05));
    assert_eq!((experiment.guardrails[0].better, experiment.guardrails[2].better), (Better::Lower, Better::Higher));
    assert_eq!((&experiment.guardrails[1].kind, experiment.guardrails[1].margin), (&MetricKind::Ratio { per: MetricSource::Calls }, 0.03));
}

#[test]
fn impossible_experiments_are_refused_where_they_are_written() {
    let with = |text: &str| format!("experiments: {{ e: {{ route: r, {text} }} }}");
    let arms = "arms: { a: 50%, b: { weight: 50%, model: m@v3 } }";
    refused(LADDER, &with("arms: { a: 50%, b: 40% }, goals: [mean(latency)]"), "the weights of the arms add up to 90 %", "e");
    refused(LADDER, &with("arms: { a: 100% }, goals: [mean(latency)]"), "has 1 arms; 2 to 16 are possible", "e");
    refused(LADDER, &with(arms), "does not say what should get better", "e");
    refused(LADDER, &with(&format!("{arms}, unit: nobody, goals: [mean(latency)]")), "which is no input of the route", "nobody");
    refused(LADDER, &with(&format!("{arms}, goals: [mean(revenue)]")), "is written `outcome.revenue`", "mean(revenue)");
    refused(LADDER, &with(&format!("{arms}, goals: [mean(output.other)]")), "`output.other` is no output", "mean(output.other)");
    let absolute = format!("{arms}, goals: [mean(latency)], guardrails: [p99(latency) < 80ms]");
    refused(
        LADDER,
        &with(&absolute),
        "its limit is absolute, and arms are compared with the control: write `change(p99(latency)) <= 2%`",
        "p99(latency) < 80ms",
    );
    let gain = format!("{arms}, goals: [mean(latency)], guardrails: [\"change(mean(output.score)) >= 2%\"]");
    refused(LADDER, &with(&gain), "asks for a gain, and a guardrail allows a loss", "\"change(mean(output.score)) >= 2%\"");
    refused(LADDER, "experiments: { e: { goals: [mean(latency)] } }", "does not say on which route", "e");
    let two =
        format!("experiments: {{ e: {{ route: r, {arms}, goals: [mean(latency)] }}, f: {{ route: r, {arms}, goals: [mean(latency)] }} }}");
    refused(LADDER, &two, "route `r` has two experiments at once", "f");
}

#[test]
fn flags_know_what_they_turn() {
    let rest = "flags:
  switch: { turns: [r, r/previous, models.m, m@v1] }
  colour: { variants: { red: r, blue: b }, default: blue, enabled: false, rules: [{ when: \"country == 'CH'\", serve: red }, { split: { red: 25%, blue: 75% } }] }";
    let compiled = case("", LADDER, rest).compiled();
    let [off, colour] = compiled.plan.flags.as_slice() else { panic!("two flags") };
    assert_eq!((off.variants[0].0.as_str(), off.default_variant, off.enabled), ("true", 0, true));
    let both = [Turn::Model(ModelId(0)), Turn::Model(ModelId(1))];
    assert_eq!(off.turns[..2], [Turn::Route(RouteId(0)), Turn::Rung { route: RouteId(0), rung: 1 }]);
    assert_eq!(off.turns[2..4], both, "a bare model is every version that is asked");
    assert_eq!(off.turns[4], Turn::Model(ModelId(1)));
    assert_eq!((colour.default_variant, colour.enabled), (1, false));
    assert_eq!(colour.rules[0].serve, Serve::Variant(0));
    assert_eq!(colour.rules[1].serve, Serve::Split(vec![(0, 2_500), (1, 7_500)]));
    assert_eq!(compiled.conditions[0].value, "country == 'CH'");
    let cached = format!("{{ cache: {{ of: {LADDER}, ttl: 1s, max: 1MB, scope: everyone }} }}");
    let behind = plan(&cached, "flags: { switch: { turns: [r/previous] } }");
    assert_eq!(behind.flags[0].turns, [Turn::Rung { route: RouteId(0), rung: 1 }], "a rung behind a cache");
}

#[test]
fn impossible_flags_are_refused_where_they_are_written() {
    refused(LADDER, "flags: { f: { turns: [nothing] } }", "`nothing` is nothing that a flag turns on and off", "nothing");
    refused(LADDER, "flags: { f: { turns: [r/other] } }", "route `r` has no rung `other`", "r/other");
    refused(LADDER, "flags: { f: { variants: { a: 1, b: 2 }, turns: [r] } }", "none of its variants is `false`", "r");
    refused(LADDER, "flags: { f: { variants: { a: 1, b: x } } }", "are of different types", "x");
    let tiny = "flags: { f: { rules: [{ split: { \"true\": 0.001%, \"false\": 99.999% } }] } }";
    refused(LADDER, tiny, "nobody gets variant `true` by this rule", "0.001%");
    refused(LADDER, "flags: { f: { rules: [{ when: \"true\" }] } }", "serves neither a variant nor shares", "{ when: \"true\" }");
    assert!(
        case("", LADDER, "flags: { f: { rules: [{ split: { \"true\": 25%, \"false\": 25% } }] } }").only_problem().0.starts_with("Y115")
    );
}
