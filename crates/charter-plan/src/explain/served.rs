//! Routes and models: their load, size, cost, ladder, chain and compiled rungs.

use super::Explainer;
use crate::arithmetic::derivation::{number, percent};
use crate::plan::{Breaker, Limiter, Node, Route};
use crate::resolved::{Element, HardReason, Ladder, LadderRung, RungMeans, ServedCapacity};
use charter_spec::SectionName;

impl Explainer<'_> {
    pub(super) fn served(&mut self, element: &Element) {
        let resolved = self.resolved;
        if let Some(load) = resolved.load.of(element) {
            self.figure(&format!("{element}: share of the load"), load.share.as_ref());
            self.figure(&format!("{element}: load at the peak"), load.peak_rps.as_ref());
        }
        if let Some(item) = resolved.cost.items.iter().find(|item| item.element == *element) {
            self.figure(&format!("{element}: cost"), item.per_month.as_ref());
            if item.per_month.is_none() {
                let sized = resolved.capacity.of(&element.id).filter(|sized| sized.element == *element && sized.planned.is_none());
                let throughput = format!("capacity.{}.throughput", element.id);
                let mut missing: Vec<String> = sized.map_or_else(Vec::new, |sized| sized.unknown.clone());
                let rest = item.missing.iter().filter(|key| sized.is_none() || **key != throughput);
                missing.extend(rest.map(|key| format!("{key} is not stated")));
                self.facts(&format!("{element}: cost is not known"), missing, vec![(element.to_string(), item.span)]);
            }
        }
        if element.section == SectionName::Routes {
            for calls in resolved.cost.calls.iter().filter(|calls| calls.route == *element) {
                self.figure(&format!("{element}: 1,000 calls of {}", calls.model.id), calls.per_thousand.as_ref());
            }
            let served = resolved.cost.of_thousand(element.id.as_str()).and_then(|served| served.per_thousand.as_ref());
            self.figure(&format!("{element}: cost of 1,000 calls"), served);
        }
        for ladder in resolved.ladders.of(element) {
            self.ladder(ladder);
        }
        self.chain(element);
        if element.section == SectionName::Routes
            && let Some(route) = self.plan.and_then(|plan| plan.route_named(element.id.as_str()))
        {
            self.route(route);
        }
    }

    fn chain(&mut self, element: &Element) {
        let resolved = self.resolved;
        let Some(chain) = resolved.availability.of(element) else { return };
        let line = |hard: &crate::resolved::HardDependency| {
            let stated = hard.availability.as_ref().map_or_else(|| "no availability stated".to_owned(), |figure| percent(figure.value()));
            format!("{}: {stated} ({})", hard.element, reason(hard.reason))
        };
        let lines = chain.hard.iter().map(line).collect();
        let places = chain.hard.iter().map(|hard| (hard.element.to_string(), hard.span)).collect();
        self.facts(&format!("{element}: no answer without"), lines, places);
        self.figure(&format!("{element}: highest availability that its dependencies allow"), chain.answered.as_ref());
        self.figure(&format!("{element}: highest share of full answers that its dependencies allow"), chain.full_answered.as_ref());
    }

    pub(super) fn sized(&mut self, id: &str) {
        let resolved = self.resolved;
        let name = format!("capacity.{id}");
        if let Some(sized) = resolved.capacity.of(id) {
            self.size(&name, sized);
        }
        if let Some(queue) = resolved.capacity.queues.iter().find(|queue| queue.id == *id) {
            self.figure(&format!("{name}: queue depth that is still acceptable"), queue.depth.as_ref());
        }
        if let Some(stored) = resolved.capacity.storage.iter().find(|stored| stored.id == *id) {
            self.figure(&format!("{name}: storage"), stored.bytes.as_ref());
        }
    }

    fn size(&mut self, name: &str, sized: &ServedCapacity) {
        self.figure(&format!("{name}: load at the peak"), sized.peak_rps.as_ref());
        self.figure(&format!("{name}: replicas"), sized.replicas.as_ref());
        if sized.planned != sized.replicas {
            self.figure(&format!("{name}: replicas as written"), sized.planned.as_ref());
        }
        self.figure(&format!("{name}: busy at the peak"), sized.utilization.as_ref());
        self.figure(&format!("{name}: busy after losing the fullest zone"), sized.zone_loss.as_ref());
        self.figure(&format!("{name}: busy after losing one replica"), sized.wait.one_lost.as_ref());
        self.figure(&format!("{name}: chance to wait for a replica at the peak"), sized.wait.waits.as_ref());
        self.figure(&format!("{name}: mean wait at the peak"), sized.wait.mean_ms.as_ref());
        self.figure(&format!("{name}: median wait at the peak"), sized.wait.p50_ms.as_ref());
        self.figure(&format!("{name}: p99 of the wait at the peak"), sized.wait.p99_ms.as_ref());
        self.figure(&format!("{name}: memory"), sized.memory_bytes.as_ref());
        self.figure(&format!("{name}: memory of the device"), sized.device_bytes.as_ref());
        self.figure(&format!("{name}: time until a batch is full"), sized.batch_fill_ms.as_ref());
        self.figure(&format!("{name}: time to load"), sized.load_time_ms.as_ref());
        if sized.replicas.is_none() {
            self.facts(&format!("{name}: replicas are not known"), sized.unknown.clone(), vec![(name.to_owned(), sized.span)]);
        }
    }

    pub(super) fn ladders(&mut self, id: &str) {
        let resolved = self.resolved;
        for ladder in resolved.ladders.of_id(id) {
            self.ladder(ladder);
        }
    }

    fn ladder(&mut self, ladder: &Ladder) {
        let lines = ladder.rungs.iter().map(rung).collect();
        let places = ladder.rungs.iter().map(|rung| (rung.name.to_string(), rung.span)).collect();
        self.facts(&format!("{}: ladder", ladder.of), lines, places);
        self.figure(&format!("{}: a step down may take", ladder.of), ladder.within_ms.as_ref());
    }

    fn route(&mut self, route: &Route) {
        let Node::Ladder { rungs } = &route.node else {
            self.facts(
                &format!("routes.{}: time", route.name),
                vec![format!("{} ms for the whole call at our edge", route.timeout_ms)],
                Vec::new(),
            );
            return;
        };
        let mut lines = vec![format!("{} ms for the whole call at our edge", route.timeout_ms)];
        for rung in rungs {
            let share = f64::from(rung.within_ms) / f64::from(route.timeout_ms.max(1));
            lines.push(format!(
                "{}: {} ms of its own ({}), and leaves {} ms to the rungs below",
                rung.name,
                rung.within_ms,
                percent(share),
                rung.reserve_ms
            ));
            if let (Node::Model(call), Some(plan)) = (&rung.node, self.plan)
                && let Some(model) = plan.models.get(usize::from(call.model.0))
            {
                lines.push(format!("  {}: {}", model.label(), guards(&model.protect)));
            }
        }
        let sum: u32 = rungs.iter().map(|rung| rung.within_ms).sum();
        let terms: Vec<String> = rungs.iter().map(|rung| rung.within_ms.to_string()).collect();
        lines.push(format!("{} = {sum} ms ≤ {} ms", terms.join(" + "), route.timeout_ms));
        self.facts(&format!("routes.{}: time of each rung", route.name), lines, Vec::new());
    }
}

