//! The graph as trees, and as a table with its gaps.

use super::Paint;
use super::sentence::wrap;
use super::table::{Cell, lines};
use charter_plan::standing::Standing;
use charter_plan::trace::{Branch, Gap, NodeKind, Row, Tree};
use std::fmt::Write;

/// One tree after the other.
pub fn trees(trees: &[Tree], paint: Paint) -> String {
    let told: Vec<String> = trees.iter().map(|tree| of_tree(tree, paint)).collect();
    told.join("\n")
}

fn of_tree(tree: &Tree, paint: Paint) -> String {
    let mut text = format!("{}  {}\n", paint.bold(&tree.node.id), paint.dim(tree.node.kind.word()));
    if !tree.node.text.is_empty() {
        let _ = writeln!(text, "{}", wrap(&tree.node.text, 0));
    }
    if tree.branches.is_empty() {
        text.push_str("linked to nothing\n");
    }
    branches(&tree.branches, "", paint, &mut text);
    text
}

fn branches(list: &[Branch], before: &str, paint: Paint, text: &mut String) {
    let groups = grouped(list);
    let count = groups.len();
    for (at, group) in groups.into_iter().enumerate() {
        let last = at + 1 == count;
        let (fork, rest) = if last { ("└─", "   ") } else { ("├─", "│  ") };
        match group {
            Group::One(branch) => {
                let _ = writeln!(text, "{before}{} {}", paint.dim(fork), line(branch, paint));
                branches(&branch.tree.branches, &format!("{before}{rest}"), paint, text);
            }
            Group::Many(link, names) => {
                let indent = before.chars().count() + 3;
                let told = wrap(&format!("{link} {}", names.join(", ")), 0);
                let told =
                    told.replace('\n', &format!("\n{before}{}{}", rest, " ".repeat(indent.saturating_sub(before.chars().count() + 3))));
                let _ = writeln!(text, "{before}{} {told}", paint.dim(fork));
            }
        }
    }
}

enum Group<'a> {
    One(&'a Branch),
    /// Leaves under one word that say no more than their names.
    Many(&'a str, Vec<&'a str>),
}

/// Neighbours that are only named stand on one line.
fn grouped(list: &[Branch]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for branch in list {
        let bare = branch.tree.branches.is_empty() && branch.because.is_empty() && is_named_only(branch)
            || branch.above && !matches!(branch.tree.node.kind, NodeKind::Verdict | NodeKind::Proof);
        match groups.last_mut() {
            Some(Group::Many(link, names)) if bare && *link == branch.link => names.push(&branch.tree.node.id),
            _ if bare => groups.push(Group::Many(branch.link, vec![&branch.tree.node.id])),
            _ => groups.push(Group::One(branch)),
        }
    }
    groups
}

fn is_named_only(branch: &Branch) -> bool {
    branch.tree.node.text.is_empty() && !matches!(branch.tree.node.kind, NodeKind::Verdict | NodeKind::Proof)
}

fn line(branch: &Branch, paint: Paint) -> String {
    let node = &branch.tree.node;
    let because = if branch.because.is_empty() { String::new() } else { paint.dim(&format!(" ({})", branch.because)) };
    match node.kind {
        NodeKind::Proof => format!("{} {}", branch.link, paint.name(&node.text)),
        NodeKind::Verdict => {
            let text = standing(node.standing.unwrap_or(Standing::Unproved), &node.text, paint);
            let reason = node.status.as_ref().map_or_else(String::new, |status| paint.dim(&format!(", {}", status.reason)));
            format!("{text}{reason}")
        }
        _ => {
            let text = if node.text.is_empty() { String::new() } else { format!("  {}", node.text) };
            format!("{} {}{because}{text}", branch.link, paint.name(&node.id))
        }
    }
}

fn standing(standing: Standing, text: &str, paint: Paint) -> String {
    match standing {
        Standing::Proved => paint.good(text),
        Standing::Broken => paint.bad(text),
        Standing::Stale | Standing::Unproved => paint.careful(text),
    }
}

/// Names in a cell; the rest is counted.
const NAMES_MAX: usize = 3;

/// The whole table, then what is missing.
pub fn matrix(rows: &[Row], gaps: &[Gap], paint: Paint) -> String {
    let head = ["requirement", "kept by", "proof", "verdict", "decided in", "risks", "matters to", "asked for by"];
    let mut table: Vec<Vec<Cell>> = vec![head.iter().map(|text| Cell::new(*text).painted(|text| paint.bold(text))).collect()];
    for row in rows {
        let names = |names: &[String]| {
            let cell = Cell::new(few(names));
            if names.is_empty() { cell.painted(|text| paint.careful(text)) } else { cell }
        };
        let proof = if row.proof.is_empty() { "none" } else { &row.proof };
        table.push(vec![
            Cell::new(&row.requirement).painted(|text| paint.name(text)),
            names(&kept_by(&row.mechanisms)),
            Cell::new(proof),
            Cell::new(row.standing.name()).painted(|text| standing(row.standing, text, paint)),
            names(&row.decisions),
            names(&row.risks),
            names(&row.stakeholders),
            names(&row.gates),
        ]);
    }
    let mut text = lines(&table, 0);
    gap_lines(gaps, paint, &mut text);
    text
}

/// Five routes read better as `routes ×5`.
fn kept_by(mechanisms: &[String]) -> Vec<String> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for name in mechanisms {
        let (section, id) = name.split_once('.').unwrap_or((name, ""));
        match sections.iter_mut().find(|(known, _)| *known == section) {
            Some((_, ids)) => ids.push(id),
            None => sections.push((section, vec![id])),
        }
    }
    let told = sections.iter().map(|(section, ids)| match ids.as_slice() {
        [""] => (*section).to_owned(),
        [id] => format!("{section}.{id}"),
        ids => format!("{section} ×{}", ids.len()),
    });
    told.collect()
}

fn few(names: &[String]) -> String {
    match names.len() {
        0 => "—".to_owned(),
        count if count <= NAMES_MAX => names.join(", "),
        count => format!("{}, +{}", names.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", "), count - NAMES_MAX),
    }
}

fn gap_lines(gaps: &[Gap], paint: Paint, text: &mut String) {
    if gaps.is_empty() {
        text.push_str("\nno gaps\n");
        return;
    }
    let _ = writeln!(text, "\n{}", paint.bold(&format!("{} gaps", gaps.len())));
    let mut at = 0;
    while let Some(first) = gaps.get(at) {
        let same: Vec<&Gap> = gaps.iter().skip(at).take_while(|gap| gap.kind == first.kind).collect();
        at += same.len();
        let _ = writeln!(text, "  {} ({})", paint.careful(first.kind.title()), same.len());
        // One way out for all is told once.
        let shared = same.iter().all(|gap| gap.help == first.help);
        if shared {
            let names: Vec<&str> = same.iter().map(|gap| gap.node.as_str()).collect();
            let _ = writeln!(text, "    {}\n    {}", wrap(&names.join(", "), 4), paint.dim(&wrap(&first.help, 4)));
        } else {
            for gap in same.iter() {
                let _ = writeln!(text, "    {}: {}", gap.node, paint.dim(&wrap(&gap.help, 6)));
            }
        }
    }
}
