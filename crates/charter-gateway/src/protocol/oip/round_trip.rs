//! Tests that go through reader and writer together: what is written as an answer and read as a request is the same tensor.

use super::request::{self, Asked, InferRequest};
use super::{binary, write};
use crate::errors::{Code, Refusal};
use charter_engine::{Tensor, Texts, Values};
use charter_plan::plan::{Access, FailMode, Node, Route, RouteId};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use half::{bf16, f16};
use proptest::collection::vec;
use proptest::prelude::*;

pub(super) fn route(inputs: Vec<TensorSpec>) -> Route {
    Route {
        id: RouteId(0),
        name: "r".to_owned(),
        inputs,
        answers: vec![TensorSpec::column("score", Datatype::Fp32), TensorSpec::column("label", Datatype::Bytes)],
        decisions: Vec::new(),
        timeout_ms: 100,
        rows_max: 1_000,
        node: Node::Ladder { rungs: Vec::new() },
        access: Access::Open,
        pinning: false,
        pins: Vec::new(),
        samples: None,
        fail: FailMode::Closed,
    }
}

fn spec(datatype: Datatype) -> TensorSpec {
    TensorSpec::new("x", datatype, vec![Dimension::Any, Dimension::Any])
}

/// Values of any datatype, finite.
fn values() -> impl Strategy<Value = Values> {
    let n = 1..40_usize;
    prop_oneof![
        vec(any::<bool>(), n.clone()).prop_map(Values::Bool),
        vec(any::<u8>(), n.clone()).prop_map(Values::Uint8),
        vec(any::<u16>(), n.clone()).prop_map(Values::Uint16),
        vec(any::<u32>(), n.clone()).prop_map(Values::Uint32),
        vec(any::<u64>(), n.clone()).prop_map(Values::Uint64),
        vec(any::<i8>(), n.clone()).prop_map(Values::Int8),
        vec(any::<i16>(), n.clone()).prop_map(Values::Int16),
        vec(any::<i32>(), n.clone()).prop_map(Values::Int32),
        vec(any::<i64>(), n.clone()).prop_map(Values::Int64),
        vec(any::<u16>().prop_map(f16::from_bits).prop_filter("finite", |value| value.is_finite()), n.clone()).prop_map(Values::Fp16),
        vec(any::<u16>().prop_map(bf16::from_bits).prop_filter("finite", |value| value.is_finite()), n.clone()).prop_map(Values::Bf16),
        vec(any::<f32>().prop_filter("finite", |value| value.is_finite()), n.clone()).prop_map(Values::Fp32),
        vec(any::<f64>().prop_filter("finite", |value| value.is_finite()), n.clone()).prop_map(Values::Fp64),
        vec(any::<String>(), n).prop_map(|texts| Values::Bytes(texts.iter().collect::<Texts>())),
    ]
}

fn read(body: &[u8], json_bytes: Option<usize>, datatype: Datatype) -> Result<InferRequest, Refusal> {
    request::decode(body, json_bytes, &route(vec![spec(datatype)]))
}

