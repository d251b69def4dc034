//! Whether a model keeps tensors in other files.
//!
//! Such data is outside the digest and its paths are the file's to choose, so no engine gets to see such a model. The messages here hold only what leads to
//! tensors; the field numbers are those of `onnx.proto` (IR version 13).

use prost::Message;

/// `TensorProto.DataLocation.EXTERNAL`.
const EXTERNAL: i32 = 1;

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(message, optional, boxed, tag = "7")]
    graph: Option<Box<Graph>>,
    #[prost(message, repeated, tag = "20")]
    training: Vec<Training>,
    #[prost(message, repeated, tag = "25")]
    functions: Vec<Function>,
}

#[derive(Clone, PartialEq, Message)]
struct Training {
    #[prost(message, optional, boxed, tag = "1")]
    initialization: Option<Box<Graph>>,
    #[prost(message, optional, boxed, tag = "2")]
    algorithm: Option<Box<Graph>>,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(message, repeated, tag = "7")]
    nodes: Vec<Node>,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    initializers: Vec<Tensor>,
    #[prost(message, repeated, tag = "15")]
    sparse_initializers: Vec<SparseTensor>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(message, optional, tag = "5")]
    tensor: Option<Tensor>,
    #[prost(message, optional, boxed, tag = "6")]
    graph: Option<Box<Graph>>,
    #[prost(message, repeated, tag = "10")]
    tensors: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    graphs: Vec<Graph>,
    #[prost(message, optional, tag = "22")]
    sparse_tensor: Option<SparseTensor>,
    #[prost(message, repeated, tag = "23")]
    sparse_tensors: Vec<SparseTensor>,
}

#[derive(Clone, PartialEq, Message)]
struct SparseTensor {
    #[prost(message, optional, tag = "1")]
    values: Option<Tensor>,
    #[prost(message, optional, tag = "2")]
    indices: Option<Tensor>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(string, tag = "8")]
    name: String,
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<Entry>,
    #[prost(int32, tag = "14")]
    data_location: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {}

/// The name of the first tensor whose data is elsewhere. Nesting is limited by the decoder (100 levels); a file that it refuses is no model.
pub(super) fn first_external(bytes: &[u8]) -> Result<Option<String>, String> {
    let model = Model::decode(bytes).map_err(|_| "it is no ONNX file".to_owned())?;
    let training = model.training.iter().flat_map(|training| [&training.initialization, &training.algorithm]).flatten();
    let mut graphs: Vec<&Graph> = model.graph.iter().chain(training).map(AsRef::as_ref).collect();
    let mut nodes: Vec<&Node> = model.functions.iter().flat_map(|function| &function.nodes).collect();
    loop {
        for attribute in nodes.drain(..).flat_map(|node| &node.attributes) {
            let sparse = attribute.sparse_tensor.iter().chain(&attribute.sparse_tensors).flat_map(tensors_of);
            if let Some(found) = attribute.tensor.iter().chain(&attribute.tensors).chain(sparse).find(is_external) {
                return Ok(Some(found.name.clone()));
            }
            graphs.extend(attribute.graph.iter().map(AsRef::as_ref).chain(&attribute.graphs));
        }
        let Some(graph) = graphs.pop() else { return Ok(None) };
        let sparse = graph.sparse_initializers.iter().flat_map(tensors_of);
        if let Some(found) = graph.initializers.iter().chain(sparse).find(is_external) {
            return Ok(Some(found.name.clone()));
        }
        nodes.extend(&graph.nodes);
    }
}

fn tensors_of(sparse: &SparseTensor) -> impl Iterator<Item = &Tensor> {
    sparse.values.iter().chain(&sparse.indices)
}

fn is_external(tensor: &&Tensor) -> bool {
    tensor.data_location == EXTERNAL || !tensor.external_data.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn external(name: &str) -> Tensor {
        Tensor { name: name.into(), external_data: vec![Entry {}], data_location: EXTERNAL }
    }

    fn in_attribute(attribute: Attribute) -> Graph {
        Graph { nodes: vec![Node { attributes: vec![attribute] }], ..Default::default() }
    }

    #[test]
    fn external_data_is_found_wherever_it_hides() {
        let initializer = Graph { initializers: vec![external("weights")], ..Default::default() };
        let sparse = SparseTensor { values: None, indices: Some(external("weights")) };
        let places = [
            initializer.clone(),
            Graph { sparse_initializers: vec![sparse.clone()], ..Default::default() },
            in_attribute(Attribute { tensor: Some(external("weights")), ..Default::default() }),
            in_attribute(Attribute { tensors: vec![Tensor::default(), external("weights")], ..Default::default() }),
            in_attribute(Attribute { sparse_tensors: vec![sparse], ..Default::default() }),
            in_attribute(Attribute {
                graph: Some(Box::new(in_attribute(Attribute { graphs: vec![initializer], ..Default::default() }))),
                ..Default::default()
            }),
        ];
        for graph in places {
            let models = [
                Model { graph: Some(Box::new(graph.clone())), ..Default::default() },
                Model { training: vec![Training { initialization: None, algorithm: Some(Box::new(graph.clone())) }], ..Default::default() },
                Model {
                    functions: vec![Function { nodes: in_attribute(Attribute { graphs: vec![graph], ..Default::default() }).nodes }],
                    ..Default::default()
                },
            ];
            for model in models {
                assert_eq!(first_external(&model.encode_to_vec()), Ok(Some("weights".into())), "{model:?}");
            }
        }
    }

    #[test]
    fn a_model_with_its_data_inside_is_fine_and_nonsense_is_no_model() {
        let graph = Graph { initializers: vec![Tensor { name: "w".into(), ..Default::default() }], ..Default::default() };
        assert_eq!(first_external(&Model { graph: Some(Box::new(graph)), ..Default::default() }.encode_to_vec()), Ok(None));
        assert!(first_external(&[0xFF; 64]).is_err());
        let mut deep = Graph::default();
        for _ in 0..60 {
            deep = in_attribute(Attribute { graph: Some(Box::new(deep)), ..Default::default() });
        }
        assert!(first_external(&Model { graph: Some(Box::new(deep)), ..Default::default() }.encode_to_vec()).is_err());
    }
}
