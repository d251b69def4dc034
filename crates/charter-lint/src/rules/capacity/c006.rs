//! Too busy once a zone is lost.

use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{CapacityFigures, Figure, ServedCapacity};
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "C006",
    severity: Severity::Warning,
    title: "utilisation above 90 % after losing the fullest zone",
    page: include_str!("../../../tests/rules/C006.md"),
    check,
};

/// Above this a queue grows faster than it is served in every burst.
const BUSY_MAX: f64 = 0.9;

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let capacity = &lint.resolved.capacity;
    // The safety factor is one cause however many models it is too small for.
    if let Some((safety, busy)) = capacity.safety.as_ref().zip(capacity.zone_loss.as_ref().filter(|busy| is_too_busy(busy))) {
        findings.push(by_safety(capacity, safety, busy));
        return;
    }
    for served in &capacity.models {
        let Some(busy) = served.zone_loss.as_ref().filter(|busy| is_too_busy(busy)) else { continue };
        // Too few replicas for the peak itself are another rule's finding.
        let (planned, needed) = (served.planned.as_ref().map(Figure::value), served.replicas.as_ref().map(Figure::value));
        if planned < needed {
            continue;
        }
        findings.push(by_split(capacity, served, busy));
        if capacity.zones.is_none() {
            // Without zones every model rests on one assumption: one finding asks for it.
            return;
        }
    }
}

fn is_too_busy(busy: &Figure) -> bool {
    busy.value() > BUSY_MAX + 1e-9
}

/// Whole per cent.
fn rounded(ratio: f64) -> String {
    if ratio.is_finite() { format!("{:.0} %", ratio * 100.0) } else { "more than anything can be".to_owned() }
}

fn by_safety(capacity: &CapacityFigures, safety: &Figure, busy: &Figure) -> Diagnostic {
    let zones = zones(capacity);
    let message = format!(
        "safety {} is {} busy; on {} equal zones, losing one makes the rest {} busy",
        number(safety.value()),
        rounded(1.0 / safety.value()),
        number(zones),
        rounded(busy.value())
    );
    let mut finding = RULE.finding(message).at(safety.span(), format!("{} busy at the peak", rounded(1.0 / safety.value())));
    if let Some(written) = &capacity.zones {
        finding = finding.at(written.span(), "one of these may be lost");
    }
    let finding = sums(finding, busy);
    // busy ÷ (zones − 1) × zones must stay below the limit.
    let enough = zones / (zones - 1.0) / BUSY_MAX;
    let up = (enough * 100.0 - 1e-9).ceil() / 100.0;
    let finding = rests_on(finding.help(format!("raise `capacity.safety` to {up}, or spread over more zones")), &[busy]);
    if capacity.zones.is_none() { finding.asks("`capacity.zones`") } else { finding.asks("how replicas are spread over the zones") }
}

fn by_split(capacity: &CapacityFigures, served: &ServedCapacity, busy: &Figure) -> Diagnostic {
    let message = format!("losing the fullest zone makes the rest of `{}` {} busy", served.id, rounded(busy.value()));
    let planned = served.planned.as_ref().map_or(0.0, Figure::value);
    let mut finding = RULE.finding(message).at(served.span, format!("{} replicas", number(planned)));
    if let Some(written) = &capacity.zones {
        finding = finding.at(written.span(), "one of these may be lost");
    }
    if let Some(utilization) = &served.utilization {
        finding = sums(finding, utilization);
    }
    let finding = sums(finding, busy);
    let zones = zones(capacity);
    let even = (planned / zones).ceil().max(1.0) * zones;
    let help = if even > planned {
        format!("run {} replicas, a multiple of the zones: `min_replicas: {}`", number(even), number(even))
    } else {
        "run more replicas, or spread them over more zones".to_owned()
    };
    rests_on(finding.help(help), &[busy])
}

/// Zones as written, else as the figures assume.
fn zones(capacity: &CapacityFigures) -> f64 {
    capacity.zones.as_ref().map_or(3.0, Figure::value)
}
