//! Contracts as inputs of routes.

// What is wrong with a case fails its test.
#![allow(clippy::expect_used)]

use charter_plan::contract::{Format, read_contract};
use charter_plan::tensor::{Datatype, Dimension, Lengths, OPEN_LENGTH_MAX};
use charter_spec::FileSet;
use proptest::prelude::*;

fn contract(properties: &str) -> charter_plan::contract::Contract {
    let text = format!("apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - name: row\n    properties:\n{properties}");
    read_contract(&FileSet::single("c.yaml", text.into_bytes()), "c.yaml").expect("the file")
}

#[test]
fn types_come_from_the_physical_type_then_the_logical_one() {
    let read = contract(
        "      - { name: a, physicalType: FP32, logicalType: number }
      - { name: b, physicalType: varchar(10) }
      - { name: c, logicalType: integer, required: true }
      - { name: d, logicalType: number }
      - { name: e, logicalType: boolean }
      - { name: f, physicalType: bigint }
",
    );
    let types: Vec<Datatype> = read.properties.iter().filter_map(|property| Some(property.tensor.as_ref()?.datatype)).collect();
    assert_eq!(types, [Datatype::Fp32, Datatype::Bytes, Datatype::Int64, Datatype::Fp64, Datatype::Bool, Datatype::Int64]);
    assert!(read.problems.is_empty());
    assert!(read.property("a").and_then(|property| property.tensor.as_ref()).is_some_and(|tensor| tensor.allows_nan), "not required");
    assert!(read.property("c").is_some_and(|property| property.required));
}

#[test]
fn lists_have_a_length_when_least_and_most_are_equal() {
    let read = contract(
        "      - { name: any, logicalType: array, physicalType: INT64, logicalTypeOptions: { minItems: 1, maxItems: 9 } }
      - { name: ten, logicalType: array, logicalTypeOptions: { minItems: 10, maxItems: 10 }, items: { physicalType: FP32 } }
",
    );
    let shape = |name: &str| read.property(name).and_then(|property| property.tensor.as_ref()).expect("a tensor").shape.clone();
    assert_eq!(shape("any"), [Dimension::Any, Dimension::Any]);
    assert_eq!(shape("ten"), [Dimension::Any, Dimension::Fixed(10)]);
}

#[test]
fn lists_that_are_not_of_one_length_are_bounded() {
    let read = contract(
        "      - { name: both, logicalType: array, physicalType: INT64, logicalTypeOptions: { minItems: 1, maxItems: 256 } }
      - { name: most, logicalType: array, physicalType: INT64, logicalTypeOptions: { maxItems: 100000 } }
      - { name: least, logicalType: array, physicalType: INT64, logicalTypeOptions: { minItems: 5000 } }
      - { name: neither, logicalType: array, physicalType: INT64 }
      - { name: nonsense, logicalType: array, physicalType: INT64, logicalTypeOptions: { maxItems: many } }
      - { name: fixed, logicalType: array, physicalType: INT64, logicalTypeOptions: { minItems: 10, maxItems: 10 } }
      - { name: column, physicalType: INT64 }
",
    );
    let lengths = |name: &str| read.property(name).and_then(|property| property.tensor.as_ref()).expect("a tensor").lengths;
    assert_eq!(lengths("both"), Some(Lengths { min: 1, max: 256 }));
    assert_eq!(lengths("most"), Some(Lengths { min: 0, max: 100_000 }));
    assert_eq!(lengths("least"), Some(Lengths { min: 5000, max: 5000 }));
    assert_eq!(lengths("neither"), Some(Lengths { min: 0, max: OPEN_LENGTH_MAX }));
    assert_eq!(lengths("nonsense"), lengths("neither"));
    assert_eq!((lengths("fixed"), lengths("column")), (None, None));
    assert!(read.problems.is_empty());
}

#[test]
fn a_list_that_no_list_can_be_is_told() {
    let read = contract("      - { name: x, logicalType: array, physicalType: INT64, logicalTypeOptions: { minItems: 9, maxItems: 1 } }\n");
    let [problem] = read.problems.as_slice() else { panic!("one problem: {:?}", read.problems) };
    assert_eq!(problem.message, "list `x` has at least 9 and at most 1 items, which no list has");
}

#[test]
fn limits_that_exclude_their_own_value_are_the_next_one() {
    let read = contract(
        "      - { name: x, physicalType: FP32, logicalTypeOptions: { exclusiveMinimum: 0, maximum: 15 } }
      - { name: n, physicalType: INT32, logicalTypeOptions: { minimum: 1, exclusiveMinimum: true, exclusiveMaximum: 10 } }
",
    );
    let range = |name: &str| read.property(name).and_then(|property| property.tensor.as_ref()?.range).expect("a range");
    assert_eq!(range("x").min, Some(f64::from(f32::from_bits(1))));
    assert_eq!(range("x").max, Some(15.0));
    assert_eq!((range("n").min, range("n").max), (Some(2.0), Some(9.0)));
}

#[test]
fn rules_and_service_levels_are_counted() {
    let text = "kind: DataContract
quality: [{ type: text }]
slaProperties: [{ property: latency, value: 5, unit: s }, { value: 3 }]
schema:
  - name: row
    quality: [{ metric: rowCount }]
    properties:
      - name: home
        physicalType: BYTES
        quality: [{ metric: invalidValues, arguments: { validValues: [own, rent, \"\"] } }]
";
    let read = read_contract(&FileSet::single("c.yaml", text.as_bytes().to_vec()), "c.yaml").expect("the file");
    assert_eq!(read.quality_rules.len(), 3);
    assert_eq!(read.service_levels.iter().map(|level| level.property.as_str()).collect::<Vec<_>>(), ["latency"]);
    assert_eq!(read.properties[0].tensor.as_ref().expect("a tensor").allowed, ["own", "rent", ""]);
}

#[test]
fn another_standard_is_left_alone() {
    let read = read_contract(&FileSet::single("api.yaml", b"openapi: 3.1.0\npaths: {}\n".to_vec()), "api.yaml").expect("the file");
    assert_eq!(read.format, Format::Other);
    assert!(read.properties.is_empty() && read.problems.is_empty());
    assert!(read_contract(&FileSet::new(), "none.yaml").is_none());
}

#[test]
fn columns_that_are_no_inputs_are_told_at_their_type() {
    let read = contract(
        "      - { name: a, logicalType: object }\n      - { physicalType: FP32 }\n      - { name: b, physicalType: FP32 }\n      - { name: b, physicalType: FP32 }\n",
    );
    let told: Vec<&str> = read.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(told, ["`object` of column `a` has no tensor type", "a column has no name", "column `b` is there twice"]);
}

proptest! {
    #[test]
    fn no_bytes_can_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_contract(&FileSet::single("c.yaml", bytes), "c.yaml");
    }

    #[test]
    fn no_text_of_yaml_marks_can_break_the_reader(text in "(kind: DataContract\n)?[-{}\\[\\]:,&*!|>'\"a-c0-9 \n#]{0,200}") {
        let _ = read_contract(&FileSet::single("c.yaml", text.into_bytes()), "c.yaml");
    }
}
