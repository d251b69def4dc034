use super::*;
use crate::tensor::Shape;
use proptest::prelude::*;

fn variables() -> Vec<(String, Datatype)> {
    let named = |name: &str, datatype| (name.to_owned(), datatype);
    vec![
        named("amount", Datatype::Fp32),
        named("score", Datatype::Fp64),
        named("count", Datatype::Int32),
        named("country", Datatype::Bytes),
        named("known", Datatype::Bool),
        named("customer.age", Datatype::Uint8),
    ]
}

fn tensor(values: Values) -> Tensor {
    let rows = values.len();
    Tensor::new(Shape::from_slice(&[rows, 1]), values).expect("one value a row")
}

fn rows() -> Vec<Tensor> {
    vec![
        tensor(Values::Fp32(vec![12_000.0, 50.0, 9_999.5])),
        tensor(Values::Fp64(vec![0.9, 0.5, 0.1])),
        tensor(Values::Int32(vec![3, 0, -7])),
        tensor(Values::Bytes(Texts::from_iter(["DE", "FR", "Österreich"]))),
        tensor(Values::Bool(vec![true, false, true])),
        tensor(Values::Uint8(vec![18, 65, 40])),
    ]
}

fn evaluate(source: &str, result: Datatype) -> Result<Values, String> {
    let expression = Expression::compile(source, &variables(), result).map_err(|error| error.to_string())?;
    let tensors = rows();
    let slots: Vec<&Tensor> = tensors.iter().collect();
    expression.evaluate(3, &slots).map_err(|error| error.to_string())
}

fn refused(source: &str, result: Datatype) -> String {
    Expression::compile(source, &variables(), result).expect_err(source).to_string()
}

fn texts(values: &[&str]) -> Values {
    Values::Bytes(Texts::from_iter(values))
}

#[test]
fn decisions_are_made_row_by_row() {
    let decided = evaluate("score >= 0.7 ? 'block' : score >= 0.4 ? 'review' : 'allow'", Datatype::Bytes);
    assert_eq!(decided, Ok(texts(&["block", "review", "allow"])));
    assert_eq!(evaluate("amount > 10000.0 ? 1.0 : 0.0", Datatype::Fp32), Ok(Values::Fp32(vec![1.0, 0.0, 0.0])));
}

#[test]
fn every_operator_and_function_of_the_subset_is_lowered() {
    let bools: [(&str, [bool; 3]); 16] = [
        ("amount > 10000.0 && known", [true, false, false]),
        ("!known || count == 3", [true, true, false]),
        ("country in ['DE', 'AT']", [true, false, false]),
        ("count in [3, -7]", [true, false, true]),
        ("country.startsWith('D') || country.endsWith('R')", [true, true, false]),
        ("country.contains('ster')", [false, false, true]),
        ("size(country) == 10 && country.size() > 2", [false, false, true]),
        ("count % 2 == 1 || count < 0", [true, false, true]),
        ("double(count) * 2.0 >= 6.0", [true, false, false]),
        ("int(score * 10.0) == 9", [true, false, false]),
        ("string(count) + country != '3DE'", [false, true, true]),
        ("max(score, 0.3, 0.2) == 0.3", [false, false, true]),
        ("math.abs(count) == 7 && math.floor(score) == 0.0", [false, false, true]),
        ("has(customer.age) && customer.age >= 40", [false, true, true]),
        ("known == (count > 0)", [true, true, false]),
        ("-count < -2", [true, false, false]),
    ];
    for (source, expected) in bools {
        assert_eq!(evaluate(source, Datatype::Bool), Ok(Values::Bool(expected.to_vec())), "{source}");
        assert!(Expression::compile(source, &variables(), Datatype::Bool).expect(source).is_lowered(), "{source}");
    }
}

#[test]
fn what_is_not_lowered_is_interpreted() {
    let source = "country.matches('^[A-Z]{2}$')";
    assert!(!Expression::compile(source, &variables(), Datatype::Bool).expect(source).is_lowered());
    assert_eq!(evaluate(source, Datatype::Bool), Ok(Values::Bool(vec![true, true, false])));
    assert!(refused("country.shout()", Datatype::Bytes).contains("shout"));
    assert!(refused("nothing.matches('a')", Datatype::Bool).contains("no variable `nothing`"));
    assert!(refused("country.matches('a')", Datatype::Fp32).contains("needs a double"));
}

#[test]
fn ints_and_doubles_do_not_mix_and_the_error_says_what_to_write() {
    let error = refused("amount > 10000", Datatype::Bool);
    assert!(error.contains("a double on one side and an int on the other") && error.contains("10000.0"), "{error}");
    let error = refused("amount > 10000.0 ? 1 : 0", Datatype::Fp32);
    assert!(error.contains("gives an int") && error.contains("1.0"), "{error}");
    let error = refused("known ? 1.0 : 0", Datatype::Fp32);
    assert!(error.contains("one side of `:`"), "{error}");
}

