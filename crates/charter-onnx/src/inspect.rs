//! Looks at a model without keeping it: what it needs, whether this crate evaluates it, and why not.

use std::collections::{BTreeMap, HashSet};

use crate::error::{LoadError, Unsupported};
use crate::graph;
use crate::model::Facts;
use crate::proto::{NodeProto, TensorProto};
use crate::value_info::ValueInfo;

/// One kind of operator in a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorUse {
    /// Operator type; outside `ai.onnx` with its domain, `ai.onnx.ml.Scaler`.
    pub operator: String,
    /// How many nodes.
    pub count: usize,
    /// Whether every one of them is evaluated by this crate.
    pub supported: bool,
}

/// What there is to say about a model file.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// Operators by name.
    pub operators: Vec<OperatorUse>,
    /// Every place this crate does not evaluate; empty when [`crate::Model::load`] takes the file.
    pub unsupported: Vec<Unsupported>,
    /// The inputs whose declarations are understood.
    pub inputs: Vec<ValueInfo>,
    /// The outputs whose declarations are understood.
    pub outputs: Vec<ValueInfo>,
    /// The file's `metadata_props`.
    pub metadata: Vec<(String, String)>,
    /// Opset versions by domain.
    pub opsets: BTreeMap<String, i64>,
    /// The tool that wrote the file, with its version.
    pub producer: String,
    /// The version of the file format.
    pub ir_version: i64,
    /// Stored numbers: elements of all stored tensors, coefficients, and tree thresholds and weights.
    pub parameters: usize,
    /// Trees of all ensembles.
    pub trees: usize,
    /// Nodes of all those trees.
    pub tree_nodes: usize,
}

/// Looks at the bytes of an ONNX file.
///
/// # Errors
/// [`LoadError::Malformed`] only: what is not supported is part of the answer.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, LoadError> {
    let model = graph::decode(bytes)?;
    let facts = Facts::read(&model);
    let (compiled, unsupported) = match graph::compile(&model) {
        Ok(graph) => (Some(graph), Vec::new()),
        Err(LoadError::Unsupported { places }) => (None, places),
        Err(error) => return Err(error),
    };
    let operators = facts.operators.iter().map(|(operator, &count)| {
        let refused =
            unsupported.iter().any(|place| operator == &place.operator || *operator == format!("{}.{}", place.domain, place.operator));
        OperatorUse { operator: operator.clone(), count, supported: !refused }
    });
    let operators = operators.collect();
    let declared = |infos: &[crate::proto::ValueInfoProto]| infos.iter().filter_map(|info| ValueInfo::read(info).ok()).collect();
    let (inputs, outputs) = match (compiled, &model.graph) {
        (Some(graph), _) => (graph.inputs, graph.outputs),
        (None, Some(graph)) => (declared(&graph.input), declared(&graph.output)),
        (None, None) => Default::default(),
    };
    let nodes = || model.graph.iter().flat_map(|graph| &graph.node);
    let stored: usize = model.graph.iter().flat_map(|graph| &graph.initializer).map(elements).sum();
    Ok(Inspection {
        operators,
        unsupported,
        inputs,
        outputs,
        metadata: facts.metadata,
        opsets: facts.opsets,
        producer: facts.producer,
        ir_version: facts.ir_version,
        parameters: stored + nodes().map(attribute_numbers).sum::<usize>(),
        trees: nodes().map(tree_count).sum(),
        tree_nodes: nodes().map(tree_node_count).sum(),
    })
}

fn elements(tensor: &TensorProto) -> usize {
    tensor.dims.iter().try_fold(1_usize, |product, &dimension| product.checked_mul(usize::try_from(dimension).ok()?)).unwrap_or(0)
}

fn attribute_numbers(node: &NodeProto) -> usize {
    node.attribute.iter().map(|attribute| attribute.floats.len() + attribute.t.as_ref().map_or(0, elements)).sum()
}

fn tree_ids(node: &NodeProto) -> &[i64] {
    let is_forest = node.op_type.starts_with("TreeEnsemble");
    node.attribute
        .iter()
        .find(|attribute| is_forest && attribute.name == "nodes_treeids")
        .map_or(&[], |attribute| attribute.ints.as_slice())
}

fn tree_count(node: &NodeProto) -> usize {
    tree_ids(node).iter().collect::<HashSet<_>>().len()
}

fn tree_node_count(node: &NodeProto) -> usize {
    tree_ids(node).len()
}
