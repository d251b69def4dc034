//! Compiles a decoded model to steps over numbered slots: names resolved, constants folded, aliases removed.
//! Evaluating the steps belongs to `model`; what the operators do to `ops`, `ml` and `trees`.

use std::collections::{BTreeMap, HashMap};

use prost::Message;

use crate::classes::Classes;
use crate::constant;
use crate::error::{LoadError, Refusal, Unsupported};
use crate::node::{Node, normal_domain, title};
use crate::operator::{Known, Operator, is_alias, outputs_of};
use crate::proto::{GraphProto, ModelProto, NodeProto, ValueInfoProto};
use crate::step::{Frame, Inputs, Slot, Step};
use crate::tensor::{ElementType, Tensor};
use crate::value_info::ValueInfo;
use crate::workspace::Scratch;

/// The most nodes of one graph.
const NODES_MAX: usize = 100_000;

/// A compiled graph.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) inputs: Vec<ValueInfo>,
    /// For each input the constant it takes when it is not given.
    pub(crate) defaults: Vec<Option<usize>>,
    pub(crate) outputs: Vec<ValueInfo>,
    pub(crate) output_slots: Vec<Slot>,
    pub(crate) constants: Vec<Tensor>,
    pub(crate) steps: Vec<Step>,
    pub(crate) computed: usize,
}

pub(crate) fn decode(bytes: &[u8]) -> Result<ModelProto, LoadError> {
    let model = ModelProto::decode(bytes).map_err(|error| malformed("the file", format!("not an ONNX protobuf: {error}")))?;
    match &model.graph {
        Some(graph) if graph.node.len() <= NODES_MAX => Ok(model),
        Some(graph) => Err(malformed("the graph", format!("{} nodes are more than the {NODES_MAX} allowed", graph.node.len()))),
        None => Err(malformed("the file", "it has no graph".to_string())),
    }
}

/// The opset of each domain, by the name people write.
pub(crate) fn opsets(model: &ModelProto) -> BTreeMap<String, i64> {
    model.opset_import.iter().map(|import| (normal_domain(&import.domain).to_string(), import.version)).collect()
}

pub(crate) fn compile(model: &ModelProto) -> Result<Graph, LoadError> {
    let graph = model.graph.as_ref().ok_or_else(|| malformed("the file", "it has no graph".to_string()))?;
    let mut compiler = Compiler { opsets: opsets(model), ..Compiler::default() };
    for node in &graph.node {
        node.input.iter().for_each(|name| *compiler.uses.entry(name.clone()).or_default() += 1);
    }
    // A graph output counts as a use, so that fusing never hides it.
    graph.output.iter().for_each(|output| *compiler.uses.entry(output.name.clone()).or_default() += 2);
    compiler.read_constants(graph)?;
    compiler.read_inputs(graph)?;
    for node in &graph.node {
        compiler.add_node(node)?;
    }
    compiler.read_outputs(&graph.output)?;
    if compiler.unsupported.is_empty() { Ok(compiler.graph) } else { Err(LoadError::Unsupported { places: compiler.unsupported }) }
}

fn malformed(place: &str, rule: String) -> LoadError {
    LoadError::Malformed { place: place.to_string(), rule }
}

#[derive(Default)]
struct Compiler {
    opsets: BTreeMap<String, i64>,
    graph: Graph,
    slots: HashMap<String, Slot>,
    /// How many nodes read a name; two more for graph outputs.
    uses: HashMap<String, usize>,
    /// Column labels that a `ZipMap` would have attached.
    classes: HashMap<String, Classes>,
    unsupported: Vec<Unsupported>,
}

impl Compiler {
    fn define(&mut self, name: &str, slot: Slot) -> Result<(), LoadError> {
        match self.slots.insert(name.to_string(), slot) {
            None => Ok(()),
            Some(_) => Err(malformed(&format!("value `{name}`"), "it is defined twice".to_string())),
        }
    }

    fn refuse(&mut self, place: &str, refusal: Refusal) -> Result<(), LoadError> {
        match refusal {
            Refusal::Malformed(rule) => Err(malformed(place, rule)),
            Refusal::Unsupported(reason) => {
                let (operator, domain) = (String::new(), String::new());
                self.unsupported.push(Unsupported { operator, domain, node: place.to_string(), reason });
                Ok(())
            }
        }
    }

