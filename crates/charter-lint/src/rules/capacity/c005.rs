//! A model that may be switched off, under a promise that does not wait for it.

use super::promise::{Promise, Promises};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{Element, LadderRung, RungMeans, ServedCapacity};
use charter_spec::{Diagnostic, Severity, Span};

pub(super) const RULE: Rule = Rule {
    code: "C005",
    severity: Severity::Error,
    title: "scale to zero under a latency scenario",
    page: include_str!("../../../tests/rules/C005.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let promises = Promises::new(lint);
    for served in &lint.resolved.capacity.models {
        let Some(place) = served.scales_to_zero else { continue };
        let Some(promise) = promises.of(&served.id) else { continue };
        let room = promise.room_ms();
        let load_time = served.load_time_ms.as_ref();
        if load_time.is_some_and(|load_time| load_time.value() <= room) || is_covered(lint, &served.element, room) {
            continue;
        }
        findings.push(match load_time {
            Some(load_time) => decided(served, place, &promise, (load_time.value(), load_time.span())),
            None => undecided(served, place, &promise),
        });
    }
}

fn decided(served: &ServedCapacity, place: Span, promise: &Promise<'_>, (load_time, load_place): (f64, Span)) -> Diagnostic {
    let room = promise.room_ms();
    let message = format!(
        "`{}` may scale to zero, and a cold start of {} ms does not fit the {} ms {}",
        served.id,
        number(load_time),
        number(room),
        promise.room_words()
    );
    let finding = places(RULE.finding(message), place, promise).at(load_place, "the cold start").sum(format!(
        "{} ms load time > {} ms {}",
        number(load_time),
        number(room),
        promise.room_words()
    ));
    finding.help(way_out(served, room)).proven()
}

fn undecided(served: &ServedCapacity, place: Span, promise: &Promise<'_>) -> Diagnostic {
    let (room, words) = (number(promise.room_ms()), promise.room_words());
    let message = format!("`{}` may scale to zero, and nothing shows that a cold start fits the {room} ms {words}", served.id);
    let finding = places(RULE.finding(message), place, promise);
    finding
        .sum(format!("load time (not given) ≤ {room} ms {words}?"))
        .help(way_out(served, promise.room_ms()))
        .assumes(format!("a cold start takes longer than {room} ms"))
        .asks(format!("`capacity.{}.load_time`: with it this is decided", served.id))
}

fn places(finding: Diagnostic, place: Span, promise: &Promise<'_>) -> Diagnostic {
    let finding = finding.at(place, "no replica may be there when a request comes");
    let finding = match promise.inference {
        Some(_) => finding.at(promise.room_span(), "what an answer of the model may take"),
        None => finding,
    };
    finding.at(promise.measure, format!("promised by `{}`", promise.scenario))
}

fn way_out(served: &ServedCapacity, room: f64) -> String {
    format!(
        "keep one replica: `min_replicas: 1`; or let a rung without the model answer `within` {} ms: `degradation.{}.within`",
        number(room),
        served.id
    )
}

/// Whether a lower rung that does not wait for the model is said to answer in time.
fn is_covered(lint: &Lint<'_>, element: &Element, room: f64) -> bool {
    lint.resolved.ladders.of(element).any(|ladder| {
        ladder.rungs.iter().skip(1).filter(|rung| stands_in(rung, element)).any(|rung| {
            let within = rung.within_ms.as_ref().or(ladder.within_ms.as_ref());
            within.is_some_and(|within| within.value() <= room)
        })
    })
}

fn stands_in(rung: &LadderRung, element: &Element) -> bool {
    match &rung.means {
        RungMeans::Rule | RungMeans::Static | RungMeans::Lookup | RungMeans::Cached | RungMeans::Precomputed | RungMeans::Other(_) => true,
        RungMeans::Model { model, .. } => *model != element.id,
        RungMeans::Element(other) => other.id != element.id,
        RungMeans::Full(_) | RungMeans::PreviousVersion(_) | RungMeans::SameProvider | RungMeans::Composite => false,
    }
}
