//! Small ONNX files, written field by field: no other tool is needed to test with them.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opsets: Vec<Opset>,
    #[prost(message, repeated, tag = "14")]
    metadata: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Opset {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializers: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    inputs: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    outputs: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dimensions: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(int64, repeated, tag = "7")]
    int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<Entry>,
    #[prost(int32, tag = "14")]
    data_location: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    outputs: Vec<String>,
    #[prost(string, tag = "4")]
    operator: String,
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
    #[prost(string, tag = "7")]
    domain: String,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "3")]
    integer: i64,
    #[prost(bytes = "vec", repeated, tag = "9")]
    strings: Vec<Vec<u8>>,
    #[prost(int64, repeated, tag = "8")]
    integers: Vec<i64>,
    #[prost(int32, tag = "20")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Message)]
struct Kind {
    #[prost(message, optional, tag = "1")]
    tensor: Option<TensorKind>,
    #[prost(message, optional, boxed, tag = "4")]
    sequence: Option<Box<SequenceKind>>,
    #[prost(message, optional, boxed, tag = "5")]
    map: Option<Box<MapKind>>,
}

#[derive(Clone, PartialEq, Message)]
struct SequenceKind {
    #[prost(message, optional, boxed, tag = "1")]
    element: Option<Box<Kind>>,
}

#[derive(Clone, PartialEq, Message)]
struct MapKind {
    #[prost(int32, tag = "1")]
    key: i32,
    #[prost(message, optional, boxed, tag = "2")]
    value: Option<Box<Kind>>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorKind {
    #[prost(int32, tag = "1")]
    element: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    dimensions: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
struct Dimension {
    #[prost(int64, optional, tag = "1")]
    length: Option<i64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
}

pub(super) const FLOAT: i32 = 1;
const INT64: i32 = 7;
pub(super) const STRING: i32 = 8;

/// `[N, width]`; a negative width is open.
fn tensor_kind(element: i32, width: i64) -> Kind {
    let rows = Dimension { length: None, name: Some("N".into()) };
    let is_open = width < 0;
    let columns = Dimension { length: (!is_open).then_some(width), name: is_open.then(|| "W".into()) };
    Kind { tensor: Some(TensorKind { element, shape: Some(Shape { dimensions: vec![rows, columns] }) }), ..Default::default() }
}

fn node(operator: &str, input: &str, output: &str) -> Node {
    Node { inputs: vec![input.into()], outputs: vec![output.into()], operator: operator.into(), ..Default::default() }
}

fn model(nodes: Vec<Node>, input: Kind, output: Kind) -> Model {
    let value = |name: &str, kind| Value { name: name.into(), kind: Some(kind) };
    let graph = Graph { nodes, name: "g".into(), inputs: vec![value("x", input)], outputs: vec![value("y", output)], ..Default::default() };
    let opset = |domain: &str, version| Opset { domain: domain.into(), version };
    Model { ir_version: 8, graph: Some(graph), opsets: vec![opset("", 16), opset("ai.onnx.ml", 3)], ..Default::default() }
}

/// `y = operator(x)`, both `[N, width]`, or `[N, W]` for a negative width, of this element type.
pub(super) fn unary(operator: &str, element: i32, width: i64) -> Vec<u8> {
    model(vec![node(operator, "x", "y")], tensor_kind(element, width), tensor_kind(element, width)).encode_to_vec()
}

/// `y` = the columns of `x` against each other, summed: what takes the square of an open width. `x` is `[N, W]` and `y` is `[N, 1]`.
pub(super) fn square_of_width() -> Vec<u8> {
    let mut product = node("MatMul", "tall", "square");
    product.inputs.push("flat".into());
    let unsqueeze = |output: &str, axis: &str| {
        let mut node = node("Unsqueeze", "x", output);
        node.inputs.push(axis.into());
        node
    };
    let reduce = |input: &str, output: &str, axis: i64| {
        let mut node = node("ReduceMax", input, output);
        let keep = Attribute { name: "keepdims".into(), integer: i64::from(axis == 1), kind: 2, ..Default::default() };
        node.attributes = vec![Attribute { name: "axes".into(), integers: vec![axis], kind: 7, ..Default::default() }, keep];
        node
    };
    let nodes = vec![unsqueeze("tall", "two"), unsqueeze("flat", "one"), product, reduce("square", "rows", 2), reduce("rows", "y", 1)];
    let mut model = model(nodes, tensor_kind(FLOAT, -1), tensor_kind(FLOAT, 1));
    let axis = |name: &str, axis: i64| Tensor {
        dimensions: vec![1],
        data_type: INT64,
        name: name.into(),
        int64_data: vec![axis],
        ..Default::default()
    };
    if let Some(graph) = &mut model.graph {
        graph.initializers.extend([axis("one", 1), axis("two", 2)]);
    }
    model.encode_to_vec()
}

/// `y = ZipMap(Celu(x))` with labels in an order that is not ascending.
pub(super) fn celu_and_zip_map(texts: bool) -> Vec<u8> {
    let mut zip = node("ZipMap", "h", "y");
    zip.domain = "ai.onnx.ml".into();
    zip.attributes = vec![if texts {
        Attribute { name: "classlabels_strings".into(), strings: vec![b"no".to_vec(), b"maybe".to_vec()], kind: 8, ..Default::default() }
    } else {
        Attribute { name: "classlabels_int64s".into(), integers: vec![5, -3], kind: 7, ..Default::default() }
    }];
    let scalar = Kind { tensor: Some(TensorKind { element: FLOAT, shape: None }), ..Default::default() };
    let map = MapKind { key: if texts { STRING } else { INT64 }, value: Some(Box::new(scalar)) };
    let row = Kind { map: Some(Box::new(map)), ..Default::default() };
    let rows = Kind { sequence: Some(Box::new(SequenceKind { element: Some(Box::new(row)) })), ..Default::default() };
    model(vec![node("Celu", "x", "h"), zip], tensor_kind(FLOAT, 2), rows).encode_to_vec()
}

/// `y = x + w`, where the file says that `w` lies in `location`.
pub(super) fn with_external_data(location: &str) -> Vec<u8> {
    let mut add = node("Add", "x", "y");
    add.inputs.push("w".into());
    let mut model = model(vec![add], tensor_kind(FLOAT, 2), tensor_kind(FLOAT, 2));
    let entry = Entry { key: "location".into(), value: location.into() };
    let weights = Tensor {
        dimensions: vec![2],
        data_type: FLOAT,
        name: "w".into(),
        external_data: vec![entry],
        data_location: 1,
        ..Default::default()
    };
    if let Some(graph) = &mut model.graph {
        graph.initializers.push(weights);
    }
    model.encode_to_vec()
}
