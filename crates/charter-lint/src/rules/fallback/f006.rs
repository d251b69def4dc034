//! A ladder that nothing steps down, or too late.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::{Element, Ladder, LadderOrigin};
use charter_spec::ast::{Breaker, BreakerSettings};
use charter_spec::{SectionName, Severity, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "F006",
    severity: Severity::Warning,
    title: "no breaker, or one that never trips",
    page: include_str!("../../../tests/rules/F006.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    without(lint, findings);
    let spec = &lint.resolved.spec;
    let of_models = spec.models.iter().filter_map(|model| {
        let breaker = model.protect.as_ref()?.value.breaker.as_ref()?;
        Some((Element::new(SectionName::Models, &model.id.value), breaker))
    });
    let of_ladders = lint.resolved.ladders.all.iter().filter_map(|ladder| Some((ladder.of.clone(), own_breaker(ladder)?)));
    for (element, breaker) in of_models.chain(of_ladders) {
        match &breaker.value {
            Breaker::Off => findings.push(
                RULE.finding(format!("the breaker of `{}` is off", element.id))
                    .at(breaker.span, "every call waits for its time-out before the rung below is asked")
                    .help("leave it out for the default, or state figures: `{ errors: 50%, window: 10s, min_calls: 20 }`")
                    .proven(),
            ),
            Breaker::Settings(settings) => never_trips(lint, &element, settings, findings),
            Breaker::Default => {}
        }
    }
}

fn own_breaker(ladder: &Ladder) -> Option<&Spanned<Breaker>> {
    (ladder.origin == LadderOrigin::Degradation).then_some(ladder.breaker.as_ref()).flatten()
}

/// Ladders of routes have a default breaker in each model; ladders that are only stated have what is stated. One missing default is one finding.
fn without(lint: &Lint<'_>, findings: &mut Findings) {
    let ladders = &lint.resolved.ladders;
    let executed = |ladder: &Ladder| ladders.of(&ladder.of).any(|other| other.origin == LadderOrigin::Answer);
    let bare: Vec<&Ladder> = ladders
        .all
        .iter()
        .filter(|ladder| ladder.origin == LadderOrigin::Degradation && ladder.breaker.is_none() && !executed(ladder))
        .collect();
    let Some(first) = bare.first() else { return };
    let names: Vec<String> = bare.iter().take(8).map(|ladder| format!("`{}`", ladder.of.id)).collect();
    let more = if bare.len() > names.len() { format!(" and {} more", bare.len() - names.len()) } else { String::new() };
    findings.push(
        RULE.finding(format!("nothing says when to stop asking the full rung of {}{more}", names.join(", ")))
            .at(first.span, "no `breaker`, here or under `degradation.default`")
            .help("write one for all: `degradation: { default: { breaker: { errors: 50%, window: 10s, min_calls: 20, open: 30s } } }`")
            .proven()
            .asks("`degradation.default.breaker`"),
    );
}

fn never_trips(lint: &Lint<'_>, element: &Element, settings: &BreakerSettings, findings: &mut Findings) {
    let (Some(window), Some(calls)) = (&settings.window, &settings.min_calls) else { return };
    let load = &lint.resolved.load;
    // The peak is the best case: what does not trip then never does.
    let Some(rate) = load.of(element).or_else(|| load.of_id(&element.id)).and_then(|served| served.peak_rps.as_ref()) else { return };
    #[allow(clippy::cast_precision_loss)] // A count is at most 2^53.
    let needed = calls.value.count() as f64;
    let seen = rate.value() * window.seconds();
    if seen >= needed {
        return;
    }
    let finding = RULE
        .finding(format!("the breaker of `{}` never sees enough calls to trip", element.id))
        .at(calls.span, format!("waits for {} calls", number(needed)))
        .at(window.span, format!("in {}", window.value))
        .at(rate.span(), format!("at the peak {} come in a second", number(rate.value())))
        .sum(format!("{} rps × {} s = {} calls < {}", number(rate.value()), number(window.seconds()), number(seen), number(needed)))
        .help(format!("lengthen the window to at least {} s, or ask for fewer calls", number((needed / rate.value()).ceil())));
    findings.push(crate::rules::basis::rests_on(finding, &[rate]));
}
