use super::*;
use crate::testing::{call_now, model, specs};
use charter_plan::plan::Source;
use proptest::prelude::*;

fn open(
    inputs: &[&str],
    outputs: &[&str],
    entries: &[(String, Vec<Constant>)],
    default: Option<Vec<Constant>>,
) -> Result<Lookup, Unavailable> {
    let source = Source::Lookup { path: "table.csv".into(), digest: String::new(), entries: entries.to_vec(), default: default.clone() };
    Lookup::open(&model(source, specs(inputs), specs(outputs)), entries, default.as_deref())
}

fn texts(values: &[&str]) -> Constant {
    Constant::Texts(values.iter().map(|&value| value.to_owned()).collect())
}

fn column(values: Values) -> Tensor {
    Tensor::new([values.len(), 1].as_slice(), values).expect("one value a row")
}

#[test]
fn rows_find_their_entries_and_the_default_answers_the_rest() {
    let entries = [("DE\u{1f}5.0".to_owned(), vec![texts(&["a", "b"])]), ("FR\u{1f}2".to_owned(), vec![texts(&["c", "d"])])];
    let table = open(&["country: BYTES[-1,1]", "age: FP32[-1,1]"], &["items: BYTES[-1,2]"], &entries, Some(vec![texts(&["x", "y"])]))
        .expect("opens");
    let inputs =
        [column(Values::Bytes(["FR", "DE", "DE", "FR"].into_iter().collect())), column(Values::Fp32(vec![2.0, 5.0, 6.0, f32::NAN]))];
    let answer = call_now(&table, &inputs, 4).expect("answers");
    let expected = Values::Bytes(["c", "d", "a", "b", "x", "y", "x", "y"].into_iter().collect());
    assert_eq!(answer, [Tensor::new([4, 2].as_slice(), expected).expect("fits")]);
}

#[test]
fn without_a_default_an_unknown_key_is_a_failure() {
    let table = open(&["id: INT64[-1,1]"], &["score: FP32[-1]"], &[("7".into(), vec![Constant::Floats(vec![0.5])])], None).expect("opens");
    assert!(call_now(&table, &[column(Values::Int64(vec![7, 7]))], 2).is_ok());
    assert_eq!(call_now(&table, &[column(Values::Int64(vec![7, 8]))], 2).expect_err("fails").failure, Failure::Rejected);
}

#[test]
fn a_table_that_is_wrong_says_which_row() {
    let good = ("1".to_owned(), vec![Constant::Floats(vec![0.5])]);
    for (entries, expected) in [
        (vec![], "the table is empty and has no default"),
        (vec![good.clone(), ("1".into(), good.1.clone())], "row 2 of the table: the key is there already"),
        (vec![good.clone(), ("+1".into(), good.1.clone())], "row 2 of the table: the key is there already"),
        (vec![good.clone(), ("one".into(), good.1.clone())], "row 2 of the table: `one` is no INT64 for key `id`"),
        (vec![good.clone(), ("2\u{1f}3".into(), good.1.clone())], "row 2 of the table: 2 key columns for 1 inputs"),
        (vec![good.clone(), ("2".into(), vec![texts(&["x"])])], "row 2 of the table: output `score`: a text is no FP32"),
        (vec![good.clone(), ("2".into(), vec![])], "row 2 of the table: 0 values for 1 outputs"),
    ] {
        assert_eq!(open(&["id: INT64[-1,1]"], &["score: FP32[-1]"], &entries, None).expect_err("refused").reason, expected);
    }
}

#[test]
fn a_separator_inside_a_text_matches_nothing() {
    let entries = [("a\u{1f}b\u{1f}c".to_owned(), vec![Constant::Integers(vec![1])])];
    let inputs = ["x: BYTES[-1,1]", "y: BYTES[-1,1]", "z: BYTES[-1,1]"];
    let table = open(&inputs, &["n: INT64[-1]"], &entries, Some(vec![Constant::Integers(vec![0])])).expect("opens");
    let ask = |parts: [&str; 3]| {
        let inputs: Vec<Tensor> = parts.iter().map(|part| column(Values::Bytes([part].into_iter().collect()))).collect();
        call_now(&table, &inputs, 1).expect("answers")[0].values().clone()
    };
    assert_eq!(ask(["a", "b", "c"]), Values::Int64(vec![1]));
    assert_eq!(ask(["a\u{1f}b", "c", ""]), Values::Int64(vec![0]));
    assert_eq!(ask(["a", "b\u{1f}c", ""]), Values::Int64(vec![0]));
}

proptest! {
    /// Whatever spelling the table uses, the number finds it.
    #[test]
    fn a_float_key_has_one_spelling(value in prop_oneof![any::<f32>(), (-1000_i32..1000).prop_map(|value| value as f32)]) {
        prop_assume!(value.is_finite());
        for spelling in [format!("{value}"), format!("{value:e}"), format!("{value:?}"), format!(" {value} ")] {
            let table = open(&["x: FP32[-1,1]"], &["n: INT64[-1]"], &[(spelling, vec![Constant::Integers(vec![1])])], Some(vec![Constant::Integers(vec![0])])).expect("opens");
            let answer = call_now(&table, &[column(Values::Fp32(vec![value, -value]))], 2).expect("answers");
            let Values::Int64(found) = answer[0].values() else { panic!("integers") };
            prop_assert_eq!(found[0], 1);
            prop_assert_eq!(found[1], i64::from(value == 0.0));
        }
    }

    /// Two keys are the same entry only when all their parts are the same.
    #[test]
    fn keys_never_collide(left in (any::<String>(), any::<i64>()), right in (any::<String>(), any::<i64>())) {
        prop_assume!(!left.0.contains('\u{1f}') && !right.0.contains('\u{1f}'));
        let entries = [(format!("{}\u{1f}{}", left.0, left.1), vec![Constant::Integers(vec![1])])];
        let table = open(&["x: BYTES[-1,1]", "y: INT64[-1,1]"], &["n: INT64[-1]"], &entries, Some(vec![Constant::Integers(vec![0])])).expect("opens");
        let inputs = [column(Values::Bytes([&left.0, &right.0].into_iter().collect())), column(Values::Int64(vec![left.1, right.1]))];
        let answer = call_now(&table, &inputs, 2).expect("answers");
        prop_assert_eq!(answer[0].values(), &Values::Int64(vec![1, i64::from(left == right)]));
    }
}
