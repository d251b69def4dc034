//! Syntax tree to typed nodes: names, types, operators.
//!
//! Functions are in [`super::function`]; what neither covers goes to the interpreter.

use super::parse::Parsed;
use super::typed::{Arithmetic, Bool, Choice, Double, Int, Relation, Text, Typed, wrong};
use super::{ExpressionError, function};
use cel::common::ast::{CallExpr, Expr, IdedExpr, ListExpr, LiteralValue, operators};
use charter_plan::tensor::Datatype;

pub(super) struct Lowered {
    pub(super) node: Typed,
    pub(super) offset: usize,
}

pub(super) enum Refusal {
    Wrong(ExpressionError),
    /// Valid perhaps, but not among the typed nodes.
    NotCovered,
}

impl From<ExpressionError> for Refusal {
    fn from(error: ExpressionError) -> Self {
        Self::Wrong(error)
    }
}

pub(super) type Lowering<T> = Result<T, Refusal>;

/// What lowering knows.
pub(super) struct Scope<'a> {
    pub(super) parsed: &'a Parsed,
    pub(super) variables: &'a [(String, Datatype)],
}

pub(super) fn lower(parsed: &Parsed, variables: &[(String, Datatype)]) -> Lowering<Lowered> {
    let scope = Scope { parsed, variables };
    Ok(Lowered { node: scope.node(&parsed.root)?, offset: parsed.offset(&parsed.root) })
}

/// What to write instead when one number type is given and the other needed.
pub(super) fn way_out(has: &str, wants: &str) -> &'static str {
    match (has, wants) {
        ("an int", "a double") => ": write `1.0` instead of `1`, or `double(…)`",
        ("a double", "an int") => ": write `1` instead of `1.0`, or `int(…)`",
        ("a bool", "a double") => ": write `… ? 1.0 : 0.0`",
        ("a bool", "an int") => ": write `… ? 1 : 0`",
        (_, "a string") => ": write `string(…)`, or quotes around a text",
        _ => "",
    }
}

