//! A step down to the version that has just failed.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::{Ladder, LadderRung, RungMeans};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "F008",
    severity: Severity::Error,
    title: "previous version not pinned, or the same artifact as full",
    page: include_str!("../../../tests/rules/F008.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for ladder in &lint.resolved.ladders.all {
        for (at, rung) in ladder.rungs.iter().enumerate().skip(1) {
            if let Some(artifact) = &rung.artifact
                && let Some(above) = ladder.rungs.iter().take(at).find(|above| above.artifact.as_ref() == Some(artifact))
            {
                same(ladder, rung, above, artifact, findings);
            } else if !rung.pinned && is_version(ladder, rung) {
                unpinned(ladder, rung, findings);
            }
        }
    }
}

fn same(ladder: &Ladder, rung: &LadderRung, above: &LadderRung, artifact: &str, findings: &mut Findings) {
    findings.push(
        RULE.finding(format!("`{}` and `{}` of `{}` are the same artifact", above.name, rung.name, ladder.of.id))
            .at(rung.span, format!("`{artifact}`"))
            .at(above.span, "the same")
            .help("name the version before it: `model: ID@v1`")
            .proven(),
    );
}

fn unpinned(ladder: &Ladder, rung: &LadderRung, findings: &mut Findings) {
    findings.push(
        RULE.finding(format!("`{}` of `{}` is a version that may move", rung.name, ladder.of.id))
            .at(rung.span, "names no version, and is not pinned")
            .at(ladder.span, "in this ladder")
            .help("name the version (`model: ID@v1`) or write `pinned`")
            .proven(),
    );
}

/// Whether the rung is meant as a version of what the full rung is.
fn is_version(ladder: &Ladder, rung: &LadderRung) -> bool {
    match &rung.means {
        RungMeans::PreviousVersion(_) => true,
        RungMeans::Model { model, .. } => {
            ladder.rungs.first().is_some_and(|full| matches!(&full.means, RungMeans::Model { model: of, .. } if of == model))
        }
        _ => false,
    }
}
