//! Which replicas serve which routes, from the charter's capacity; what is not stated is worked out and told.
//!
//! What becomes of a pool belongs to `fleet`.

use crate::calibration::{Calibration, first_use};
use crate::fleet::Pool;
use charter_plan::Plan;
use charter_plan::plan::{Capacity, Route};

/// Calls a second of one thread where nothing is stated or measured.
const ASSUMED_PER_THREAD_PER_S: f64 = 1_000.0;
const ASSUMED_SAFETY: f64 = 1.5;
const ASSUMED_LOAD_MS: u64 = 10_000;
/// The load of a charter that states none.
pub(crate) const ASSUMED_PER_S: f64 = 100.0;

/// The pools of a plan, and what was assumed.
pub(crate) fn pools(plan: &Plan, calibration: Option<&Calibration>, threads: u32) -> (Vec<Pool>, Vec<String>) {
    let shares = shares(plan);
    let mut notes = Vec::new();
    let mut taken = vec![false; plan.routes.len()];
    let mut pools = Vec::new();
    for capacity in &plan.capacities {
        let served =
            |route: &&Route| capacity.route == Some(route.id) || route.node.uses().iter().any(|call| capacity.models.contains(&call.model));
        let routes: Vec<&Route> =
            plan.routes.iter().filter(served).filter(|route| !taken.get(usize::from(route.id.0)).copied().unwrap_or(true)).collect();
        if routes.is_empty() || capacity.per_replica_per_s <= 0.0 {
            continue;
        }
        routes.iter().for_each(|route| {
            if let Some(taken) = taken.get_mut(usize::from(route.id.0)) {
                *taken = true;
            }
        });
        pools.push(Pool { name: capacity.name.clone(), shares: summed(&routes, &shares), capacity: capacity.clone() });
    }
    let others: Vec<&Route> = plan.routes.iter().filter(|route| !taken.get(usize::from(route.id.0)).copied().unwrap_or(true)).collect();
    if !others.is_empty() {
        let pool = Pool {
            name: "others".to_owned(),
            shares: summed(&others, &shares),
            capacity: assumed(plan, calibration, &others, &shares, threads),
        };
        let names: Vec<&str> = others.iter().map(|route| route.name.as_str()).collect();
        notes.push(format!(
            "no capacity is stated for {}: {} replicas of {:.0} calls/s each are assumed",
            names.join(", "),
            pool.capacity.replicas,
            pool.capacity.per_replica_per_s
        ));
        pools.push(pool);
    }
    pools.retain(|pool| pool.share() > 0.0);
    if plan.traffic.peak_per_s.is_none() && plan.traffic.average_per_s.is_none() {
        notes.push(format!("the charter states no load: {ASSUMED_PER_S} calls/s are assumed"));
    }
    (pools, notes)
}

/// Calls a second at the stated peak, or what stands in for it.
pub fn peak_per_s(plan: &Plan) -> f64 {
    plan.traffic.peak_per_s.or(plan.traffic.average_per_s).unwrap_or(ASSUMED_PER_S)
}

/// Calls a second on average, or what stands in for it.
pub fn average_per_s(plan: &Plan) -> f64 {
    plan.traffic.average_per_s.unwrap_or_else(|| peak_per_s(plan) / 3.0)
}

/// Each route's share of all calls; all alike where no mix is stated.
pub(crate) fn shares(plan: &Plan) -> Vec<f64> {
    if plan.traffic.mix.is_empty() {
        return vec![1.0 / plan.routes.len().max(1) as f64; plan.routes.len()];
    }
    let total: f64 = plan.traffic.mix.iter().map(|share| share.share).sum();
    let of = |route: &Route| plan.traffic.mix.iter().filter(|share| share.route == route.id).map(|share| share.share / total).sum();
    plan.routes.iter().map(of).collect()
}

fn summed(routes: &[&Route], shares: &[f64]) -> Vec<(u16, f64)> {
    let mut sum = 0.0;
    let share = |route: &&&Route| (route.id.0, shares.get(usize::from(route.id.0)).copied().unwrap_or(0.0));
    routes
        .iter()
        .map(|route| share(&route))
        .filter(|(_, share)| *share > 0.0)
        .map(|(route, share)| {
            sum += share;
            (route, sum)
        })
        .collect()
}

/// What serves routes whose capacity is not stated: what was measured carries, or a round figure.
fn assumed(plan: &Plan, calibration: Option<&Calibration>, routes: &[&Route], shares: &[f64], threads: u32) -> Capacity {
    let share = |route: &Route| shares.get(usize::from(route.id.0)).copied().unwrap_or(0.0);
    let total: f64 = routes.iter().map(|route| share(route)).sum();
    let cost = |route: &Route| {
        let calibration = calibration?;
        let model = first_use(route).map(|model| plan.model(model).label())?;
        let inference = calibration.models.get(&model)?.first()?.mean_nanos;
        Some(calibration.routes.get(&route.name)?.mean_nanos + inference)
    };
    let measured: Option<f64> = routes.iter().map(|route| Some(cost(route)? * share(route) / total.max(f64::MIN_POSITIVE))).sum();
    let per_thread = measured.filter(|nanos| *nanos > 0.0).map_or(ASSUMED_PER_THREAD_PER_S, |nanos| 1e9 / nanos);
    let per_replica_per_s = per_thread * f64::from(threads);
    let replicas = (peak_per_s(plan) * total / per_replica_per_s * ASSUMED_SAFETY).ceil().max(2.0) as u32;
    Capacity {
        name: "others".to_owned(),
        route: None,
        models: Vec::new(),
        per_replica_per_s,
        replicas,
        // Zero marks what nobody has stated.
        replicas_min: 0,
        replicas_max: None,
        zones: 1,
        load_ms: ASSUMED_LOAD_MS,
        cost_per_replica_hour: None,
        safety: ASSUMED_SAFETY,
    }
}
