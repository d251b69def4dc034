//! A loaded model and a call of it. How a model is compiled belongs to `graph`.

use std::collections::BTreeMap;

use crate::error::{LoadError, RunError, fault};
use crate::graph::{self, Graph};
use crate::node::normal_domain;
use crate::operator::Operator;
use crate::proto::ModelProto;
use crate::step::{Frame, Inputs};
use crate::tensor::{Tensor, TensorView};
use crate::value_info::ValueInfo;
use crate::workspace::{Bound, Workspace};

/// The most elements that all results of one call may have together.
const ELEMENTS_PER_CALL_MAX: usize = 256 << 20;

/// A model ready to be evaluated. Shared between threads by reference; each call brings its own [`Workspace`].
#[derive(Debug)]
pub struct Model {
    graph: Graph,
    facts: Facts,
}

/// What the file says about itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) operators: BTreeMap<String, usize>,
    pub(crate) opsets: BTreeMap<String, i64>,
    pub(crate) producer: String,
    pub(crate) ir_version: i64,
}

impl Facts {
    pub(crate) fn read(model: &ModelProto) -> Facts {
        let mut operators = BTreeMap::new();
        for node in model.graph.iter().flat_map(|graph| &graph.node) {
            let name = match normal_domain(&node.domain) {
                "ai.onnx" => node.op_type.clone(),
                domain => format!("{domain}.{}", node.op_type),
            };
            *operators.entry(name).or_default() += 1;
        }
        Facts {
            metadata: model.metadata_props.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect(),
            operators,
            opsets: graph::opsets(model),
            producer: format!("{} {}", model.producer_name, model.producer_version).trim().to_string(),
            ir_version: model.ir_version,
        }
    }
}

impl Model {
    /// Loads and compiles an ONNX file's bytes.
    ///
    /// # Errors
    /// [`LoadError::Unsupported`] lists every place this crate does not evaluate: another engine may. External data is one.
    /// [`LoadError::Malformed`] names the first broken rule.
    pub fn load(bytes: &[u8]) -> Result<Model, LoadError> {
        let decoded = graph::decode(bytes)?;
        Ok(Model { graph: graph::compile(&decoded)?, facts: Facts::read(&decoded) })
    }

    /// The inputs in the model's order. One that has a default in the model may be left out of a call.
    pub fn inputs(&self) -> &[ValueInfo] {
        &self.graph.inputs
    }

    /// The outputs in the model's order.
    pub fn outputs(&self) -> &[ValueInfo] {
        &self.graph.outputs
    }

    /// The file's `metadata_props`, in file order.
    pub fn metadata(&self) -> &[(String, String)] {
        &self.facts.metadata
    }

    /// How often each operator occurs; operators outside `ai.onnx` carry their domain, `ai.onnx.ml.Scaler`.
    pub fn operators(&self) -> &BTreeMap<String, usize> {
        &self.facts.operators
    }

    /// The opset version of each domain the model imports.
    pub fn opsets(&self) -> &BTreeMap<String, i64> {
        &self.facts.opsets
    }

    /// The tool that wrote the file, with its version.
    pub fn producer(&self) -> &str {
        &self.facts.producer
    }

    /// The version of the file format.
    pub fn ir_version(&self) -> i64 {
        self.facts.ir_version
    }