    fn add_constant(&mut self, tensor: Tensor) -> Slot {
        self.graph.constants.push(tensor);
        Slot::Constant(self.graph.constants.len() - 1)
    }

    fn read_constants(&mut self, graph: &GraphProto) -> Result<(), LoadError> {
        if !graph.sparse_initializer.is_empty() {
            self.refuse("the graph", Refusal::Unsupported("sparse initializers".to_string()))?;
        }
        for initializer in &graph.initializer {
            match constant::read(initializer) {
                Ok(tensor) => {
                    let slot = self.add_constant(tensor);
                    self.define(&initializer.name, slot)?;
                }
                Err(refusal) => self.refuse(&format!("tensor `{}`", initializer.name), refusal)?,
            }
        }
        Ok(())
    }

    fn read_inputs(&mut self, graph: &GraphProto) -> Result<(), LoadError> {
        for input in &graph.input {
            let default = match self.slots.remove(&input.name) {
                Some(Slot::Constant(index)) => Some(index),
                Some(_) => return Err(malformed(&format!("input `{}`", input.name), "it is declared twice".to_string())),
                None => None,
            };
            match ValueInfo::read(input) {
                Ok(info) => {
                    self.define(&input.name, Slot::Input(self.graph.inputs.len()))?;
                    self.graph.inputs.push(info);
                    self.graph.defaults.push(default);
                }
                Err(reason) => self.refuse(&format!("input `{}`", input.name), Refusal::Unsupported(reason))?,
            }
        }
        Ok(())
    }

    fn read_outputs(&mut self, outputs: &[ValueInfoProto]) -> Result<(), LoadError> {
        if outputs.is_empty() {
            return Err(malformed("the graph", "it has no outputs".to_string()));
        }
        for output in outputs {
            let place = format!("output `{}`", output.name);
            let classes = self.classes.get(&output.name).cloned();
            let info = match (ValueInfo::read(output), &classes) {
                (Err(_), Some(_)) => Ok(ValueInfo { name: output.name.clone(), element: ElementType::F32, shape: None, classes }),
                (info, _) => info,
            };
            match (info, self.slots.get(&output.name)) {
                (Ok(info), Some(&slot)) => {
                    self.graph.outputs.push(info);
                    self.graph.output_slots.push(slot);
                }
                (Err(reason), _) => self.refuse(&place, Refusal::Unsupported(reason))?,
                (Ok(_), None) if self.unsupported.is_empty() => return Err(malformed(&place, "no node computes it".to_string())),
                (Ok(_), None) => {}
            }
        }
        Ok(())
    }

    fn add_node(&mut self, proto: &NodeProto) -> Result<(), LoadError> {
        let domain = normal_domain(&proto.domain);
        let place = format!("node `{}` ({})", title(proto), proto.op_type);
        let Some(&opset) = self.opsets.get(domain) else {
            return Err(malformed(&place, format!("the model imports no opset of domain `{domain}`")));
        };
        let mut inputs = Vec::with_capacity(proto.input.len());
        for name in &proto.input {
            match self.slots.get(name) {
                _ if name.is_empty() => inputs.push(None),
                Some(&slot) => inputs.push(Some(slot)),
                // After an unsupported place its results are unknown; the rest is still looked through.
                None if !self.unsupported.is_empty() => inputs.push(None),
                None => return Err(malformed(&place, format!("it reads `{name}`, which no earlier node, input or tensor defines"))),
            }
        }
        let node = Node { proto, opset };
        if is_alias(&node) {
            return self.alias(&node, &inputs, &place);
        }
        if self.fuse(&node, &inputs)? {
            return Ok(());
        }
        let constants: Vec<Option<&Tensor>> = inputs
            .iter()
            .map(|slot| match slot {
                Some(Slot::Constant(index)) => self.graph.constants.get(*index),
                _ => None,
            })
            .collect();
        let compiled = Operator::compile(&node, &Known { constants });
        match compiled {
            Ok(operator) => self.add_step(proto, operator, inputs, &place),
            Err(Refusal::Malformed(rule)) => Err(malformed(&place, rule)),
            Err(Refusal::Unsupported(reason)) => {
                let (operator, domain) = (proto.op_type.clone(), domain.to_string());
                self.unsupported.push(Unsupported { operator, domain, node: title(proto), reason });
                Ok(())
            }
        }
    }

