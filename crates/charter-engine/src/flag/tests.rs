//! Tables of evaluations, shares of splits, and what is turned off.

use super::*;
use charter_plan::plan::{FlagRule, Serve, Turn};
use proptest::prelude::*;
use serde_json::{Value, json};

fn flag(name: &str, rules: Vec<FlagRule>) -> Flag {
    let variants = vec![("on".to_owned(), json!(true)), ("off".to_owned(), json!(false)), ("maybe".to_owned(), json!("maybe"))];
    Flag {
        id: FlagId(0),
        name: name.to_owned(),
        variants,
        default_variant: 0,
        enabled: true,
        turns: vec![Turn::Feature("f".to_owned())],
        rules,
    }
}

fn rule(when: &str, serve: Serve) -> FlagRule {
    FlagRule { when: (!when.is_empty()).then(|| when.to_owned()), serve }
}

fn flags(flag: Flag) -> Flags {
    Flags::prepare(&Plan { flags: vec![flag], ..Plan::default() }, None, 1)
}

fn ask(flags: &Flags, context: &Value) -> Result<(Option<Value>, &'static str), &'static str> {
    let object = context.as_object().expect("an object");
    let evaluation = flags.evaluate("flag", &Asking::Context(object));
    evaluation.map(|evaluation| (evaluation.value, evaluation.reason.name())).map_err(|error| error.code())
}

/// Rules, a context, and what the flag gives for it.
type Case = (Vec<FlagRule>, Value, Result<(Option<Value>, &'static str), &'static str>);

#[test]
fn reasons_and_codes_are_those_of_the_specification() {
    let off = Serve::Variant(1);
    let halves = Serve::Split(vec![(0, 5_000), (1, 5_000)]);
    let on = Some(json!(true));
    let no = Some(json!(false));
    let cases: Vec<Case> = vec![
        (vec![], json!({}), Ok((on.clone(), "STATIC"))),
        (vec![rule("country == 'NG'", off.clone())], json!({"country": "NG"}), Ok((no.clone(), "TARGETING_MATCH"))),
        (vec![rule("country == 'NG'", off.clone())], json!({"country": "DE"}), Ok((on.clone(), "DEFAULT"))),
        (vec![rule("country == 'NG'", off.clone())], json!({}), Ok((on.clone(), "DEFAULT"))),
        (
            vec![rule("country in ['NG', 'RU'] && age > 17", off.clone())],
            json!({"country": "RU", "age": 18}),
            Ok((no.clone(), "TARGETING_MATCH")),
        ),
        (vec![rule("user.plan == 'free'", off.clone())], json!({"user": {"plan": "free"}}), Ok((no.clone(), "TARGETING_MATCH"))),
        (vec![rule("user.plan == 'free'", off.clone())], json!({"user": {}}), Ok((on.clone(), "DEFAULT"))),
        (vec![rule("has(user.plan)", off.clone())], json!({"user": {}}), Ok((on.clone(), "DEFAULT"))),
        (vec![rule("'beta' in groups", off.clone())], json!({"groups": ["alpha", "beta"]}), Ok((no.clone(), "TARGETING_MATCH"))),
        (vec![rule("score > 0.5", off.clone())], json!({"score": 0.75}), Ok((no.clone(), "TARGETING_MATCH"))),
        (vec![rule("", off.clone())], json!({}), Ok((no, "TARGETING_MATCH"))),
        (vec![rule("", halves.clone())], json!({}), Err("TARGETING_KEY_MISSING")),
        (vec![rule("", halves.clone())], json!({"targetingKey": ""}), Err("TARGETING_KEY_MISSING")),
        (vec![rule("", halves.clone())], json!({"targetingKey": 7}), Err("INVALID_CONTEXT")),
        (vec![rule("country == ", off.clone())], json!({}), Err("PARSE_ERROR")),
        (vec![rule("[1, 2].exists(x, x > 1)", off.clone())], json!({}), Err("PARSE_ERROR")),
        (vec![rule("country + 1 > 2", off.clone())], json!({"country": "NG"}), Err("GENERAL")),
        (vec![rule("country", off)], json!({"country": "NG"}), Err("GENERAL")),
    ];
    for (rules, context, expected) in cases {
        let flags = flags(flag("flag", rules.clone()));
        assert_eq!(ask(&flags, &context), expected, "{rules:?} for {context}");
    }
    assert_eq!(
        flags(flag("other", Vec::new())).evaluate("flag", &Asking::Call { key: None, route: "r" }).map_err(|error| error.code()),
        Err("FLAG_NOT_FOUND")
    );
}

#[test]
fn a_disabled_flag_gives_no_value_and_turns_nothing_off() {
    let flags = flags(Flag { enabled: false, default_variant: 1, ..flag("flag", Vec::new()) });
    assert_eq!(ask(&flags, &json!({})), Ok((None, "DISABLED")));
    assert!(!flags.feature_off("f", &Asking::Call { key: None, route: "r" }));
    flags.choose("flag", Some("off")).expect("chosen");
    assert!(!flags.feature_off("f", &Asking::Call { key: None, route: "r" }));
}

#[test]
fn an_operators_choice_stands_over_rules_and_over_a_reload() {
    let rules = vec![rule("", Serve::Variant(0))];
    let plan = Plan { flags: vec![flag("flag", rules)], ..Plan::default() };
    let flags = Flags::prepare(&plan, None, 100);
    let call = Asking::Call { key: Some("me"), route: "r" };
    assert!(!flags.feature_off("f", &call));
    flags.choose("flag", Some("off")).expect("chosen");
    assert_eq!(ask(&flags, &json!({})), Ok((Some(json!(false)), "STATIC")));
    assert!(flags.feature_off("f", &call));
    assert_eq!(flags.revision(), 101);
    flags.choose("flag", Some("off")).expect("chosen again");
    assert_eq!(flags.revision(), 101, "nothing has changed");

    let reloaded = Flags::prepare(&plan, Some(&flags), 500);
    assert!(reloaded.feature_off("f", &call));
    assert_eq!(reloaded.revision(), 102);
    reloaded.choose("flag", None).expect("released");
    assert!(!reloaded.feature_off("f", &call));
    assert_eq!(reloaded.choose("flag", Some("purple")), Err(NotChosen::NoSuchVariant));
    assert_eq!(reloaded.choose("purple", None), Err(NotChosen::NoSuchFlag));

    let without =
        Plan { flags: vec![Flag { variants: vec![("on".to_owned(), json!(true))], ..flag("flag", Vec::new()) }], ..Plan::default() };
    flags.choose("flag", Some("off")).expect("chosen");
    assert!(!Flags::prepare(&without, Some(&flags), 500).feature_off("f", &call), "the variant is gone, and the choice with it");
}

#[test]
fn rules_decide_for_each_call() {
    let rules = vec![rule("targetingKey == 'me' && route == 'fraud'", Serve::Variant(1))];
    let flags = flags(flag("flag", rules));
    let off = |key, route| flags.feature_off("f", &Asking::Call { key, route });
    assert!(off(Some("me"), "fraud"));
    assert!(!off(Some("me"), "score") && !off(Some("you"), "fraud") && !off(None, "fraud"));
}

#[test]
fn what_cannot_be_evaluated_falls_back_to_the_default() {
    let halves = Serve::Split(vec![(0, 5_000), (1, 5_000)]);
    let on = flags(flag("flag", vec![rule("", halves.clone())]));
    let off = flags(Flag { default_variant: 1, ..flag("flag", vec![rule("", halves)]) });
    let nobody = Asking::Call { key: None, route: "r" };
    assert!(!on.feature_off("f", &nobody) && off.feature_off("f", &nobody));
}

#[test]
fn values_that_are_not_false_turn_nothing_off() {
    let flags = flags(Flag { default_variant: 2, ..flag("flag", Vec::new()) });
    assert!(!flags.feature_off("f", &Asking::Call { key: None, route: "r" }));
}

#[test]
fn a_split_hashes_the_flag_before_the_key() {
    // flagd's `fractional` buckets `flagKey ++ targetingKey`; with one half each the upper bit of the hash decides.
    let flags = flags(flag("flag", vec![rule("", Serve::Split(vec![(0, 5_000), (1, 5_000)]))]));
    for user in 0..200 {
        let key = format!("user-{user}");
        let upper = crate::assign::murmur3(format!("flag{key}").as_bytes()) >> 31 == 1;
        assert_eq!(ask(&flags, &json!({"targetingKey": key})), Ok((Some(json!(!upper)), "SPLIT")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn split_shares_are_kept(name in "[a-z]{3,8}", first in 0_u16..=10_000) {
        const UNITS: u32 = 4_000;
        let split = vec![rule("", Serve::Split(vec![(0, first), (1, 10_000 - first)]))];
        let flags = Flags::prepare(&Plan { flags: vec![flag(&name, split)], ..Plan::default() }, None, 1);
        let off = (0..UNITS).filter(|unit| flags.feature_off("f", &Asking::Call { key: Some(&format!("unit-{unit}")), route: "r" })).count() as f64;
        let share = 1.0 - f64::from(first) / 1e4;
        // Five standard deviations of a binomial share.
        let room = 5.0 * (share * (1.0 - share) / f64::from(UNITS)).sqrt() + 1e-9;
        prop_assert!((off / f64::from(UNITS) - share).abs() <= room, "{off} of {UNITS} for {share}");
    }

    #[test]
    fn a_wider_share_keeps_everyone_it_had(name in "[a-z]{3,8}", key in "[a-z0-9]{1,20}", narrow in 0_u16..5_000, more in 0_u16..5_000) {
        let off = |share: u16| {
            let split = vec![rule("", Serve::Split(vec![(1, share), (0, 10_000 - share)]))];
            let flags = Flags::prepare(&Plan { flags: vec![flag(&name, split)], ..Plan::default() }, None, 1);
            flags.feature_off("f", &Asking::Call { key: Some(&key), route: "r" })
        };
        prop_assert!(!off(narrow) || off(narrow + more));
    }

    #[test]
    fn no_condition_panics(source in "\\PC{0,40}", text in "\\PC{0,10}", number in any::<i64>()) {
        if check(&source).is_ok() {
            let flags = flags(flag("flag", vec![rule(&source, Serve::Variant(1))]));
            let _ = ask(&flags, &json!({"a": text, "b": number, "c": [text], "d": {"e": number}}));
        }
    }
}
