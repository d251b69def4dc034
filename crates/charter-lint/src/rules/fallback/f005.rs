//! A rung that answers with something old, and nobody said how old.

use crate::rule::{Findings, Lint, Rule};
use charter_plan::resolved::{LadderRung, RungMeans};
use charter_spec::Severity;

pub(super) const RULE: Rule = Rule {
    code: "F005",
    severity: Severity::Warning,
    title: "cached rung without maximum age",
    page: include_str!("../../../tests/rules/F005.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for ladder in &lint.resolved.ladders.all {
        for rung in ladder.rungs.iter().skip(1).filter(|rung| rung.age_max_ms.is_none() && is_cached(rung)) {
            let id = &ladder.of.id;
            findings.push(
                RULE.finding(format!("`{}` of `{id}` answers from a cache of any age", rung.name))
                    .at(rung.span, "how old may it be?")
                    .at(ladder.span, "in this ladder")
                    .help("state the oldest answer that is still better than the rung below: `cached: 1h`")
                    .proven()
                    .asks(format!("the oldest good answer of `{}`", rung.name)),
            );
        }
    }
}

/// What has a figure is known as cached by it; here the word alone is left.
fn is_cached(rung: &LadderRung) -> bool {
    let says = |word: &str| word.contains("cache") || word.contains("precomputed") || word.starts_with("last-");
    match &rung.means {
        RungMeans::Cached | RungMeans::Precomputed => true,
        RungMeans::Other(word) => says(&word.to_ascii_lowercase()) || says(rung.name.as_str()),
        _ => false,
    }
}
