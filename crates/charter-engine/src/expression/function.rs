//! The functions among the typed nodes.
//!
//! Operators are in [`super::lower`]; a function that is not here goes to the interpreter.

use super::lower::{Lowering, Refusal, Scope};
use super::typed::{Affix, Arithmetic, Bool, Class, Double, Int, Rounding, Text, Typed};
use cel::common::ast::{CallExpr, Expr, IdedExpr};

/// Lowers a call of a function or method.
pub(super) fn lower(scope: &Scope<'_>, node: &IdedExpr, call: &CallExpr) -> Lowering<Typed> {
    let name = call.func_name.as_str();
    let args = call.args.as_slice();
    match (call.target.as_deref(), name, args) {
        (Some(target), _, _) if is_math(scope, target) => math(scope, node, name, args),
        (Some(target), "startsWith", [part]) => affix(scope, Affix::Starts, target, part),
        (Some(target), "endsWith", [part]) => affix(scope, Affix::Ends, target, part),
        (Some(target), "contains", [part]) => affix(scope, Affix::Contains, target, part),
        (Some(inner), "size", []) | (None, "size", [inner]) => Ok(Typed::Int(Int::Size(Box::new(text(scope, inner, "size")?)))),
        (None, "double", [inner]) => Ok(Typed::Double(match scope.node(inner)? {
            Typed::Double(same) => same,
            Typed::Int(inner) => Double::FromInt(Box::new(inner)),
            Typed::Text(inner) => Double::FromText(Box::new(inner)),
            Typed::Bool(_) => return Err(scope.mismatch(node, "`double` does not take a bool: write `… ? 1.0 : 0.0`")),
        })),
        (None, "int", [inner]) => Ok(Typed::Int(match scope.node(inner)? {
            Typed::Int(same) => same,
            Typed::Double(inner) => Int::FromDouble(Box::new(inner)),
            Typed::Text(inner) => Int::FromText(Box::new(inner)),
            Typed::Bool(_) => return Err(scope.mismatch(node, "`int` does not take a bool: write `… ? 1 : 0`")),
        })),
        (None, "string", [inner]) => Ok(Typed::Text(match scope.node(inner)? {
            Typed::Text(same) => same,
            Typed::Int(inner) => Text::FromInt(Box::new(inner)),
            Typed::Double(inner) => Text::FromDouble(Box::new(inner)),
            Typed::Bool(inner) => Text::FromBool(Box::new(inner)),
        })),
        (None, "bool", [inner]) => match scope.node(inner)? {
            Typed::Bool(same) => Ok(Typed::Bool(same)),
            Typed::Int(_) | Typed::Double(_) | Typed::Text(_) => Err(Refusal::NotCovered),
        },
        (None, "min", [_, _, ..]) => fold(scope, node, name, Arithmetic::Least, args),
        (None, "max", [_, _, ..]) => fold(scope, node, name, Arithmetic::Greatest, args),
        _ => Err(Refusal::NotCovered),
    }
}

fn is_math(scope: &Scope<'_>, target: &IdedExpr) -> bool {
    matches!(&target.expr, Expr::Ident(name) if name == "math") && scope.variables.iter().all(|(name, _)| name != "math")
}

fn math(scope: &Scope<'_>, node: &IdedExpr, name: &str, args: &[IdedExpr]) -> Lowering<Typed> {
    match (name, args) {
        ("greatest", [_, _, ..]) => return fold(scope, node, "math.greatest", Arithmetic::Greatest, args),
        ("least", [_, _, ..]) => return fold(scope, node, "math.least", Arithmetic::Least, args),
        _ => {}
    }
    let [inner] = args else { return Err(scope.mismatch(node, &format!("`math.{name}` does not take {} values", args.len()))) };
    let lowered = scope.node(inner)?;
    if let (Typed::Int(_), "abs") = (&lowered, name) {
        let Typed::Int(inner) = lowered else { return Err(Refusal::NotCovered) };
        return Ok(Typed::Int(Int::Absolute(Box::new(inner))));
    }
    let Typed::Double(inner) = lowered else {
        return Err(scope.mismatch(inner, &format!("`math.{name}` needs a double, not {}: write `double(…)`", lowered.kind())));
    };
    let inner = Box::new(inner);
    Ok(match name {
        "abs" => Typed::Double(Double::Rounded(Rounding::Absolute, inner)),
        "ceil" => Typed::Double(Double::Rounded(Rounding::Ceiling, inner)),
        "floor" => Typed::Double(Double::Rounded(Rounding::Floor, inner)),
        "round" => Typed::Double(Double::Rounded(Rounding::Nearest, inner)),
        "trunc" => Typed::Double(Double::Rounded(Rounding::Truncated, inner)),
        "sqrt" => Typed::Double(Double::Rounded(Rounding::SquareRoot, inner)),
        "isNaN" => Typed::Bool(Bool::Is(Class::NotANumber, inner)),
        "isInf" => Typed::Bool(Bool::Is(Class::Infinite, inner)),
        "isFinite" => Typed::Bool(Bool::Is(Class::Finite, inner)),
        _ => return Err(scope.mismatch(node, &format!("there is no function `math.{name}`"))),
    })
}

fn affix(scope: &Scope<'_>, affix: Affix, target: &IdedExpr, part: &IdedExpr) -> Lowering<Typed> {
    let pair = (text(scope, target, "it")?, text(scope, part, "it")?);
    Ok(Typed::Bool(Bool::Affix(affix, Box::new(pair))))
}

fn text(scope: &Scope<'_>, node: &IdedExpr, what: &str) -> Lowering<Text> {
    match scope.node(node)? {
        Typed::Text(inner) => Ok(inner),
        other => Err(scope.mismatch(node, &format!("{what} needs a string, not {}: write `string(…)`", other.kind()))),
    }
}

/// The least or greatest of numbers of one type.
fn fold(scope: &Scope<'_>, node: &IdedExpr, name: &str, operator: Arithmetic, args: &[IdedExpr]) -> Lowering<Typed> {
    let mut result: Option<Typed> = None;
    for arg in args {
        result = Some(match (result, scope.node(arg)?) {
            (None, first @ (Typed::Int(_) | Typed::Double(_))) => first,
            (Some(Typed::Int(left)), Typed::Int(right)) => Typed::Int(Int::Pair(operator, Box::new((left, right)))),
            (Some(Typed::Double(left)), Typed::Double(right)) => Typed::Double(Double::Pair(operator, Box::new((left, right)))),
            _ => return Err(scope.mismatch(arg, &format!("`{name}` needs numbers of one type: all ints, or all doubles"))),
        });
    }
    result.ok_or_else(|| scope.mismatch(node, &format!("`{name}` needs at least two numbers")))
}
