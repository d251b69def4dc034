//! What a charter states and this version does not run: said once each, so that nobody believes in it.

use super::PlanCode;
use super::compiler::Compiler;
use charter_spec::Span;

/// Reports a hint for every section and guard that is read, judged and documented, but not acted on.
pub(super) fn not_run(compiler: &mut Compiler<'_>) {
    let spec = &compiler.resolved.spec;
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut section = |name: &str, place: Option<Span>, what: &str| found.extend(place.map(|span| (span, format!("`{name}`: {what}"))));
    section("rollouts", first(&spec.rollouts), "versions do not move by themselves");
    section("experiments", first(&spec.experiments), "calls are not assigned to arms");
    section("flags", first(&spec.flags), "nothing is turned on or off by them");
    section("audit", spec.audit.as_ref().map(|audit| audit.span), "no record of calls is kept");
    if let Some(access) = &spec.access {
        section("access.policies", first(&access.policies), "they are not evaluated");
        section("access.tls", access.tls.as_ref().map(|tls| tls.span), "the gateway does not speak TLS");
    }
    for model in &spec.models {
        let Some(protect) = &model.protect else { continue };
        let guards = [
            ("batch", protect.batch.as_ref().map(|guard| guard.span)),
            ("queue", protect.queue.as_ref().map(|guard| guard.span)),
            ("retry", protect.retry.as_ref().map(|guard| guard.span)),
            ("hedge", protect.hedge.as_ref().map(|guard| guard.span)),
        ];
        for (name, span) in guards {
            found.extend(span.map(|span| (span, format!("`protect.{name}` of model `{}` is not acted on", model.id.value))));
        }
    }
    for (span, message) in found {
        compiler.report(PlanCode::NotRun.at(span, message));
    }
}

fn first<T>(entries: &charter_spec::names::Entries<T>) -> Option<Span> {
    entries.iter().next().map(|entry| entry.id.span)
}