/// Guards in a line.
pub(crate) fn guards(protect: &crate::plan::Protect) -> String {
    let mut parts = Vec::new();
    match protect.limiter {
        Limiter::Off => {}
        Limiter::Fixed { max } => parts.push(format!("at most {} at once", number(f64::from(max)))),
        Limiter::Adaptive { min, max, .. } => parts.push(format!("{min} to {} at once, by service time", number(f64::from(max)))),
    }
    if let Some(Breaker { failure_ratio, calls_min, window_ms, .. }) = protect.breaker {
        parts.push(format!(
            "opens at {} failures of {calls_min} calls in {} s",
            percent(failure_ratio),
            number(f64::from(window_ms) / 1_000.0)
        ));
    }
    parts.extend(protect.timeout_ms.map(|timeout| format!("at most {timeout} ms a call")));
    parts.extend(
        protect.queue.map(|queue| {
            format!("up to {} wait, {} ms accepted", number(f64::from(queue.max)), number(f64::from(queue.target_us) / 1_000.0))
        }),
    );
    parts.extend(protect.batch.map(|batch| {
        let wait = if batch.wait_us == 0 {
            "only what waits".to_owned()
        } else {
            format!("waits {} ms", number(f64::from(batch.wait_us) / 1_000.0))
        };
        format!("batches of up to {} rows, {wait}", number(f64::from(batch.rows_max)))
    }));
    parts.extend(protect.retry.map(|retry| format!("tries again {} times within {}", retry.retries_max, percent(retry.budget_ratio))));
    parts.extend(protect.hedge.map(|hedge| {
        let after = hedge.after_ms.map_or_else(|| "its p95".to_owned(), |after| format!("{after} ms"));
        format!("asks twice after {after} within {}", percent(hedge.budget_ratio))
    }));
    if parts.is_empty() { "no guards".to_owned() } else { parts.join("; ") }
}

pub(super) fn reason(reason: HardReason) -> &'static str {
    match reason {
        HardReason::Declared => "declared hard",
        HardReason::NeededByEveryRung => "every rung needs it, and nothing stands in for it",
        HardReason::NeededByTheFullRung => "the full rung needs it, and nothing stands in for it",
        HardReason::SharedWithoutLadder => "shared, without a ladder; taken as hard",
    }
}

fn rung(rung: &LadderRung) -> String {
    let means = match &rung.means {
        RungMeans::Model { model, version: Some(version) } => format!("{model}@{version}"),
        RungMeans::Model { model, version: None } => model.to_string(),
        RungMeans::Full(word) => format!("{word} (full)"),
        RungMeans::PreviousVersion(word) => format!("{word} (an earlier version)"),
        RungMeans::Rule => "a rule".to_owned(),
        RungMeans::Static => "a fixed answer".to_owned(),
        RungMeans::Lookup => "a table".to_owned(),
        RungMeans::Cached => "an earlier answer".to_owned(),
        RungMeans::Precomputed => "computed beforehand".to_owned(),
        RungMeans::SameProvider => "another service of the same provider".to_owned(),
        RungMeans::Element(element) => element.to_string(),
        RungMeans::Composite => "several nodes".to_owned(),
        RungMeans::Other(word) => word.clone(),
    };
    let needs: Vec<String> = rung.needs.iter().map(|need| need.element.id.to_string()).collect();
    let needs = if needs.is_empty() { "needs nothing".to_owned() } else { format!("needs {}", needs.join(", ")) };
    let shared: Vec<String> = rung.shared.iter().map(|need| need.element.id.to_string()).collect();
    let fate = if shared.is_empty() { String::new() } else { format!("; breaks with the rung above when {} breaks", shared.join(", ")) };
    format!("{}: {means}; {needs}{fate}", rung.name)
}
