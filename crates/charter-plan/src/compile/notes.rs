//! What a charter states and this version does not run: said once each, so that nobody believes in it.

use super::PlanCode;
use super::compiler::Compiler;
use charter_spec::Span;

/// Reports a hint for every section that is read, judged and documented, but not acted on.
pub(super) fn not_run(compiler: &mut Compiler<'_>) {
    let spec = &compiler.resolved.spec;
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut section = |name: &str, place: Option<Span>, what: &str| found.extend(place.map(|span| (span, format!("`{name}`: {what}"))));
    section("audit", spec.audit.as_ref().map(|audit| audit.span), "no record of calls is kept");
    if let Some(access) = &spec.access {
        section("access.policies", first(&access.policies), "they are not evaluated");
        section("access.tls", access.tls.as_ref().map(|tls| tls.span), "the gateway does not speak TLS");
    }
    for (span, message) in found {
        compiler.report(PlanCode::NotRun.at(span, message));
    }
}

fn first<T>(entries: &charter_spec::names::Entries<T>) -> Option<Span> {
    entries.iter().next().map(|entry| entry.id.span)
}
