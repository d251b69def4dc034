//! Models built by hand: single operators with known values, the rules for inputs, and files that break a rule.

use prost::Message;

use crate::proto::*;
use crate::{Elements, LoadError, Model, RunError, Tensor, TensorView, Workspace, inspect};

fn info(name: &str, element: i32, dimensions: &[Option<i64>]) -> ValueInfoProto {
    let dim = dimensions.iter().map(|&dim_value| DimensionProto { dim_value, dim_param: String::new() }).collect();
    let tensor_type = Some(TensorTypeProto { elem_type: element, shape: Some(ShapeProto { dim }) });
    ValueInfoProto { name: name.to_string(), r#type: Some(TypeProto { tensor_type, sequence_type: None }) }
}

fn node(domain: &str, operator: &str, inputs: &[&str], outputs: &[&str], attribute: Vec<AttributeProto>) -> NodeProto {
    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    NodeProto {
        input: texts(inputs),
        output: texts(outputs),
        name: format!("{operator}-1"),
        op_type: operator.to_string(),
        attribute,
        domain: domain.to_string(),
    }
}

fn model(graph: GraphProto) -> Vec<u8> {
    let opset = |domain: &str, version| OperatorSetProto { domain: domain.to_string(), version };
    let opset_import = vec![opset("", 17), opset("ai.onnx.ml", 3)];
    ModelProto { ir_version: 8, opset_import, graph: Some(graph), ..ModelProto::default() }.encode_to_vec()
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto { name: name.to_string(), ints: ints.to_vec(), ..AttributeProto::default() }
}

fn floats(name: &str, floats: &[f32]) -> AttributeProto {
    AttributeProto { name: name.to_string(), floats: floats.to_vec(), ..AttributeProto::default() }
}

fn texts(name: &str, texts: &[&str]) -> AttributeProto {
    AttributeProto {
        name: name.to_string(),
        strings: texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
        ..AttributeProto::default()
    }
}

/// A graph of one node over float inputs `a`, `b`, … of unknown shape.
fn one(domain: &str, operator: &str, inputs: usize, attributes: Vec<AttributeProto>) -> Vec<u8> {
    let names = ["a", "b", "c"];
    let input = names[..inputs].iter().map(|name| ValueInfoProto { ..info(name, 1, &[]) }).map(without_shape).collect();
    let node = node(domain, operator, &names[..inputs], &["y"], attributes);
    model(GraphProto { node: vec![node], input, output: vec![info("y", 1, &[])], ..GraphProto::default() })
}

fn without_shape(mut info: ValueInfoProto) -> ValueInfoProto {
    if let Some(tensor) = info.r#type.as_mut().and_then(|declared| declared.tensor_type.as_mut()) {
        tensor.shape = None;
    }
    info
}

fn evaluate(bytes: &[u8], inputs: &[(&[usize], &[f32])]) -> Result<Tensor, RunError> {
    let model = Model::load(bytes).expect("a model");
    let names = ["a", "b", "c"];
    let views: Vec<_> =
        names.iter().zip(inputs).map(|(name, (shape, values))| (*name, TensorView::new(shape, Elements::F32(values)).unwrap())).collect();
    let mut workspace = Workspace::new();
    model.run(&mut workspace, &views).map(|outputs| outputs.get(0).unwrap().to_tensor())
}

/// A model, its inputs as shape and values, and what it must answer.
type Known<'a> = (Vec<u8>, Vec<(&'a [usize], &'a [f32])>, Vec<f32>);

