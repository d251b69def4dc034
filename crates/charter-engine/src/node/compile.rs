//! What is worked out once for each node of a graph: expressions, and what keys of caches are made of.
//!
//! A tree of the same shape as the graph, because nodes have no names of their own. Whether the graph can be run belongs to [`super::check`].

use crate::cache::Keyed;
use crate::expression::Expression;
use crate::tensor::{Tensor, Values};
use charter_plan::Plan;
use charter_plan::plan::{CascadeStep, Combine, Ensemble, Node, Route};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use smallvec::SmallVec;

/// One node's part, and those of the nodes below in the order of [`Node::children`].
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) own: Own,
    below: Vec<Compiled>,
}

#[derive(Debug, Default)]
pub(crate) enum Own {
    #[default]
    Nothing,
    /// For each step of a cascade, how sure its answer is; in FP64.
    Confidence(Vec<Option<Program>>),
    /// For each answer of an ensemble, its rule over all members' answers.
    Rules(Vec<Program>),
    Cache(Box<Keyed>),
}

/// A compiled expression and where its variables are.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) expression: Expression,
    /// Position of each variable: the slots, then the answers.
    pub(crate) variables: Vec<usize>,
}

/// Names that an expression may use: tensors of one value a row. A later one hides an earlier one of the same name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    variables: Vec<(String, Datatype)>,
    positions: Vec<usize>,
}

/// What a node has worked out that is not in its tree: nothing.
static NOTHING: Compiled = Compiled { own: Own::Nothing, below: Vec::new() };

impl Compiled {
    /// For what has no node: a pinned version.
    pub(crate) fn nothing() -> &'static Self {
        &NOTHING
    }

    pub(crate) fn child(&self, position: usize) -> &Self {
        self.below.get(position).unwrap_or(&NOTHING)
    }

    /// Works a route's graph out.
    ///
    /// # Errors
    /// The first expression that does not compile.
    pub(crate) fn prepare(plan: &Plan, route: &Route) -> Result<Self, String> {
        let slots: Vec<&TensorSpec> = route.inputs.iter().collect();
        node(plan, route, &route.node, &slots, &route.answers)
    }
}

impl Scope {
    /// Only these specs, in this order.
    pub(crate) fn of<'a>(specs: impl Iterator<Item = &'a TensorSpec>) -> Self {
        let mut scope = Self::default();
        for (position, spec) in specs.enumerate() {
            if one_value_a_row(spec) {
                scope.add(spec.name.clone(), spec.datatype, position);
            }
        }
        scope
    }

    fn add(&mut self, name: String, datatype: Datatype, position: usize) {
        if let Some(hidden) = self.variables.iter().position(|(known, _)| *known == name) {
            self.variables.remove(hidden);
            self.positions.remove(hidden);
        }
        self.variables.push((name, datatype));
        self.positions.push(position);
    }

    pub(crate) fn compile(&self, expression: &str, result: Datatype) -> Result<Program, String> {
        let expression = Expression::compile(expression, &self.variables, result).map_err(|error| error.to_string())?;
        Ok(Program { expression, variables: self.positions.clone() })
    }
}

impl Program {
    /// One value a row from the slots and the answers that follow them; the reason, without any value, when a row has none.
    pub(crate) fn evaluate(&self, rows: usize, slots: &[&Tensor], answers: &[Tensor]) -> Result<Values, String> {
        let mut variables: SmallVec<[&Tensor; 32]> = SmallVec::new();
        for &position in &self.variables {
            let tensor = match position.checked_sub(slots.len()) {
                None => slots.get(position).copied(),
                Some(answer) => answers.get(answer),
            };
            variables.push(tensor.ok_or("a variable has no value")?);
        }
        self.expression.evaluate(rows, &variables).map_err(|error| error.message)
    }
}

pub(crate) fn one_value_a_row(spec: &TensorSpec) -> bool {
    matches!(spec.shape.as_slice(), [_] | [_, Dimension::Fixed(1)])
}

fn node(plan: &Plan, route: &Route, at: &Node, slots: &[&TensorSpec], answers: &[TensorSpec]) -> Result<Compiled, String> {
    let children = || at.children().into_iter().map(|child| node(plan, route, child, slots, answers)).collect::<Result<Vec<_>, _>>();
    let (own, below) = match at {
        Node::Model(_) | Node::Rollout { .. } => (Own::Nothing, Vec::new()),
        Node::Split(_) | Node::Ladder { .. } | Node::Experiment { .. } | Node::Shadow { .. } => (Own::Nothing, children()?),
        Node::Sequence { steps } => {
            let mut visible = slots.to_vec();
            let mut below = Vec::new();
            for step in steps {
                below.push(node(plan, route, &step.node, &visible, &step.outputs)?);
                visible.extend(&step.outputs);
            }
            (Own::Nothing, below)
        }
        Node::Cascade { steps } => (Own::Confidence(confidence(steps, slots, answers)?), children()?),
        Node::Ensemble(ensemble) => (rules(ensemble, answers)?, children()?),
        Node::Cache { cache, node } => (Own::Cache(Box::new(Keyed::prepare(plan, route, *cache, node, slots, answers))), children()?),
    };
    Ok(Compiled { own, below })
}

fn confidence(steps: &[CascadeStep], slots: &[&TensorSpec], answers: &[TensorSpec]) -> Result<Vec<Option<Program>>, String> {
    let scope = Scope::of(slots.iter().copied().chain(answers));
    let compile = |step: &CascadeStep| {
        let Some(confidence) = &step.confidence else { return Ok(None) };
        let program = scope.compile(&confidence.expression, Datatype::Fp64);
        program.map(Some).map_err(|problem| format!("confidence of step `{}`: {problem}", step.name))
    };
    steps.iter().map(compile).collect()
}

fn rules(ensemble: &Ensemble, answers: &[TensorSpec]) -> Result<Own, String> {
    let Combine::Rule { expressions } = &ensemble.combine else { return Ok(Own::Nothing) };
    let mut scope = Scope::default();
    let named = ensemble.members.iter().flat_map(|member| answers.iter().map(move |answer| (member, answer)));
    for (position, (member, answer)) in named.enumerate() {
        if one_value_a_row(answer) {
            scope.add(format!("{}_{}", member.name, answer.name), answer.datatype, position);
        }
    }
    let compile = |(expression, answer): (&String, &TensorSpec)| {
        scope.compile(expression, answer.datatype).map_err(|problem| format!("rule of answer `{}`: {problem}", answer.name))
    };
    Ok(Own::Rules(expressions.iter().zip(answers).map(compile).collect::<Result<_, _>>()?))
}
