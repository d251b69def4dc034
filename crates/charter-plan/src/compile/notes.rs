//! What a charter states and this version does not run: said once each, so that nobody believes in it.

use super::PlanCode;
use super::compiler::Compiler;
use charter_spec::ast::{Access, Limits};
use charter_spec::names::Entries;
use charter_spec::{Field, Span, Spec};

/// Reports a hint for every key that is read, judged and documented, but not acted on.
pub(super) fn not_run(compiler: &mut Compiler<'_>) {
    let spec = &compiler.resolved.spec;
    let mut found = vec![("audit", spec.audit.as_ref().map(|audit| audit.span), "no record of calls is kept")];
    if let Some(access) = &spec.access {
        found.extend(of_access(access));
        found.extend(access.limits.as_ref().into_iter().flat_map(|limits| of_limits(&limits.value)));
    }
    found.push(("models.*.versions.*.signature", signature(spec), "signatures are not verified; `sha256` is"));
    let told: Vec<(Span, String)> =
        found.into_iter().filter_map(|(name, place, what)| Some((place?, format!("`{name}`: {what}")))).collect();
    for (span, message) in told {
        compiler.report(PlanCode::NotRun.at(span, message));
    }
}

/// A key, where it stands first, and what does not happen.
type Note = (&'static str, Option<Span>, &'static str);

fn of_access(access: &Access) -> Vec<Note> {
    let quota = access.identities.iter().find_map(|identity| identity.quota.as_ref().map(|quota| quota.span));
    vec![
        ("access.listen", place(&access.listen), "the address is that of `charter serve --listen`"),
        ("access.grpc", place(&access.grpc), "the address is that of `charter serve --grpc`"),
        ("access.admin", place(&access.admin), "the address is that of `charter serve --admin`"),
        ("access.hosts", access.hosts.span(), "the names are those of `charter serve --host`"),
        ("access.identities", first(&access.identities), "callers cannot be told apart yet, so a route that names some refuses every call"),
        ("access.identities.*.quota", quota, "no quota is held: nothing counts the calls of a caller"),
        ("access.policies", first(&access.policies), "they are not evaluated"),
        ("access.tls", place(&access.tls), "the gateway does not speak TLS"),
    ]
}

fn of_limits(limits: &Limits) -> Vec<Note> {
    vec![
        ("access.limits.rate_per_peer", place(&limits.rate_per_peer), "nothing counts the calls of an address"),
        ("access.limits.connections_per_peer", place(&limits.connections_per_peer), "one address may hold half of all connections"),
        ("access.limits.body_timeout", place(&limits.body_timeout), "the route's time bounds the call, not the body alone"),
        ("access.limits.request_timeout", place(&limits.request_timeout), "the route's time bounds the call: `routes.*.timeout`"),
        ("access.limits.rows_max", place(&limits.rows_max), "rows are bounded route by route: `routes.*.rows_max`"),
    ]
}

fn signature(spec: &Spec) -> Option<Span> {
    spec.models.iter().flat_map(|model| &model.versions).find_map(|version| place(&version.signature))
}

fn place<T>(field: &Field<T>) -> Option<Span> {
    field.as_ref().map(|written| written.span)
}

fn first<T>(entries: &Entries<T>) -> Option<Span> {
    entries.iter().next().map(|entry| entry.id.span)
}
