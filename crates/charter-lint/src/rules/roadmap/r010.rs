//! More work than people, or work that nobody can do.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::number;
use charter_plan::arithmetic::roadmap::person_weeks;
use charter_plan::resolved::Figure;
use charter_spec::Severity;
use charter_spec::ast::{Phase, Skill, Team};
use charter_spec::names::Entry;

pub(super) const RULE: Rule = Rule {
    code: "R010",
    severity: Severity::Warning,
    title: "effort exceeds team × weeks, or a skill is missing",
    page: include_str!("../../../tests/rules/R010.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    for phase in &spec.roadmap {
        let weeks = lint.resolved.roadmap.of(phase.id.value.as_str()).and_then(|figures| figures.weeks);
        if let (Some(team), Some((_, longest))) = (&lint.resolved.roadmap.team, weeks) {
            effort(phase, team, longest, findings);
        }
        if let Some(team) = &spec.team {
            skills(phase, &team.value, findings);
        }
    }
}

fn effort(phase: &Entry<Phase>, team: &Figure, weeks: f64, findings: &mut Findings) {
    let efforts: Vec<(String, f64)> =
        phase.tasks.iter().filter_map(|task| Some((task.id.value.to_string(), person_weeks(task.effort.as_ref()?.quantity())))).collect();
    let total: f64 = efforts.iter().map(|(_, weeks)| weeks).sum();
    let room = team.value() * weeks;
    if total <= room {
        return;
    }
    let Some(time_box) = &phase.time_box else { return };
    let people = if team.value() == 1.0 { "1 person".to_owned() } else { format!("{} people", number(team.value())) };
    let terms: Vec<String> = efforts.iter().map(|(name, weeks)| format!("{name} {}", number(*weeks))).collect();
    findings.push(
        RULE.finding(format!("`{}` holds more work than the team can do in it", phase.id.value))
            .at(time_box.span, format!("{} weeks at most", number(weeks)))
            .at(team.span(), people.clone())
            .sum(format!("{} = {} person-weeks", terms.join(" + "), number(total)))
            .sum(format!("{people} × {} weeks = {} person-weeks < {}", number(weeks), number(room), number(total)))
            .help(format!(
                "cut {} person-weeks, or lengthen the phase to {} weeks",
                number(total - room),
                number((total / team.value()).ceil())
            ))
            .assumes("everyone in the team can do every task, and works on nothing else")
            .asks(format!("the `role` of each task in `{}`", phase.id.value)),
    );
}

fn skills(phase: &Entry<Phase>, team: &Team, findings: &mut Findings) {
    for task in phase.tasks.iter() {
        for skill in &task.skills {
            let known = team.skills.get_entry(&skill.value);
            if known.is_some_and(|known| known.value.value != Skill::None) {
                continue;
            }
            // A team that states no skill at all has not been asked yet.
            let Some(stated) = team.skills.span() else { continue };
            findings.push(
                RULE.finding(format!("`{}` needs `{}`, which the team lacks", task.id.value, skill.value))
                    .at(skill.span, "needed here")
                    .at(known.map_or(stated, |known| known.value.span), "what the team can do")
                    .help("plan the learning as a task before it, or get someone who can")
                    .proven(),
            );
        }
    }
}
