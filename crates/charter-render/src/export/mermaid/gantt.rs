//! The roadmap: a bar for each phase at its longest, a milestone for each gate.

use super::super::names::{Names, identifier};
use super::super::{Export, Input};
use super::text;
use charter_spec::Id;
use charter_spec::ast::{Phase, PhaseBox};
use charter_spec::names::Entry;
use std::collections::HashMap;
use std::fmt::Write;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let roadmap = &input.resolved.spec.roadmap;
    if roadmap.is_empty() {
        return;
    }
    let mut chart =
        format!("gantt\n    title {}\n    dateFormat YYYY-MM-DD\n", text(&format!("Roadmap of {}", super::super::identity::system(input))));
    let mut names = Names::default();
    let names: HashMap<&Id, String> =
        roadmap.iter().map(|phase| (&phase.id.value, names.unique(format!("p_{}", identifier(&phase.id.value))))).collect();
    if roadmap.iter().next().is_some_and(|first| first.starts.is_none()) {
        out.note(format!("the first phase says not when it starts: the chart begins on {}", input.today), roadmap.span());
    }
    let mut placed: Vec<&Id> = Vec::new();
    let mut previous: Option<&Id> = None;
    for phase in roadmap {
        let start = start(input, phase, previous, &placed, &names);
        draw(&mut chart, out, phase, &start, &names);
        placed.push(&phase.id.value);
        previous = Some(&phase.id.value);
    }
    out.file("roadmap.mmd", chart);
}

/// A date, or the phases that come before. Phases that stand further down cannot be waited for.
fn start(input: &Input<'_>, phase: &Entry<Phase>, previous: Option<&Id>, placed: &[&Id], names: &HashMap<&Id, String>) -> String {
    if let Some(starts) = &phase.starts {
        return starts.value.to_string();
    }
    let stated: Vec<&Id> = phase.after.iter().map(|after| &after.value.id).collect();
    let before: Vec<&Id> = if phase.after.is_written() { stated } else { previous.into_iter().collect() };
    let before: Vec<&str> = before.iter().filter(|id| placed.contains(id)).filter_map(|id| names.get(*id)).map(String::as_str).collect();
    if before.is_empty() { input.today.to_string() } else { format!("after {}", before.join(" ")) }
}

fn draw(chart: &mut String, out: &mut Export, phase: &Entry<Phase>, start: &str, names: &HashMap<&Id, String>) {
    let id = &phase.id.value;
    let name = names.get(id).map_or("", String::as_str);
    let _ = writeln!(chart, "    section {}", text(id));
    let days = match phase.time_box.as_ref().map(|written| &written.value) {
        Some(PhaseBox::Time(range)) => {
            // A range is drawn at its longest: what comes after it then never begins too early.
            let days = (range.high.seconds() / 86_400.0).ceil();
            let label = if range.is_single() { range.high.to_string() } else { format!("{} to {}", range.low, range.high) };
            let _ = writeln!(chart, "    {} :{name}, {start}, {days}d", text(&format!("{id} {label}")));
            days
        }
        Some(PhaseBox::Ongoing) => {
            let _ = writeln!(chart, "    {} :milestone, {name}, {start}, 0d", text(&format!("{id} begins and goes on")));
            0.0
        }
        None => {
            out.note(format!("phase `{id}` has no box, so it is a point in time"), phase.id.span);
            let _ = writeln!(chart, "    {} :milestone, {name}, {start}, 0d", text(id));
            0.0
        }
    };
    let outcomes: Vec<&str> = phase.gate.iter().map(|outcome| outcome.id.value.as_str()).collect();
    if !outcomes.is_empty() && days > 0.0 {
        let _ = writeln!(chart, "    {} :milestone, {name}_gate, after {name}, 0d", text(&format!("gate {}", outcomes.join(" / "))));
    }
    if !phase.tasks.is_empty() {
        out.note(format!("the {} tasks of phase `{id}` have no dates, so they are no bars", phase.tasks.len()), phase.tasks.span());
    }
}