#[test]
fn unknown_names_and_wrong_types_are_refused_with_their_place() {
    let error = Expression::compile("known && amuont > 1.0", &variables(), Datatype::Bool).expect_err("a typing error");
    assert!(error.message.contains("`amuont`") && error.message.contains("`amount`"), "{error}");
    assert_eq!(error.offset, 9);
    for source in ["score ? 1.0 : 0.0", "country + 1", "!amount", "known in [true]", "amount in 3.0", "1u", "null", "[1, 2]", "score % 2.0"]
    {
        let _ = refused(source, Datatype::Bool);
    }
}

#[test]
fn limits_hold() {
    let long = format!("known{}", " || known".repeat(700));
    assert!(refused(&long, Datatype::Bool).contains("4096"));
    assert!(refused(&format!("{}known{}", "(".repeat(200), ")".repeat(200)), Datatype::Bool).contains("nested deeper"));
    assert!(refused(&format!("{}known", "!".repeat(200)), Datatype::Bool).contains("nested deeper"));
    assert!(refused("[1, 2, 3].all(x, x > 0)", Datatype::Bool).contains("nothing to go through"));
    assert!(refused("{'a': 1}.size() > 0", Datatype::Bool).contains("maps"));
    assert!(refused("", Datatype::Bool).contains("empty"));
}

#[test]
fn places_are_bytes_also_behind_letters_of_two_bytes() {
    let source = "country == 'Österreich' && amuont > 1.0";
    let error = Expression::compile(source, &variables(), Datatype::Bool).expect_err("a typing error");
    assert_eq!(source.get(error.offset..error.offset + 6), Some("amuont"));
    let source = "country == 'Österreich' && && known";
    let error = Expression::compile(source, &variables(), Datatype::Bool).expect_err("a syntax error");
    assert_eq!(source.get(error.offset..), Some("&& known"), "{error}");
}

#[test]
fn hostile_expressions_are_refused_in_bounded_time() {
    let sources = [
        "(".repeat(4_000),
        "known ? ".repeat(500),
        format!("{}1{}", "[".repeat(95), "]".repeat(95)),
        "a.".repeat(2_000),
        format!("known{}", "||known".repeat(580)),
        format!("count{}", " + count * (count - 1)".repeat(150)),
        "!-".repeat(2_000),
        "'".repeat(4_095),
        "\u{0}".repeat(100),
        "known ?known:".repeat(90) + "known",
    ];
    let began = std::time::Instant::now();
    for source in sources {
        let _ = Expression::compile(&source, &variables(), Datatype::Bool);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_row_without_a_result_is_named() {
    assert_eq!(evaluate("10 / count", Datatype::Int64), Err("row 1: division by zero".to_owned()));
    assert_eq!(evaluate("count * 100", Datatype::Uint8), Err("row 0: the result does not fit its datatype".to_owned()));
    assert_eq!(evaluate("int(country)", Datatype::Int64), Err("row 0: a text is not a number".to_owned()));
    // Either side that decides hides trouble on the other.
    assert_eq!(evaluate("10 / count > 0 || count == 0 || known", Datatype::Bool), Ok(Values::Bool(vec![true; 3])));
}

#[test]
fn slots_that_are_not_the_variables_are_an_error() {
    let expression = Expression::compile("known", &variables(), Datatype::Bool).expect("compiles");
    let tensors = rows();
    let slots: Vec<&Tensor> = tensors.iter().rev().collect();
    assert!(expression.evaluate(3, &slots).is_err());
    assert!(expression.evaluate(2, &tensors.iter().collect::<Vec<_>>()).is_err());
}

/// Expressions over two numbers whose lowered result is held against the interpreter's.
fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("a".to_owned()), Just("b".to_owned()), (-4_i64..5).prop_map(|value| format!("({value})"))];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop_oneof!["\\+", "-", "\\*", "/", "%"], inner.clone())
                .prop_map(|(left, sign, right)| format!("({left} {sign} {right})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(when, then, otherwise)| format!("({when} > 0 ? {then} : {otherwise})")),
        ]
    })
}

proptest! {
    #[test]
    fn lowered_expressions_agree_with_the_interpreter(source in number(), a in -9_i64..10, b in -9_i64..10) {
        let variables = [("a".to_owned(), Datatype::Int64), ("b".to_owned(), Datatype::Int64)];
        let expression = Expression::compile(&source, &variables, Datatype::Int64).expect("compiles");
        prop_assert!(expression.is_lowered());
        let (first, second) = (tensor(Values::Int64(vec![a])), tensor(Values::Int64(vec![b])));
        let lowered = expression.evaluate(1, &[&first, &second]);
        let mut context = cel::Context::default();
        context.add_variable_from_value("a", a);
        context.add_variable_from_value("b", b);
        let interpreted = cel::Program::compile(&source).expect("parses").execute(&context);
        match (lowered, interpreted) {
            (Ok(Values::Int64(ours)), Ok(cel::Value::Int(theirs))) => prop_assert_eq!(ours, vec![theirs]),
            (Err(_), Err(_)) => {}
            (ours, theirs) => prop_assert!(false, "{}: {:?} against {:?}", source, ours, theirs),
        }
    }

    #[test]
    fn no_text_makes_the_compiler_panic(source in "[-a-z0-9 .+*/%<>=!&|?:()\\[\\]{}'\"äß,]{0,60}") {
        let _ = Expression::compile(&source, &variables(), Datatype::Bool);
    }
}
