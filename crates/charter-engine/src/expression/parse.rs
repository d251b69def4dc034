//! Text to syntax tree, within limits.
//!
//! What the names and operators mean does not belong here.

use super::ExpressionError;
use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::Parser;
use std::panic::{AssertUnwindSafe, catch_unwind};

const BYTES_MAX: usize = 4_096;
const NODES_MAX: usize = 1_000;
const DEPTH_MAX: usize = 96;

/// A syntax tree within the limits, without comprehensions.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) root: IdedExpr,
    positions: SourceInfo,
}

impl Parsed {
    /// Byte offset of a node; 0 when the parser gives none.
    pub(crate) fn offset(&self, node: &IdedExpr) -> usize {
        let start = self.positions.offset_for(node.id).map_or(0, |(start, _)| start as usize);
        start.min(self.positions.source.len())
    }
}

pub(crate) fn parse(source: &str) -> Result<Parsed, ExpressionError> {
    if source.len() > BYTES_MAX {
        return Err(at(0, format!("the expression has {} bytes; {BYTES_MAX} are the limit: split it into several outputs", source.len())));
    }
    if source.trim().is_empty() {
        return Err(at(0, "the expression is empty; write one, for example `amount > 10000.0`".to_owned()));
    }
    nesting(source)?;
    // The generated parser is not ours: a panic in it is a diagnostic, too.
    let parser = Parser::new().max_recursion_depth(DEPTH_MAX as u16);
    let parsed = catch_unwind(AssertUnwindSafe(|| parser.parse_with_source_info(source)));
    let (root, positions) = match parsed {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(errors)) => {
            let first = errors.errors.first();
            let offset = first.map_or(0, |error| position(source, error.pos));
            let what = first.map_or("it cannot be read", |error| error.msg.lines().next().unwrap_or("it cannot be read"));
            return Err(at(offset, format!("not a CEL expression: {}", what.to_lowercase())));
        }
        Err(_) => return Err(at(0, "not a CEL expression".to_owned())),
    };
    let parsed = Parsed { root, positions };
    let mut nodes = 0;
    bounded(&parsed, &parsed.root, 0, &mut nodes)?;
    Ok(parsed)
}

/// Brackets are counted before the parser recurses into them.
fn nesting(source: &str) -> Result<(), ExpressionError> {
    let mut depth = 0_usize;
    let mut prefix = 0_usize;
    for (offset, character) in source.char_indices() {
        match character {
            '(' | '[' | '{' | '?' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        prefix = if matches!(character, '!' | '-') { prefix + 1 } else { 0 };
        if depth > DEPTH_MAX || prefix > DEPTH_MAX {
            return Err(at(offset, format!("the expression is nested deeper than {DEPTH_MAX} levels")));
        }
    }
    Ok(())
}

fn bounded(parsed: &Parsed, node: &IdedExpr, depth: usize, nodes: &mut usize) -> Result<(), ExpressionError> {
    *nodes += 1;
    let refuse = |message: String| Err(at(parsed.offset(node), message));
    if *nodes > NODES_MAX {
        return refuse(format!("the expression has more than {NODES_MAX} parts: split it into several outputs"));
    }
    if depth > DEPTH_MAX {
        return refuse(format!("the expression is nested deeper than {DEPTH_MAX} levels: put brackets around parts of a long chain"));
    }
    let mut into = |child: &IdedExpr| bounded(parsed, child, depth + 1, nodes);
    match &node.expr {
        Expr::Call(call) => call.target.iter().map(AsRef::as_ref).chain(&call.args).try_for_each(into),
        Expr::List(list) => list.elements.iter().try_for_each(into),
        Expr::Select(select) => into(&select.operand),
        Expr::Ident(_) | Expr::Literal(_) => Ok(()),
        Expr::Comprehension(_) => {
            refuse("`all`, `exists`, `map` and `filter` have nothing to go through: a variable is one value".to_owned())
        }
        Expr::Map(_) | Expr::Struct(_) => refuse("maps and messages cannot be built here: a result is one value".to_owned()),
        Expr::Unspecified => refuse("not a CEL expression".to_owned()),
    }
}

/// The byte offset of a line, counted from 1, and a column of bytes, counted from 0.
fn position(source: &str, (line, column): (isize, isize)) -> usize {
    let lines_before = usize::try_from(line - 1).unwrap_or(0);
    let before: usize = source.split_inclusive('\n').take(lines_before).map(str::len).sum();
    before.saturating_add(usize::try_from(column).unwrap_or(0)).min(source.len())
}

fn at(offset: usize, message: String) -> ExpressionError {
    ExpressionError { message, offset }
}
