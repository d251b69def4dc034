//! Stated traffic and sizes, as a simulation needs them beside the routes.
//!
//! How the figures follow from the charter belongs to `resolved`.

use super::compiler::Compiler;
use super::protect::whole;
use crate::plan::{Capacity, Model, ModelId, Node, Route, Share, Source, Traffic};
use crate::resolved::whole as counted;
use charter_spec::SectionName;

/// Zones that replicas are taken to be spread over, where none are stated.
const ZONES: u32 = 3;

/// Peak, average and mix as stated; a mix that is only assumed is left out.
pub(super) fn traffic(compiler: &Compiler<'_>, routes: &[Route]) -> Traffic {
    let load = &compiler.resolved.load;
    let share = |route: &Route| {
        let element = crate::resolved::Element::new(SectionName::Routes, &charter_spec::Id::new(&route.name).ok()?);
        let share = load.of(&element)?.share.as_ref().filter(|share| share.is_proven())?;
        Some(Share { route: route.id, share: share.value() })
    };
    let mix: Vec<Share> = routes.iter().filter_map(share).collect();
    Traffic {
        peak_per_s: load.peak_rps.as_ref().map(crate::resolved::Figure::value),
        average_per_s: load.average_rps.as_ref().map(crate::resolved::Figure::value),
        mix: if routes.len() > 1 { mix } else { Vec::new() },
    }
}

/// Entries of `capacity` with a throughput, in document order.
pub(super) fn capacities(compiler: &Compiler<'_>, routes: &[Route]) -> Vec<Capacity> {
    let Some(written) = &compiler.resolved.spec.capacity else { return Vec::new() };
    let mut capacities = Vec::new();
    for sized in &compiler.resolved.capacity.models {
        let Some(entry) = written.models.get(sized.id.as_str()) else { continue };
        let Some(throughput) = &entry.throughput else { continue };
        let name = sized.id.to_string();
        let route = routes.iter().find(|route| sized.element.section == SectionName::Routes && route.name == name);
        let models: Vec<ModelId> = match route {
            Some(route) => first_uses(&route.node, &compiler.models),
            None => super::flags::versions(compiler, &name).into_iter().map(|(id, _)| id).collect(),
        };
        let least = entry.min_replicas.as_ref().map_or(1, |count| whole(&count.value));
        let replicas = sized.planned.as_ref().map_or(least, |planned| counted(planned.value())).max(1);
        capacities.push(Capacity {
            name,
            route: route.map(|route| route.id),
            models,
            per_replica_per_s: throughput.per_second(),
            replicas,
            replicas_min: least,
            replicas_max: entry.max_replicas.as_ref().map(|count| whole(&count.value)),
            zones: written.zones.as_ref().map_or(ZONES, |count| whole(&count.value)),
            load_ms: sized.load_time_ms.as_ref().map_or(0, |time| u64::from(counted(time.value()))),
            cost_per_replica_hour: cost_per_replica_hour(compiler, sized),
            safety: written.safety.as_ref().map_or(1.0, |safety| safety.factor()),
        });
    }
    capacities
}

/// The month's cost of what is sized, by replica and hour of a month of 730 hours.
fn cost_per_replica_hour(compiler: &Compiler<'_>, sized: &crate::resolved::ServedCapacity) -> Option<f64> {
    let replicas = sized.planned.as_ref()?.value();
    let item = compiler.resolved.cost.items.iter().find(|item| item.element == sized.element)?;
    let month = item.per_month.as_ref()?.value();
    (replicas >= 1.0).then_some(month / replicas / 730.0)
}

/// The declared models that a route asks when nothing is broken.
fn first_uses(node: &Node, models: &[Model]) -> Vec<ModelId> {
    let node = match node {
        Node::Ladder { rungs } => match rungs.first() {
            Some(rung) => &rung.node,
            None => return Vec::new(),
        },
        node => node,
    };
    let mut found: Vec<ModelId> = Vec::new();
    for call in node.uses() {
        let declared =
            models.get(usize::from(call.model.0)).is_some_and(|model| matches!(model.source, Source::Onnx { .. } | Source::Oip { .. }));
        if declared && !found.contains(&call.model) {
            found.push(call.model);
        }
    }
    found
}
