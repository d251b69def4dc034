//! A rung that breaks with the one above it.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::{Ladder, LadderRung, Need, RungMeans};
use charter_spec::{SectionName, Severity, Span};

pub(super) const RULE: Rule = Rule {
    code: "F002",
    severity: Severity::Error,
    title: "a rung needs what broke the rung above",
    page: include_str!("../../../tests/rules/F002.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for ladder in &lint.resolved.ladders.all {
        for (at, rung) in ladder.rungs.iter().enumerate() {
            // Without a hard dependency there is no answer by declaration: no rung is asked to survive it.
            let Some(shared) = rung.shared.iter().find(|need| !is_hard(lint, need)) else { continue };
            let above = ladder
                .rungs
                .iter()
                .take(at)
                .find_map(|above| Some((above, above.needs.iter().find(|need| need.element == shared.element)?)));
            if let Some((above, cause)) = above {
                report(ladder, at, (rung, shared), (above, cause), findings);
            }
        }
    }
}

fn is_hard(lint: &Lint<'_>, need: &Need) -> bool {
    let dependency =
        (need.element.section == SectionName::Dependencies).then(|| lint.resolved.spec.dependencies.get(&need.element.id)).flatten();
    dependency.and_then(|dependency| dependency.hard.as_ref()).is_some_and(|hard| hard.value)
}

fn report(ladder: &Ladder, at: usize, (rung, shared): (&LadderRung, &Need), (above, cause): (&LadderRung, &Need), findings: &mut Findings) {
    let fate = &shared.element.id;
    let below = ladder.rungs.iter().skip(at + 1).find(|below| !below.needs.iter().any(|need| need.element == shared.element));
    // An earlier version is there for faults of the new one, and something below stands on its own for the rest.
    let for_other_faults = is_earlier_version(rung, above) && below.is_some();
    let severity = if for_other_faults { Severity::Warning } else { Severity::Error };
    let message = match rung.means {
        RungMeans::SameProvider => format!("`{}` of `{}` is at the provider that `{}` fails with", rung.name, ladder.of.id, above.name),
        _ => format!("`{}` of `{}` needs `{fate}`, as `{}` above it does", rung.name, ladder.of.id, above.name),
    };
    let mut finding = RULE.finding_of(severity, message).at(rung.span, format!("down when `{fate}` is down"));
    finding = finding.at(other_place(cause.span, rung.span, above.span), format!("`{}` is down then too", above.name));
    finding = match below {
        Some(below) => finding.sum(format!("`{fate}` down: `{}` and `{}` fail together, `{}` answers", above.name, rung.name, below.name)),
        None => finding.sum(format!("`{fate}` down: `{}` and `{}` fail together, and nothing is left below", above.name, rung.name)),
    };
    let way_out = match rung.means {
        RungMeans::SameProvider => "take the cheaper model at another provider, or leave the rung out".to_owned(),
        _ => format!("let `{}` do without `{fate}`, or give `{fate}` a ladder of its own", rung.name),
    };
    findings.push(finding.help(way_out).proven());
}

/// The rung above, where the need itself is written in the rung that is judged or only implied.
fn other_place(cause: Span, rung: Span, above: Span) -> Span {
    if cause == rung { above } else { cause }
}

fn is_earlier_version(rung: &LadderRung, above: &LadderRung) -> bool {
    match (&rung.means, &above.means) {
        (RungMeans::PreviousVersion(_), _) => true,
        (RungMeans::Model { model, .. }, RungMeans::Model { model: of, .. }) => model == of,
        _ => false,
    }
}