proptest! {
    #[test]
    fn json_values_come_back_as_they_were(values in values(), data_first in any::<bool>()) {
        let mut data = Vec::new();
        write::values(&mut data, &values).unwrap();
        let data = String::from_utf8(data).unwrap();
        let head = format!(r#""name":"x","shape":[1,{}],"datatype":"{}""#, values.len(), values.datatype());
        let input = if data_first { format!(r#"{{"data":{data},{head}}}"#) } else { format!(r#"{{{head},"data":{data}}}"#) };
        let body = format!(r#"{{"inputs":[{input}]}}"#);
        let read = read(body.as_bytes(), None, values.datatype()).unwrap();
        prop_assert_eq!(&read.inputs, &vec![Tensor::new(vec![1, values.len()], values).unwrap()]);
        // serde_json agrees that it is JSON at all.
        prop_assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }

    #[test]
    fn binary_values_come_back_as_they_were(values in values()) {
        let mut raw = Vec::new();
        let size = binary::encode(&values, &mut raw);
        prop_assert_eq!(size, raw.len());
        let head = format!(r#"{{"inputs":[{{"name":"x","shape":[{},1],"datatype":"{}","parameters":{{"binary_data_size":{size}}}}}]}}"#, values.len(), values.datatype());
        let body = [head.as_bytes(), &raw].concat();
        let again = read(&body, Some(head.len()), values.datatype()).unwrap();
        prop_assert_eq!(&again.inputs, &vec![Tensor::new(vec![values.len(), 1], values.clone()).unwrap()]);
        // One byte more or less adds up no longer.
        let more = [&body[..], b"\0"].concat();
        prop_assert_eq!(read(&more, Some(head.len()), values.datatype()).unwrap_err().code, Code::BadBinary);
        prop_assert!(read(&body[..body.len() - 1], Some(head.len()), values.datatype()).is_err());
    }
}

fn refused(body: &str) -> String {
    let route = route(vec![
        TensorSpec::new("a", Datatype::Fp32, vec![Dimension::Any, Dimension::Fixed(2)]),
        TensorSpec::column("b", Datatype::Int64),
    ]);
    request::decode(body.as_bytes(), None, &route).map(|_| ()).map_err(|refusal| refusal.message).expect_err(body)
}

const B: &str = r#"{"name":"b","shape":[1,1],"datatype":"INT64","data":[1]}"#;

#[test]
fn each_rule_of_the_protocol_names_the_input() {
    let a = |rest: &str| refused(&format!(r#"{{"inputs":[{{"name":"a",{rest}}},{B}]}}"#));
    assert!(a(r#""shape":[1,3],"datatype":"FP32","data":[1,2,3]"#).contains("`a` must have the shape [-1, 2]"));
    assert!(a(r#""shape":[2],"datatype":"FP32","data":[1,2]"#).contains("`a` must have the shape"));
    assert!(a(r#""shape":[1,2],"datatype":"FP64","data":[1,2]"#).contains("`a` must have the datatype FP32"));
    assert!(a(r#""shape":[1,2],"datatype":"FP99","data":[1,2]"#).contains("datatype"));
    assert!(a(r#""shape":[1,2],"datatype":"FP32","data":[1]"#).contains("`a`: there are fewer values"));
    assert!(a(r#""shape":[1,2],"datatype":"FP32","data":[1,2],"parameters":{"binary_data_size":8}"#).contains("`a` has both"));
    assert!(a(r#""shape":[1,2],"datatype":"FP32""#).contains("`a` has no `data`"));
    assert!(a(r#""shape":[2,2],"datatype":"FP32","data":[1,2,3,4]"#).contains("another number of rows"));
    assert!(a(r#""shape":[0,2],"datatype":"FP32","data":[]"#).contains("rows"));
    assert!(a(r#""shape":[-1,2],"datatype":"FP32","data":[]"#).contains("whole number"));
    assert!(a(r#""shape":[4294967296,4294967296],"datatype":"FP32","data":[1]"#).contains("shape"));
    assert!(a(r#""shape":[1,2,1,1,1,1,1,1,1],"datatype":"FP32","data":[1]"#).contains("8 dimensions"));
    assert!(a(r#""shape":[1,2],"datatype":"FP32","data":[1,"secret"]"#).contains("`a`: expected a number"));
    assert!(!a(r#""shape":[1,2],"datatype":"FP32","data":[1,"secret"]"#).contains("secret"));
    assert!(refused(&format!(r#"{{"inputs":[{B}]}}"#)).contains("`a` is missing"));
    assert!(refused(&format!(r#"{{"inputs":[{B},{B}]}}"#)).contains("`b` occurs twice"));
    assert!(refused(r#"{"inputs":[{"name":"zzz","shape":[1,1],"datatype":"FP32","data":[1]}]}"#).contains("unknown input `zzz`"));
    assert!(refused(r#"{"id":"1"}"#).contains("`inputs` is missing"));
    assert!(refused(r#"{"inputs":[]} x"#).contains("nothing may follow"));
}

#[test]
fn a_product_that_overflows_is_refused() {
    let route = route(vec![TensorSpec::new("a", Datatype::Fp32, vec![Dimension::Any, Dimension::Any, Dimension::Any])]);
    let body = r#"{"inputs":[{"name":"a","shape":[4294967296,4294967296,2],"datatype":"FP32","data":[1]}]}"#;
    assert!(request::decode(body.as_bytes(), None, &route).unwrap_err().message.contains("too large"));
}

#[test]
fn outputs_are_chosen_by_name() {
    let body = |outputs: &str| {
        format!(
            r#"{{"id":"7","parameters":{{"binary_data_output":true,"other":[1]}},"inputs":[{{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}}],"outputs":{outputs}}}"#
        )
    };
    let asked = |outputs: &str| read(body(outputs).as_bytes(), None, Datatype::Fp32);
    let chosen = asked(r#"[{"name":"label","parameters":{"binary_data":false}},{"name":"score"}]"#).unwrap();
    assert_eq!(chosen.id.as_deref(), Some("7"));
    let pairs: Vec<_> = chosen.asked.outputs.unwrap().iter().map(|output| (output.index, output.binary)).collect();
    assert_eq!((pairs, chosen.asked.binary), (vec![(1, Some(false)), (0, None)], true));
    assert_eq!(asked("[]").unwrap().asked, Asked { outputs: None, binary: true });
    for bad in [
        r#"[{"name":"nope"}]"#,
        r#"[{"name":"score"},{"name":"score"}]"#,
        r#"[{}]"#,
        r#"[{"name":"score","parameters":{"classification":3}}]"#,
    ] {
        assert_eq!(asked(bad).unwrap_err().code, Code::BadOutputs, "{bad}");
    }
}

#[test]
fn a_million_inputs_are_refused_at_the_second() {
    // What follows the second is no JSON: whoever read on would complain about that instead.
    let one = r#"{"name":"x","shape":[1,1],"datatype":"FP32","data":[1]}"#;
    let body = format!(r#"{{"inputs":[{one},{one},{}"#, "!".repeat(50_000_000));
    assert!(read(body.as_bytes(), None, Datatype::Fp32).unwrap_err().message.contains("occurs twice"));
}
