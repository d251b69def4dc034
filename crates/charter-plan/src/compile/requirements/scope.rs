//! Which routes a scenario speaks of, by its artifact.

use crate::plan::{Plan, Route, Share};
use crate::resolved::{Element, Resolved, first_models, is_whole};
use charter_spec::ast::Scenario;
use charter_spec::names::Entry;
use charter_spec::{Id, SectionName};

/// What a scenario is about.
pub(super) enum Scope<'p> {
    /// One route.
    Route(&'p Route),
    /// The system as a whole: every route.
    All,
}

/// The scope of a scenario: the route that it names, the route that asks the model that it names, else every route.
///
/// # Errors
/// The artifact is a model that no route, or more than one, asks first.
pub(super) fn of<'p>(resolved: &Resolved, plan: &'p Plan, entry: &Entry<Scenario>) -> Result<Scope<'p>, String> {
    let Some(artifact) = &entry.artifact else { return Ok(Scope::All) };
    let name = artifact.value.as_str();
    if let Some(route) = plan.route_named(name.strip_prefix("routes.").unwrap_or(name)) {
        return Ok(Scope::Route(route));
    }
    let model = name.strip_prefix("models.").unwrap_or(name);
    let Ok(id) = Id::new(model) else { return Ok(Scope::All) };
    if !resolved.spec.models.contains(&id) {
        return Ok(Scope::All);
    }
    let asks = |route: &&Route| {
        let mut models = Vec::new();
        if let Some(answer) = resolved.spec.routes.get(route.name.as_str()).and_then(|route| route.answer.as_ref()) {
            first_models(&answer.value, &mut models);
        }
        models.contains(&id)
    };
    let mut askers = plan.routes.iter().filter(asks);
    match (askers.next(), askers.next()) {
        (Some(route), None) => Ok(Scope::Route(route)),
        (None, _) => Err(format!("no route asks model `{model}`, so there is nothing to call")),
        (Some(_), Some(_)) => Err(format!("more than one route asks model `{model}`; name the route as the artifact")),
    }
}

/// Shares of every route in the load, as the capacity figures take them; they add up to 1, but for what rounding leaves.
///
/// # Errors
/// There is no route, no route has a share, or the shares do not add up.
pub(super) fn mix(resolved: &Resolved, plan: &Plan) -> Result<Vec<Share>, String> {
    if plan.routes.is_empty() {
        return Err("there is no route to call".to_owned());
    }
    let mut mix = Vec::with_capacity(plan.routes.len());
    for route in &plan.routes {
        let id = Id::new(&route.name).map_err(str::to_owned)?;
        let load = resolved.load.of(&Element::new(SectionName::Routes, &id)).and_then(|load| load.share.as_ref());
        match load {
            Some(share) if share.value() > 0.0 => mix.push(Share { route: route.id, share: share.value() }),
            // A mix that leaves a route out means that it gets no traffic.
            _ => {}
        }
    }
    let total: f64 = mix.iter().map(|share| share.share).sum();
    if total <= 0.0 {
        return Err("no route has a share of the load; `load.mix` says which has".to_owned());
    }
    if !is_whole(total) {
        let sum = crate::arithmetic::derivation::percent(total);
        return Err(format!("the shares of the routes add up to {sum}, not to 100 %; `load.mix` says who has which"));
    }
    Ok(mix)
}
