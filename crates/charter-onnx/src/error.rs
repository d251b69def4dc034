//! What can go wrong with a model or a call, and whose fault it is. Wording of single rules stays with the operator that holds them.

use std::fmt;

/// Why a model was not loaded.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LoadError {
    /// The model is well-formed ONNX as far as seen, but needs something this crate does not evaluate.
    /// Every such place is listed. The caller may give the same bytes to another engine.
    Unsupported {
        /// At least one place, in graph order.
        places: Vec<Unsupported>,
    },
    /// The bytes are not a valid model. No other engine should be asked to run them.
    Malformed {
        /// The node, tensor or part of the file.
        place: String,
        /// The rule that is broken.
        rule: String,
    },
}

/// One place in a model that this crate does not evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// Operator type as written, `Conv`; empty when the place is not a node.
    pub operator: String,
    /// Operator domain, `ai.onnx` or `ai.onnx.ml` or a custom one.
    pub domain: String,
    /// The node's name, or the name of its first output, or the name of the input, output or tensor.
    pub node: String,
    /// What exactly is missing.
    pub reason: String,
}

/// Why a call was not answered. Nothing of the workspace's state needs repair afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// The caller's inputs do not fit the model. `input` is the name, `rule` what it must satisfy.
    Input {
        /// Name of the input.
        input: String,
        /// The rule that is broken.
        rule: String,
    },
    /// A step of the graph refused its values: shapes that do not fit, an index out of range, a limit.
    Step {
        /// The node's name, or the name of its first output.
        node: String,
        /// Operator type.
        operator: String,
        /// The rule that is broken.
        rule: String,
    },
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.operator.is_empty() {
            write!(f, "`{}`: {}", self.node, self.reason)
        } else {
            write!(f, "operator `{}` of `{}` at node `{}`: {}", self.operator, self.domain, self.node, self.reason)
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unsupported { places } => {
                write!(f, "the model needs what this evaluator does not have: ")?;
                for (index, place) in places.iter().take(5).enumerate() {
                    write!(f, "{}{place}", if index == 0 { "" } else { "; " })?;
                }
                if places.len() > 5 {
                    write!(f, "; and {} more", places.len() - 5)?;
                }
                Ok(())
            }
            LoadError::Malformed { place, rule } => write!(f, "the model is malformed at {place}: {rule}"),
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Input { input, rule } => write!(f, "input `{input}` {rule}"),
            RunError::Step { node, operator, rule } => write!(f, "node `{node}` ({operator}): {rule}"),
        }
    }
}

impl std::error::Error for LoadError {}
impl std::error::Error for RunError {}

/// A broken rule inside one operator; the graph adds the node's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

/// Why a node could not be compiled.
#[derive(Debug)]
pub(crate) enum Refusal {
    Malformed(String),
    Unsupported(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal::Malformed(fault.0)
    }
}

/// Builds a `Fault` with `format!` arguments.
macro_rules! fault {
    ($($part:tt)*) => { $crate::error::Fault(format!($($part)*)) };
}
pub(crate) use fault;
