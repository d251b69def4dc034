//! What KServe's Python server (0.21) says, to the byte: `null` for every field it leaves open, and no column where there is one value a row.

use super::*;

const SERVER: &str = r#"{"name":"kserve","version":"0.21.0","extensions":["model_repository_extension"]}"#;
const MODEL: &str = r#"{"name":"fraud","versions":null,"platform":"","inputs":[],"outputs":[]}"#;
const READY: &str = r#"{"name":"fraud","ready":true}"#;
const KSERVE_ANSWER: &str = r#"{"model_name":"fraud","model_version":null,"id":"8630e60f-08dd-4bd2-8c8d-778824fec502","parameters":null,"outputs":[{"name":"label","shape":[1],"datatype":"INT64","parameters":null,"data":[0]},{"name":"probabilities","shape":[1,2],"datatype":"FP32","parameters":null,"data":[0.9985482096672058,0.0014517903327941895]}]}"#;

async fn kserve(server: &'static str, model: &'static str, answer: impl Into<String>) -> Server {
    let answer = answer.into();
    Server::start(move |request| match request.path.as_str() {
        "/v2" => ok(server),
        "/v2/models/fraud" => ok(model),
        "/v2/models/fraud/ready" => ok(READY),
        "/v2/models/fraud/infer" => ok(&answer),
        path => panic!("nobody asks KServe for `{path}`"),
    })
    .await
}

async fn call_fraud(server: &Server, outputs: &[&str]) -> Result<Vec<Tensor>, BackendError> {
    let model = model(Source::Static { values: vec![] }, specs(&["input: FP32[-1,2]"]), specs(outputs));
    let remote = Remote::open(&model, &server.url(), "fraud", None).unwrap_or_else(|error| panic!("{error:?}"));
    let inputs = [Tensor::new([1, 2].as_slice(), Values::Fp32(vec![0.5, 1.0])).expect("fits")];
    tokio::time::timeout(PATIENCE, call_within(&remote, &inputs, PATIENCE)).await.expect("an end")
}

fn label(shape: &[usize]) -> Tensor {
    Tensor::new(shape, Values::Int64(vec![0])).expect("fits")
}

fn probabilities() -> Tensor {
    Tensor::new([1, 2].as_slice(), Values::Fp32(vec![0.998_548_2, 0.001_451_790_3])).expect("fits")
}

#[tokio::test]
async fn what_kserve_leaves_open_with_null_is_absent() {
    let server = kserve(SERVER, MODEL, KSERVE_ANSWER).await;
    assert_eq!(call_fraud(&server, &["label: INT64[-1]", "probabilities: FP32[-1,2]"]).await, Ok(vec![label(&[1]), probabilities()]));
}

#[tokio::test]
async fn null_is_absent_wherever_a_field_is_optional() {
    let described = r#"{"name":"fraud","versions":null,"inputs":null,"outputs":[{"name":"label","datatype":"INT64","shape":null}]}"#;
    let nothing = r#"{"name":"fraud","inputs":null,"outputs":null}"#;
    for model in [described, nothing] {
        let server = kserve(
            r#"{"name":null,"extensions":null}"#,
            model,
            KSERVE_ANSWER.replace("\"parameters\":null", "\"parameters\":{\"binary_data_size\":null}"),
        )
        .await;
        assert_eq!(call_fraud(&server, &["label: INT64[-1]"]).await, Ok(vec![label(&[1])]), "{model}");
    }
    let missing = kserve(SERVER, MODEL, KSERVE_ANSWER.replace("[0]", "null")).await;
    assert_eq!(call_fraud(&missing, &["label: INT64[-1]"]).await.expect_err("no values").failure, Failure::BadOutput);
    let none = kserve(SERVER, MODEL, r#"{"outputs":null}"#).await;
    assert_eq!(call_fraud(&none, &["label: INT64[-1]"]).await.expect_err("no outputs").failure, Failure::BadOutput);
}

#[tokio::test]
async fn one_value_a_row_is_taken_with_and_without_a_column() {
    let column = KSERVE_ANSWER.replace("\"shape\":[1],", "\"shape\":[1,1],");
    for (answer, signature, shape) in [
        (KSERVE_ANSWER, "label: INT64[-1,1]", [1, 1].as_slice()),
        (KSERVE_ANSWER, "label: INT64[-1,-1]", &[1, 1]),
        (KSERVE_ANSWER, "label: INT64[1,1]", &[1, 1]),
        (&column, "label: INT64[-1]", &[1]),
        (&column, "label: INT64[-1,1]", &[1, 1]),
    ] {
        let server = kserve(SERVER, MODEL, answer).await;
        assert_eq!(call_fraud(&server, &[signature]).await, Ok(vec![label(shape)]), "{signature}");
    }
    for signature in ["label: INT64[-1,2]", "label: INT64[-1,1,1]", "label: INT64[2,1]"] {
        let server = kserve(SERVER, MODEL, KSERVE_ANSWER).await;
        assert_eq!(call_fraud(&server, &[signature]).await.expect_err("another width").failure, Failure::SchemaMismatch, "{signature}");
    }
}

#[tokio::test]
async fn a_described_output_may_have_or_lack_the_column_too() {
    let plain = r#"{"name":"fraud","outputs":[{"name":"label","datatype":"INT64","shape":[-1]}]}"#;
    let column = r#"{"name":"fraud","outputs":[{"name":"label","datatype":"INT64","shape":[-1,1]}]}"#;
    let wide = r#"{"name":"fraud","outputs":[{"name":"label","datatype":"INT64","shape":[-1,2]}]}"#;
    for (model, signature, shape) in [(plain, "label: INT64[-1,1]", [1, 1].as_slice()), (column, "label: INT64[-1]", &[1])] {
        let server = kserve(SERVER, model, KSERVE_ANSWER).await;
        assert_eq!(call_fraud(&server, &[signature]).await, Ok(vec![label(shape)]), "{signature}");
    }
    let server = kserve(SERVER, wide, KSERVE_ANSWER).await;
    assert_eq!(call_fraud(&server, &["label: INT64[-1]"]).await.expect_err("another width").failure, Failure::Unavailable);
}