#[test]
fn operators_have_their_known_values() {
    let row = (&[1, 3][..], &[-1.0, 0.0, 2.0][..]);
    let cases: Vec<Known<'_>> = vec![
        (one("", "Add", 2, vec![]), vec![row, (&[1], &[10.0])], vec![9.0, 10.0, 12.0]),
        (one("", "Relu", 1, vec![]), vec![row], vec![0.0, 0.0, 2.0]),
        (one("", "Max", 2, vec![]), vec![row, (&[], &[0.5])], vec![0.5, 0.5, 2.0]),
        (one("", "MatMul", 2, vec![]), vec![row, (&[3, 1], &[1.0, 2.0, 3.0])], vec![5.0]),
        (one("", "ReduceMean", 1, vec![ints("axes", &[1])]), vec![row], vec![1.0 / 3.0]),
        (one("", "Transpose", 1, vec![]), vec![(&[2, 2], &[1.0, 2.0, 3.0, 4.0])], vec![1.0, 3.0, 2.0, 4.0]),
        (one("", "Unsqueeze", 1, vec![ints("axes", &[0])]), vec![row], vec![-1.0, 0.0, 2.0]),
        (one("ai.onnx.ml", "Scaler", 1, vec![floats("offset", &[1.0]), floats("scale", &[2.0])]), vec![row], vec![-4.0, -2.0, 2.0]),
        (one("ai.onnx.ml", "Imputer", 1, vec![floats("imputed_value_floats", &[7.0])]), vec![row], vec![-1.0, 7.0, 2.0]),
        (
            one("ai.onnx.ml", "LinearRegressor", 1, vec![floats("coefficients", &[1.0, 2.0, 3.0]), floats("intercepts", &[0.5])]),
            vec![row],
            vec![5.5],
        ),
    ];
    for (bytes, inputs, wanted) in cases {
        let got = evaluate(&bytes, &inputs).expect("an answer");
        assert_eq!(got.view().as_f32().unwrap(), wanted);
    }
}

/// A tree of one split at 0.5 on feature 1: the true leaf gives 10, the false one 20.
fn tree(children: [i64; 3]) -> Vec<AttributeProto> {
    vec![
        ints("nodes_treeids", &[0, 0, 0]),
        ints("nodes_nodeids", &[0, 1, 2]),
        ints("nodes_featureids", &[1, 0, 0]),
        floats("nodes_values", &[0.5, 0.0, 0.0]),
        texts("nodes_modes", &["BRANCH_LEQ", if children[2] == 0 { "LEAF" } else { "BRANCH_LEQ" }, "LEAF"]),
        ints("nodes_truenodeids", &[children[0], children[2], 0]),
        ints("nodes_falsenodeids", &[children[1], children[2], 0]),
        ints("target_treeids", &[0, 0]),
        ints("target_nodeids", &[1, 2]),
        ints("target_ids", &[0, 0]),
        floats("target_weights", &[10.0, 20.0]),
    ]
}

#[test]
fn a_tree_sends_the_threshold_itself_to_the_true_branch_and_a_missing_value_to_the_false_one() {
    let bytes = one("ai.onnx.ml", "TreeEnsembleRegressor", 1, tree([1, 2, 0]));
    let got = evaluate(&bytes, &[(&[4, 2], &[0.0, 0.5, 0.0, 0.6, 0.0, f32::NAN, 0.0, -1.0])]).unwrap();
    assert_eq!(got.view().as_f32().unwrap(), [10.0, 20.0, 20.0, 10.0]);
}

#[test]
fn trees_with_cycles_or_missing_nodes_are_malformed() {
    for children in [[0, 2, 0], [1, 1, 0], [1, 9, 0], [1, 2, 1]] {
        let loaded = Model::load(&one("ai.onnx.ml", "TreeEnsembleRegressor", 1, tree(children)));
        assert!(matches!(loaded, Err(LoadError::Malformed { .. })), "{children:?}: {loaded:?}");
    }
}

#[test]
fn a_tree_that_reads_more_features_than_given_is_a_clear_error() {
    let error = evaluate(&one("ai.onnx.ml", "TreeEnsembleRegressor", 1, tree([1, 2, 0])), &[(&[1, 1], &[0.0])]).unwrap_err();
    assert_eq!(error.to_string(), "node `TreeEnsembleRegressor-1` (TreeEnsembleRegressor): the trees read 2 features, got 1 columns");
}