    /// Evaluates the model. `inputs` are named tensors, batch first, in any order (the model's order is fastest).
    /// The answer borrows from the workspace and the inputs: nothing is copied out.
    ///
    /// # Errors
    /// [`RunError::Input`] when an input is missing, unknown, given twice or of the wrong type or shape;
    /// [`RunError::Step`] when a node refuses the values it meets.
    pub fn run<'a>(&'a self, workspace: &'a mut Workspace, inputs: &'a [(&'a str, TensorView<'a>)]) -> Result<Outputs<'a>, RunError> {
        self.bind(&mut workspace.bound, inputs)?;
        let Workspace { computed, bound, scratch } = workspace;
        if computed.len() < self.graph.computed {
            computed.resize_with(self.graph.computed, Tensor::default);
        }
        let mut total = 0;
        for step in &self.graph.steps {
            let (before, after) = computed.split_at_mut(step.first_output);
            let frame = Frame { given: inputs, bound, constants: &self.graph.constants, computed: before };
            let outputs = after.get_mut(..step.outputs).unwrap_or_default();
            let outcome = step.operator.run(&Inputs { slots: &step.inputs, frame }, outputs, scratch).and_then(|()| {
                total += outputs.iter().map(|output| output.view().elements().len()).sum::<usize>();
                if total > ELEMENTS_PER_CALL_MAX {
                    Err(fault!("the call's results exceed {ELEMENTS_PER_CALL_MAX} elements"))
                } else {
                    Ok(())
                }
            });
            if let Err(fault) = outcome {
                return Err(RunError::Step { node: step.title.clone(), operator: step.kind.clone(), rule: fault.0 });
            }
        }
        Ok(Outputs { model: self, frame: Frame { given: inputs, bound, constants: &self.graph.constants, computed } })
    }

    /// Finds each model input among the caller's.
    fn bind(&self, bound: &mut Vec<Bound>, given: &[(&str, TensorView<'_>)]) -> Result<(), RunError> {
        let refuse = |input: &str, rule: String| RunError::Input { input: input.to_string(), rule };
        bound.clear();
        let mut used = 0;
        for (index, info) in self.graph.inputs.iter().enumerate() {
            let in_place = given.get(index).is_some_and(|(name, _)| *name == info.name);
            let position = if in_place { Some(index) } else { given.iter().position(|(name, _)| *name == info.name) };
            match (
                position.and_then(|position| Some((position, given.get(position)?.1))),
                self.graph.defaults.get(index).copied().flatten(),
            ) {
                (Some((position, view)), _) => {
                    if view.element_type() != info.element {
                        return Err(refuse(
                            &info.name,
                            format!("must hold {} elements, got {}", info.element.name(), view.element_type().name()),
                        ));
                    }
                    if let Some(rule) = info.mismatch(view.shape()) {
                        return Err(refuse(&info.name, rule));
                    }
                    bound.push(Bound::Given(position));
                    used += 1;
                }
                (None, Some(constant)) => bound.push(Bound::Default(constant)),
                (None, None) => return Err(refuse(&info.name, "is missing".to_string())),
            }
        }
        if used == given.len() {
            return Ok(());
        }
        // One was given that no input took: it is unknown, or a second of the same name.
        for (index, (name, _)) in given.iter().enumerate() {
            if !self.graph.inputs.iter().any(|info| info.name == *name) {
                return Err(refuse(name, "is not an input of the model".to_string()));
            }
            if given.iter().take(index).any(|(earlier, _)| earlier == name) {
                return Err(refuse(name, "is given twice".to_string()));
            }
        }
        Ok(())
    }
}

/// The outputs of one call, borrowed.
#[derive(Clone, Copy)]
pub struct Outputs<'a> {
    model: &'a Model,
    frame: Frame<'a>,
}

impl<'a> Outputs<'a> {
    /// How many outputs the model has.
    pub fn len(&self) -> usize {
        self.model.graph.outputs.len()
    }

    /// Whether the model has no outputs; a loaded model has some.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The output with this index in the model's order.
    pub fn get(&self, index: usize) -> Option<TensorView<'a>> {
        self.frame.view(*self.model.graph.output_slots.get(index)?)
    }

    /// The output with this name.
    pub fn named(&self, name: &str) -> Option<TensorView<'a>> {
        self.get(self.model.graph.outputs.iter().position(|info| info.name == name)?)
    }

    /// What went into the model's tree ensemble in this call, a row each: what [`TreeExplainer::attribute`](crate::TreeExplainer::attribute) wants, after the
    /// graph's own joining and encoding. `None` for a model without one.
    pub fn tree_features(&self) -> Option<TensorView<'a>> {
        let step = self.model.graph.steps.iter().find(|step| matches!(step.operator, Operator::Trees(_)))?;
        self.frame.view((*step.inputs.first()?)?)
    }

    /// All outputs with what the model says about them.
    pub fn iter(&self) -> impl Iterator<Item = (&'a ValueInfo, TensorView<'a>)> + '_ {
        self.model.graph.outputs.iter().enumerate().filter_map(|(index, info)| Some((info, self.get(index)?)))
    }
}