impl Scope<'_> {
    pub(super) fn offset(&self, node: &IdedExpr) -> usize {
        self.parsed.offset(node)
    }

    pub(super) fn node(&self, node: &IdedExpr) -> Lowering<Typed> {
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(name) => self.variable(node, name),
            Expr::Select(select) => {
                let Some(name) = qualified(node) else { return Err(Refusal::NotCovered) };
                let variable = self.variable(node, &name)?;
                // A variable that is declared is always there.
                Ok(if select.test { Typed::Bool(Bool::Constant(true)) } else { variable })
            }
            Expr::Call(call) => self.call(node, call),
            Expr::List(_) => Err(wrong(self.offset(node), "a list is only possible behind `in`").into()),
            Expr::Unspecified | Expr::Comprehension(_) | Expr::Map(_) | Expr::Struct(_) => Err(Refusal::NotCovered),
        }
    }

    fn literal(&self, node: &IdedExpr, literal: &LiteralValue) -> Lowering<Typed> {
        Ok(match literal {
            LiteralValue::Boolean(value) => Typed::Bool(Bool::Constant(*value.inner())),
            LiteralValue::Int(value) => Typed::Int(Int::Constant(*value.inner())),
            LiteralValue::Double(value) => Typed::Double(Double::Constant(*value.inner())),
            LiteralValue::String(value) => Typed::Text(Text::Constant(value.inner().to_owned())),
            LiteralValue::UInt(_) => return Err(wrong(self.offset(node), "all integers are `int` here: leave the `u` away").into()),
            LiteralValue::Bytes(_) => return Err(wrong(self.offset(node), "`BYTES` are strings here: leave the `b` away").into()),
            LiteralValue::Null => return Err(wrong(self.offset(node), "no variable is ever `null`").into()),
        })
    }

    /// The last declaration of a name counts.
    pub(super) fn variable(&self, node: &IdedExpr, name: &str) -> Lowering<Typed> {
        let Some(slot) = self.variables.iter().rposition(|(known, _)| known == name) else {
            let known: Vec<String> = self.variables.iter().take(12).map(|(known, _)| format!("`{known}`")).collect();
            let more = if self.variables.len() > known.len() { " …" } else { "" };
            let message = format!("there is no variable `{name}` with one value a row; there are {}{more}", known.join(", "));
            return Err(wrong(self.offset(node), message).into());
        };
        let datatype = self.variables.get(slot).map_or(Datatype::Bytes, |(_, datatype)| *datatype);
        Ok(match datatype {
            Datatype::Bool => Typed::Bool(Bool::Slot(slot)),
            Datatype::Bytes => Typed::Text(Text::Slot(slot)),
            Datatype::Fp16 | Datatype::Bf16 | Datatype::Fp32 | Datatype::Fp64 => Typed::Double(Double::Slot(slot)),
            Datatype::Uint8 | Datatype::Uint16 | Datatype::Uint32 | Datatype::Uint64 => Typed::Int(Int::Slot(slot)),
            Datatype::Int8 | Datatype::Int16 | Datatype::Int32 | Datatype::Int64 => Typed::Int(Int::Slot(slot)),
        })
    }

    fn call(&self, node: &IdedExpr, call: &CallExpr) -> Lowering<Typed> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [when, then, otherwise]) => self.choice(when, then, otherwise),
            (operators::LOGICAL_NOT, [inner]) => Ok(Typed::Bool(Bool::Not(Box::new(self.bool(inner, "`!`")?)))),
            (operators::LOGICAL_AND, [left, right]) => {
                Ok(Typed::Bool(Bool::And(Box::new((self.bool(left, "`&&`")?, self.bool(right, "`&&`")?)))))
            }
            (operators::LOGICAL_OR, [left, right]) => {
                Ok(Typed::Bool(Bool::Or(Box::new((self.bool(left, "`||`")?, self.bool(right, "`||`")?)))))
            }
            (operators::NEGATE, [inner]) => match self.node(inner)? {
                Typed::Int(inner) => Ok(Typed::Int(Int::Negated(Box::new(inner)))),
                Typed::Double(inner) => Ok(Typed::Double(Double::Negated(Box::new(inner)))),
                other => Err(self.mismatch(node, &format!("`-` needs a number, not {}", other.kind()))),
            },
            (operators::IN, [value, list]) => self.within(value, list),
            (name, [left, right]) if call.target.is_none() && relation(name).is_some() => self.compare(node, name, left, right),
            (name, [left, right]) if call.target.is_none() && arithmetic(name).is_some() => self.arithmetic(node, name, left, right),
            _ => function::lower(self, node, call),
        }
    }

    fn choice(&self, when: &IdedExpr, then: &IdedExpr, last: &IdedExpr) -> Lowering<Typed> {
        let when = self.bool(when, "`?`")?;
        Ok(match (self.node(then)?, self.node(last)?) {
            (Typed::Bool(then), Typed::Bool(otherwise)) => Typed::Bool(Bool::Choice(Box::new(Choice { when, then, otherwise }))),
            (Typed::Int(then), Typed::Int(otherwise)) => Typed::Int(Int::Choice(Box::new(Choice { when, then, otherwise }))),
            (Typed::Double(then), Typed::Double(otherwise)) => Typed::Double(Double::Choice(Box::new(Choice { when, then, otherwise }))),
            (Typed::Text(then), Typed::Text(otherwise)) => Typed::Text(Text::Choice(Box::new(Choice { when, then, otherwise }))),
            (then, otherwise) => {
                let (first, second) = (then.kind(), otherwise.kind());
                let message = format!("one side of `:` is {first}, the other {second}{}", number_mix(first, second));
                return Err(self.mismatch(last, &message));
            }
        })
    }

    fn compare(&self, node: &IdedExpr, name: &str, left: &IdedExpr, right: &IdedExpr) -> Lowering<Typed> {
        let Some(relation) = relation(name) else { return Err(Refusal::NotCovered) };
        Ok(Typed::Bool(match (self.node(left)?, self.node(right)?) {
            (Typed::Bool(left), Typed::Bool(right)) => Bool::Bools(relation, Box::new((left, right))),
            (Typed::Int(left), Typed::Int(right)) => Bool::Ints(relation, Box::new((left, right))),
            (Typed::Double(left), Typed::Double(right)) => Bool::Doubles(relation, Box::new((left, right))),
            (Typed::Text(left), Typed::Text(right)) => Bool::Texts(relation, Box::new((left, right))),
            (left, right) => return Err(self.mixed(node, name, &left, &right)),
        }))
    }

    fn arithmetic(&self, node: &IdedExpr, name: &str, left: &IdedExpr, right: &IdedExpr) -> Lowering<Typed> {
        let Some(operator) = arithmetic(name) else { return Err(Refusal::NotCovered) };
        Ok(match (self.node(left)?, self.node(right)?) {
            (Typed::Int(left), Typed::Int(right)) => Typed::Int(Int::Pair(operator, Box::new((left, right)))),
            (Typed::Double(_), Typed::Double(_)) if operator == Arithmetic::Remainder => {
                return Err(self.mismatch(node, "`%` is for ints: write `int(…)` around doubles"));
            }
            (Typed::Double(left), Typed::Double(right)) => Typed::Double(Double::Pair(operator, Box::new((left, right)))),
            (Typed::Text(left), Typed::Text(right)) if operator == Arithmetic::Add => Typed::Text(Text::Joined(Box::new((left, right)))),
            (left, right) => return Err(self.mixed(node, name, &left, &right)),
        })
    }

    fn within(&self, value: &IdedExpr, list: &IdedExpr) -> Lowering<Typed> {
        let Expr::List(ListExpr { elements, .. }) = &list.expr else {
            return Err(self.mismatch(list, "`in` needs a list behind it: `x in ['a', 'b']`"));
        };
        let lowered = self.node(value)?;
        let mut refused = None;
        let mut others: Vec<Typed> = Vec::new();
        for element in elements {
            let other = self.node(element)?;
            if other.kind() != lowered.kind() && refused.is_none() {
                refused = Some(self.mixed(element, "in", &lowered, &other));
            }
            others.push(other);
        }
        if let Some(refusal) = refused {
            return Err(refusal);
        }
        macro_rules! members {
            ($variant:ident) => {
                others.into_iter().filter_map(|other| if let Typed::$variant(node) = other { Some(node) } else { None }).collect()
            };
        }
        Ok(Typed::Bool(match lowered {
            Typed::Int(value) => Bool::IntIn(Box::new(value), members!(Int)),
            Typed::Double(value) => Bool::DoubleIn(Box::new(value), members!(Double)),
            Typed::Text(value) => Bool::TextIn(Box::new(value), members!(Text)),
            Typed::Bool(_) => return Err(self.mismatch(value, "`in` is for ints, doubles and strings")),
        }))
    }

    pub(super) fn bool(&self, node: &IdedExpr, operator: &str) -> Lowering<Bool> {
        match self.node(node)? {
            Typed::Bool(inner) => Ok(inner),
            other => Err(self.mismatch(node, &format!("{operator} needs a bool, not {}", other.kind()))),
        }
    }

    pub(super) fn mismatch(&self, node: &IdedExpr, message: &str) -> Refusal {
        wrong(self.offset(node), message).into()
    }

    fn mixed(&self, node: &IdedExpr, name: &str, left: &Typed, right: &Typed) -> Refusal {
        let sign = name.trim_matches('_');
        let (first, second) = (left.kind(), right.kind());
        self.mismatch(node, &format!("`{sign}` has {first} on one side and {second} on the other{}", number_mix(first, second)))
    }
}

fn number_mix(first: &str, second: &str) -> &'static str {
    match (first, second) {
        ("an int", "a double") | ("a double", "an int") => {
            "; CEL does not mix them: write `10000.0` for a double, or convert with `double(…)` or `int(…)`"
        }
        ("a string", _) | (_, "a string") => "; convert with `string(…)`, `double(…)` or `int(…)`",
        _ => "",
    }
}

/// `a.b.c` as the name of a variable.
fn qualified(node: &IdedExpr) -> Option<String> {
    match &node.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) => Some(format!("{}.{}", qualified(&select.operand)?, select.field)),
        _ => None,
    }
}

fn relation(name: &str) -> Option<Relation> {
    Some(match name {
        operators::EQUALS => Relation::Equal,
        operators::NOT_EQUALS => Relation::NotEqual,
        operators::LESS => Relation::Less,
        operators::LESS_EQUALS => Relation::LessOrEqual,
        operators::GREATER => Relation::Greater,
        operators::GREATER_EQUALS => Relation::GreaterOrEqual,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}