#[test]
fn every_unsupported_operator_is_listed() {
    let nodes = vec![
        node("", "Conv", &["a"], &["b"], vec![]),
        node("", "Relu", &["b"], &["c"], vec![]),
        node("com.example", "Secret", &["c"], &["y"], vec![]),
    ];
    let opset = |domain: &str| OperatorSetProto { domain: domain.to_string(), version: 17 };
    let graph = GraphProto { node: nodes, input: vec![info("a", 1, &[])], output: vec![info("y", 1, &[])], ..GraphProto::default() };
    let bytes =
        ModelProto { opset_import: vec![opset(""), opset("com.example")], graph: Some(graph), ..ModelProto::default() }.encode_to_vec();
    let Err(LoadError::Unsupported { places }) = Model::load(&bytes) else { panic!("not refused") };
    let named: Vec<_> = places.iter().map(|place| (place.operator.as_str(), place.domain.as_str(), place.node.as_str())).collect();
    assert_eq!(named, [("Conv", "ai.onnx", "Conv-1"), ("Secret", "com.example", "Secret-1")]);
    let inspection = inspect(&bytes).unwrap();
    let supported: Vec<_> = inspection.operators.iter().map(|one| (one.operator.as_str(), one.supported)).collect();
    assert_eq!(supported, [("Conv", false), ("Relu", true), ("com.example.Secret", false)]);
}

#[test]
fn data_in_another_file_is_refused() {
    let outside = TensorProto { name: "w".to_string(), dims: vec![1], data_type: 1, data_location: 1, ..TensorProto::default() };
    let graph = GraphProto {
        node: vec![node("", "Add", &["a", "w"], &["y"], vec![])],
        initializer: vec![outside],
        input: vec![info("a", 1, &[None])],
        output: vec![info("y", 1, &[])],
        ..GraphProto::default()
    };
    let error = Model::load(&model(graph)).unwrap_err();
    assert!(error.to_string().contains("its data lies in another file"), "{error}");
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let graph = GraphProto {
        node: vec![node("", "Relu", &["a"], &["y"], vec![])],
        input: vec![info("a", 1, &[None, Some(2)])],
        output: vec![info("y", 1, &[])],
        ..GraphProto::default()
    };
    let model = Model::load(&model(graph)).unwrap();
    let mut workspace = Workspace::new();
    let good = TensorView::new(&[1, 2], Elements::F32(&[1.0, 2.0])).unwrap();
    let wide = TensorView::new(&[1, 3], Elements::F32(&[1.0, 2.0, 3.0])).unwrap();
    let whole = TensorView::new(&[1, 2], Elements::I64(&[1, 2])).unwrap();
    let mut refuse = |inputs: &[(&str, TensorView<'_>)]| model.run(&mut workspace, inputs).map(|_| ()).unwrap_err().to_string();
    assert_eq!(refuse(&[]), "input `a` is missing");
    assert_eq!(refuse(&[("a", wide)]), "input `a` must have 2 columns, got 3");
    assert_eq!(refuse(&[("a", whole)]), "input `a` must hold float elements, got int64");
    assert_eq!(refuse(&[("a", good), ("z", good)]), "input `z` is not an input of the model");
    assert_eq!(refuse(&[("a", good), ("a", good)]), "input `a` is given twice");
}

#[test]
fn an_input_with_a_stored_value_may_be_left_out() {
    let stored = TensorProto { name: "b".to_string(), dims: vec![1], data_type: 1, float_data: vec![5.0], ..TensorProto::default() };
    let graph = GraphProto {
        node: vec![node("", "Add", &["a", "b"], &["y"], vec![])],
        initializer: vec![stored],
        input: vec![info("a", 1, &[None]), info("b", 1, &[None])],
        output: vec![info("y", 1, &[])],
        ..GraphProto::default()
    };
    let bytes = model(graph);
    let one = (&[1][..], &[1.0][..]);
    assert_eq!(evaluate(&bytes, &[one]).unwrap().view().as_f32().unwrap(), [6.0]);
    assert_eq!(evaluate(&bytes, &[one, one]).unwrap().view().as_f32().unwrap(), [2.0]);
}

#[test]
fn results_beyond_the_limit_are_refused() {
    let many = vec![0.0_f32; 20_000];
    let error = evaluate(&one("", "Add", 2, vec![]), &[(&[20_000, 1], &many), (&[1, 20_000], &many)]).unwrap_err();
    assert!(error.to_string().contains("more than the 67108864 elements allowed"), "{error}");
}

#[test]
fn a_model_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Model>();
}
