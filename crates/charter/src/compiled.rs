//! From a folder to what the commands work on: a checked charter, or a compiled plan.

use crate::exit::{Ending, Outcome};
use crate::folder::Folder;
use crate::output::{print, today};
use charter_backend::runtime::OnnxRuntimeSearch;
use charter_engine::Expression;
use charter_lint::{Lint, Report};
use charter_plan::artifact::Artifacts;
use charter_plan::resolved::{Resolved, resolve};
use charter_plan::{Plan, PlanCode};
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, FileSet, Severity, Span};
use std::collections::BTreeSet;

/// A charter with everything that is to be said about it.
pub(crate) struct Checked {
    pub(crate) folder: Folder,
    pub(crate) resolved: Option<Resolved>,
    /// The plan, where the charter compiles.
    pub(crate) plan: Option<Plan>,
    pub(crate) report: Report,
}

/// Reads on after errors: rules run over whatever could be read, and where nothing stands in the way the plan is compiled, so that its problems are found too.
pub(crate) fn check(mut folder: Folder, today: Date) -> Checked {
    let mut diagnostics = std::mem::take(&mut folder.diagnostics);
    let readable = !diagnostics.iter().any(Diagnostic::is_error);
    let resolved = folder.spec.take().map(|spec| resolve(spec, &folder.files));
    let mut compiled = None;
    if let Some(resolved) = resolved.as_ref().filter(|resolved| readable && !resolved.spec.routes.is_empty()) {
        let artifacts = folder.artifacts_for_check();
        match plan(resolved, &folder, &artifacts) {
            Ok((plan, hints)) => {
                diagnostics.extend(hints);
                diagnostics.extend(charter_plan::compile::check_samples(resolved, &plan, &folder.samples()));
                compiled = Some(plan);
            }
            Err(problems) => diagnostics.extend(problems.into_iter().map(as_stated)),
        }
    }
    let reported: Vec<Span> = diagnostics.iter().map(Diagnostic::span).collect();
    diagnostics.extend(folder.missing.drain(..).filter(|problem| !reported.contains(&problem.span())));
    let evidence = folder.evidence();
    let lint = resolved.as_ref().map(|resolved| Lint { resolved, evidence: &evidence, plan: compiled.as_ref(), today });
    let report = Report::new(diagnostics, &folder.unreadable, lint.as_ref());
    Checked { folder, resolved, plan: compiled, report }
}

/// What is sound and only this version cannot serve stands in nobody's way while nothing is served: `check` tells it, `serve` refuses it.
fn as_stated(problem: Diagnostic) -> Diagnostic {
    match PlanCode::find(problem.code) {
        Some(code) if code.is_about_serving() => Diagnostic { severity: Severity::Hint, ..problem },
        _ => problem,
    }
}

/// A charter that can be run.
pub(crate) struct Compiled {
    pub(crate) folder: Folder,
    pub(crate) artifacts: Artifacts,
    pub(crate) plan: Plan,
    resolved: Resolved,
}

impl Compiled {
    /// The charter with every figure that follows from it.
    pub(crate) fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Errors of rules: the charter can be run, but does not keep what it says.
    pub(crate) fn lint_errors(&self) -> usize {
        let lint = Lint { resolved: &self.resolved, evidence: &[], plan: Some(&self.plan), today: today() };
        Report::new(Vec::new(), &self.folder.unreadable, Some(&lint)).count(Severity::Error)
    }
}

/// A charter that cannot be run, and why.
pub(crate) struct Refused {
    folder: Folder,
    report: Report,
}

impl Refused {
    /// The diagnostics for people, and for programs.
    pub(crate) fn written(&self, colour: bool) -> (String, serde_json::Value) {
        (self.report.to_text(&self.folder.files, colour), self.report.to_json(&self.folder.files))
    }

    /// Prints the diagnostics; the command that needed a plan ends with them.
    pub(crate) fn print(&self, colour: bool) -> Outcome {
        let mut text = self.report.to_text(&self.folder.files, colour);
        if let Some(codes) = self.only_serving() {
            text.push_str(&format!(
                "this version cannot serve the charter ({codes}), so there is no plan to show, to serve or to measure; without one work \
                 `charter check`, `status`, `explain`, `trace`, `decide`, `gate` and `docs`\n"
            ));
        }
        print(&text)?;
        Ok(Ending::Findings)
    }

    /// The codes, where nothing is wrong with the charter but that this version cannot serve it.
    pub(crate) fn only_serving(&self) -> Option<String> {
        let codes: BTreeSet<&str> = self.report.findings.iter().map(|problem| problem.code).collect();
        let about_serving = |code: &&str| PlanCode::find(code).is_some_and(PlanCode::is_about_serving);
        (!codes.is_empty() && codes.iter().all(about_serving)).then(|| codes.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// The same problems, a line each: code, message and place.
    pub(crate) fn lines(&self) -> Vec<String> {
        let files = &self.folder.files;
        let line = |problem: &Diagnostic| {
            let place = files.position(problem.span().file, problem.span().start);
            format!("{}: {} at {}:{}:{}", problem.code, problem.message, files.path(problem.span().file), place.line, place.column)
        };
        self.report.findings.iter().map(line).collect()
    }
}

/// Compiles the charter, or says everything that stands in the way.
pub(crate) fn compile(mut folder: Folder, search: &OnnxRuntimeSearch) -> Result<Compiled, Box<Refused>> {
    let diagnostics = std::mem::take(&mut folder.diagnostics);
    let unread = diagnostics.iter().any(Diagnostic::is_error);
    let Some(spec) = folder.spec.take().filter(|_| !unread) else {
        return Err(Box::new(Refused { folder, report: Report::new(diagnostics, &[], None) }));
    };
    let resolved = resolve(spec, &folder.files);
    let artifacts = folder.artifacts(search);
    match plan(&resolved, &folder, &artifacts) {
        Err(mut problems) => {
            // What stands in nobody's way is told by `check`.
            problems.retain(Diagnostic::is_error);
            Err(Box::new(Refused { folder, report: Report::new(problems, &[], None) }))
        }
        Ok((plan, _)) => Ok(Compiled { folder, artifacts, plan, resolved }),
    }
}

/// The plan, with its expressions checked by the engine that will evaluate them, and hints at what is stated and not run.
fn plan(resolved: &Resolved, folder: &Folder, artifacts: &Artifacts) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let compiled = charter_plan::compile(resolved, &folder.files, artifacts)?;
    let problems: Vec<Diagnostic> = compiled
        .expressions
        .iter()
        .filter_map(|place| {
            let problem = Expression::compile(&place.text, &place.variables, place.result).err()?;
            Some(PlanCode::Expression.at(inside(place.span, &folder.files, &place.text, problem.offset), problem.message))
        })
        .chain(compiled.conditions.iter().filter_map(|condition| {
            let problem = charter_engine::flag::check(&condition.value).err()?;
            Some(PlanCode::Expression.at(inside(condition.span, &folder.files, &condition.value, problem.offset), problem.message))
        }))
        .collect();
    if problems.is_empty() { Ok((compiled.plan, compiled.hints)) } else { Err(problems) }
}

/// The place inside an expression; the whole of it when the document writes it with escapes or over several lines.
fn inside(span: Span, files: &FileSet, text: &str, offset: usize) -> Span {
    let Some(at) = files.text(span).and_then(|written| written.find(text)) else { return span };
    let start = span.start as usize + at + offset.min(text.len());
    Span::new(span.file, start, (start + 1).min(span.end as usize))
}
