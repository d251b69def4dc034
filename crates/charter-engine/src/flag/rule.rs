//! One rule of a flag: a condition in CEL, and what it serves.
//!
//! The condition's variables are the attributes of the context. An attribute that a context does not have makes a rule not apply, as it does in flagd; a
//! condition that cannot be evaluated for another reason is an error. Comprehensions are refused and the text is bounded, as for every expression here.

use super::asking::Asking;
use super::evaluation::{FlagError, Reason};
use crate::assign;
use crate::expression::{ExpressionError, parse};
use cel::common::ast::{Expr, IdedExpr};
use cel::{Context, Env, ExecutionError, Value};
use charter_plan::plan::{FlagRule, Serve};
use std::sync::{Arc, LazyLock};

/// Building the standard library costs 24 µs; it is done once.
static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

#[derive(Debug)]
pub(super) struct Rule {
    when: Option<Condition>,
    serve: Serve,
    /// Hashed before the targeting key, as flagd's `fractional` does.
    flag: String,
}

#[derive(Debug)]
struct Condition {
    root: IdedExpr,
    /// Attributes that it names.
    used: Vec<String>,
}

/// Whether a text can be a condition.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check(source: &str) -> Result<(), ExpressionError> {
    Condition::compile(source).map(drop)
}

impl Rule {
    pub(super) fn compile(flag: &str, rule: &FlagRule) -> Result<Self, ExpressionError> {
        let when = rule.when.as_deref().map(Condition::compile).transpose()?;
        Ok(Self { when, serve: rule.serve.clone(), flag: flag.to_owned() })
    }

    /// The variant that the rule serves; `None` when it does not apply.
    pub(super) fn apply(&self, asking: &Asking<'_>) -> Result<Option<(u16, Reason)>, FlagError> {
        if let Some(condition) = &self.when
            && !condition.holds(asking)?
        {
            return Ok(None);
        }
        match &self.serve {
            Serve::Variant(variant) => Ok(Some((*variant, Reason::TargetingMatch))),
            Serve::Split(shares) => {
                let key = asking.targeting_key()?.ok_or(FlagError::TargetingKeyMissing)?;
                let part = assign::part(shares.iter().map(|(_, share)| *share), assign::hash(&self.flag, key.as_bytes()));
                let variant = part.and_then(|part| shares.get(part)).map(|(variant, _)| *variant);
                let nothing = || FlagError::General(format!("the shares of flag `{}` add up to nothing", self.flag));
                variant.map(|variant| Some((variant, Reason::Split))).ok_or_else(nothing)
            }
        }
    }
}

impl Condition {
    fn compile(source: &str) -> Result<Self, ExpressionError> {
        let parsed = parse::parse(source)?;
        let mut used = Vec::new();
        names(&parsed.root, &mut used);
        Ok(Self { root: parsed.root, used })
    }

    fn holds(&self, asking: &Asking<'_>) -> Result<bool, FlagError> {
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        for name in &self.used {
            if let Some(attribute) = asking.attribute(name) {
                context.add_variable_from_value(name.as_str(), attribute);
            }
        }
        match Value::resolve(&self.root, &context) {
            Ok(Value::Bool(truth)) => Ok(truth),
            Ok(_) => Err(FlagError::General("a rule's condition gives no truth value".to_owned())),
            Err(ExecutionError::UndeclaredReference(_) | ExecutionError::NoSuchKey(_)) => Ok(false),
            // The message would repeat values of the context.
            Err(_) => Err(FlagError::General("a rule's condition does not fit the types of the context".to_owned())),
        }
    }
}

/// Variables of an expression, each once.
fn names(node: &IdedExpr, used: &mut Vec<String>) {
    match &node.expr {
        Expr::Ident(name) => {
            if !used.contains(name) {
                used.push(name.clone());
            }
        }
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).for_each(|child| names(child, used)),
        Expr::List(list) => list.elements.iter().for_each(|child| names(child, used)),
        Expr::Select(select) => names(&select.operand, used),
        Expr::Literal(_) | Expr::Unspecified | Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) => {}
    }
}
