//! From a resolved charter to a plan that can be run: names become ids, every conversion is checked, every limit is stated.
//!
//! CEL is checked by whoever has an engine: the expressions are handed out with their places. Judging promises belongs to lint.

mod binding;
mod call;
mod chaos;
mod codes;
mod combine;
mod comparison;
mod compiler;
mod constants;
mod experiments;
pub(crate) mod fingerprint;
mod flags;
mod inline;
mod limits;
mod metrics;
mod nodes;
mod notes;
mod protect;
mod requirements;
mod rollouts;
mod routes;
mod samples;
mod sequence;
mod shares;
mod sizes;
mod split;
mod table;
mod time;

pub use codes::PlanCode;
pub use requirements::{Exercise, Subject, decide_by_arithmetic, exercises, known_to_arithmetic, requirements_without_plan};
pub use samples::check_samples;

use crate::artifact::Artifacts;
use crate::plan::{Plan, RouteId};
use crate::resolved::Resolved;
use crate::tensor::Datatype;
use charter_spec::{Diagnostic, FileSet, Span, Spanned};
use compiler::Compiler;

/// Most routes of a plan.
const ROUTES_MAX: usize = 1_000;

/// A plan, and what is worth knowing about how it was made.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub plan: Plan,
    /// Every CEL expression in it, for whoever can check them.
    pub expressions: Vec<ExpressionPlace>,
    /// CEL in it over a context that only a call brings, as the conditions of flags: its syntax can be checked, its names cannot.
    pub conditions: Vec<Spanned<String>>,
    /// What is stated and not run; never errors.
    pub hints: Vec<Diagnostic>,
}

/// A CEL expression with what it may speak of and what it must give.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpressionPlace {
    pub text: String,
    /// Where it is written, quotes included.
    pub span: Span,
    /// Names of one value a row, with their datatypes.
    pub variables: Vec<(String, Datatype)>,
    /// The datatype of its result.
    pub result: Datatype,
    /// The route that it stands in.
    pub route: String,
}

/// Compiles the plan. A charter without routes gives a plan that serves nothing and still holds its requirements.
///
/// `files` hold the tables that the charter names, `artifacts` the facts about its model files.
///
/// # Errors
/// Every problem that keeps a route from being served, in the order of the document, hints among them.
pub fn compile(resolved: &Resolved, files: &FileSet, artifacts: &Artifacts) -> Result<Compiled, Vec<Diagnostic>> {
    let mut compiler = Compiler::new(resolved, files, artifacts);
    let mut routes = Vec::new();
    for (at, entry) in resolved.spec.routes.iter().enumerate() {
        if at >= ROUTES_MAX {
            compiler.report(PlanCode::TooMuch.at(entry.id.span, format!("a plan has at most {ROUTES_MAX} routes")));
            break;
        }
        let id = RouteId(u16::try_from(at).unwrap_or(u16::MAX));
        routes.extend(routes::route(&mut compiler, id, entry));
    }
    rollouts::unplaced(&mut compiler, &routes);
    experiments::unplaced(&mut compiler, &routes);
    let flags = flags::of(&mut compiler, &routes);
    let chaos = chaos::of(&mut compiler, &routes);
    shares::add_up(&mut compiler);
    notes::not_run(&mut compiler);
    if compiler.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(compiler.diagnostics);
    }
    let limits = limits::of(&resolved.spec);
    let system = resolved.spec.system.as_ref().map_or_else(String::new, |system| system.value.clone());
    let mut plan = Plan {
        system,
        traffic: sizes::traffic(&compiler, &routes),
        capacities: sizes::capacities(&compiler, &routes),
        models: compiler.models,
        routes,
        caches: compiler.caches,
        comparisons: compiler.comparisons,
        rollouts: compiler.rollouts,
        experiments: compiler.experiments,
        flags,
        chaos,
        limits,
        ..Plan::default()
    };
    let problems = chaos::objectives(resolved, &mut plan);
    if !problems.is_empty() {
        return Err(compiler.diagnostics.into_iter().chain(problems).collect());
    }
    plan.requirements = requirements::of(resolved, &plan, files);
    plan.fingerprint = fingerprint::of(&plan);
    Ok(Compiled { plan, expressions: compiler.expressions, conditions: compiler.conditions, hints: compiler.diagnostics })
}

/// The requirements of a charter without its routes: what arithmetic and people decide still has a verdict when nothing can be served.
pub fn requirements_only(resolved: &Resolved, files: &FileSet) -> Vec<crate::plan::Requirement> {
    let plan = Plan { limits: limits::of(&resolved.spec), ..Plan::default() };
    requirements::of(resolved, &plan, files)
}