    /// Gives the node's output the slot of its input: nothing is computed.
    fn alias(&mut self, node: &Node<'_>, inputs: &[Option<Slot>], place: &str) -> Result<(), LoadError> {
        let Some(output) = node.proto.output.first() else {
            return Err(malformed(place, "it has no output".to_string()));
        };
        if node.proto.op_type == "ZipMap" {
            let classes = Classes::read(node, "classlabels_int64s", "classlabels_strings");
            match classes {
                Ok(classes) => self.classes.insert(output.clone(), classes),
                Err(_) => return Err(malformed(place, "its labels are not UTF-8".to_string())),
            };
        }
        if node.proto.output.iter().skip(1).any(|name| self.uses.contains_key(name)) {
            self.refuse(place, Refusal::Unsupported("its second output is used".to_string()))?;
        }
        match inputs.first().copied().flatten() {
            Some(slot) => self.define(output, slot),
            None if self.unsupported.is_empty() => Err(malformed(place, "it has no input".to_string())),
            None => Ok(()),
        }
    }

    /// Joins a bias or a rectifier to the product just before, when nothing else reads that product.
    fn fuse(&mut self, node: &Node<'_>, inputs: &[Option<Slot>]) -> Result<bool, LoadError> {
        if node.domain() != "ai.onnx" || node.proto.output.len() != 1 {
            return Ok(false);
        }
        let Some(last) = self.graph.steps.last_mut() else { return Ok(false) };
        let Operator::Product(product) = &mut last.operator else { return Ok(false) };
        let own = Some(Slot::Computed(last.first_output));
        let Some(position) = inputs.iter().position(|slot| *slot == own) else { return Ok(false) };
        let read_once = node.proto.input.get(position).is_some_and(|name| self.uses.get(name) == Some(&1));
        let fused = read_once
            && match (node.proto.op_type.as_str(), inputs) {
                ("Relu", [_]) => product.add_rectifier(),
                ("Add", [left, right]) => match if position == 0 { right } else { left } {
                    Some(Slot::Constant(index)) => self.graph.constants.get(*index).is_some_and(|bias| product.add_bias(bias.view())),
                    _ => false,
                },
                _ => false,
            };
        if fused {
            let slot = Slot::Computed(last.first_output);
            if let Some(output) = node.proto.output.first() {
                self.define(output, slot)?;
            }
        }
        Ok(fused)
    }

    fn add_step(&mut self, proto: &NodeProto, operator: Operator, inputs: Vec<Option<Slot>>, place: &str) -> Result<(), LoadError> {
        let outputs = proto.output.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        let allowed = outputs_of(&operator);
        if outputs == 0 || outputs > allowed {
            return Err(malformed(place, format!("it has {outputs} outputs, not 1 to {allowed}")));
        }
        let step = Step { title: title(proto), kind: proto.op_type.clone(), operator, inputs, first_output: self.graph.computed, outputs };
        let foldable = self.unsupported.is_empty() && step.inputs.iter().flatten().all(|slot| matches!(slot, Slot::Constant(_)));
        if foldable {
            let mut results = vec![Tensor::default(); outputs];
            let frame = Frame { given: &[], bound: &[], constants: &self.graph.constants, computed: &[] };
            let inputs = Inputs { slots: &step.inputs, frame };
            step.operator.run(&inputs, &mut results, &mut Scratch::default()).map_err(|fault| malformed(place, fault.0))?;
            for (name, tensor) in proto.output.iter().zip(results) {
                let slot = self.add_constant(tensor);
                self.define_unless_empty(name, slot)?;
            }
            return Ok(());
        }
        self.graph.computed += outputs;
        for (offset, name) in proto.output.iter().take(outputs).enumerate() {
            self.define_unless_empty(name, Slot::Computed(step.first_output + offset))?;
        }
        self.graph.steps.push(step);
        Ok(())
    }

    fn define_unless_empty(&mut self, name: &str, slot: Slot) -> Result<(), LoadError> {
        if name.is_empty() { Ok(()) } else { self.define(name, slot) }
    }
}
