//! The reference page of patterns and choices, as Markdown.

use super::{Alternative, CHOICES, Fact, PATTERNS};
use std::fmt::Write;

/// The page without its mark of origin.
pub fn page() -> String {
    let mut text = String::from(
        "# Patterns and choices\n\n\
         What `charter check` knows of the seven patterns and of the seven choices that every system with models makes, knowingly or not. Each has a price; a charter that takes one states the \
         price (`trade_off`, A002) and shows by facts that it is paid (A004 for patterns, A005 for choices). A006 names the choices that no decision answers yet.\n\n\
         ## Patterns\n\n\
         ```yaml\npatterns:\n  rag: { where: [routes.assistant], trade_off: answers are as good as what is retrieved, decision: adr-002 }\n```\n\n\
         The id is the kind when it is one of the words; otherwise `kind:` says it.\n",
    );
    for pattern in PATTERNS {
        let _ = write!(
            text,
            "\n### {}\n\n{}\n\n| | |\n|---|---|\n| fits | {} |\n| gives | {} |\n| costs | {} |\n\nA charter shows that the price is paid when\n\n",
            pattern.kind.word(),
            pattern.what,
            pattern.fits,
            pattern.gives,
            pattern.costs
        );
        facts(&mut text, pattern.facts);
    }
    text.push_str(
        "\n## Choices\n\n```yaml\ndecisions:\n  adr-001: { kind: sync-or-async, options: { async-webhook: { scores: [5, 4], chosen: true }, sync: { scores: [3, 5], because_not: bursts } } }\n```\n\n\
         `kind:` says which choice a decision makes; its options are read by how their ids begin.\n",
    );
    for choice in CHOICES {
        let _ = write!(
            text,
            "\n### {}\n\n{} It depends on {}.\n\n| choice | gives | costs |\n|---|---|---|\n",
            choice.kind.word(),
            choice.question,
            choice.decides
        );
        for alternative in choice.alternatives {
            let _ = writeln!(text, "| `{}` | {} | {} |", alternative.word, alternative.gives, alternative.costs);
        }
        for alternative in choice.alternatives.iter().filter(|alternative| !alternative.facts.is_empty()) {
            shown(&mut text, alternative);
        }
    }
    text
}

fn shown(text: &mut String, alternative: &Alternative) {
    let _ = write!(text, "\nA charter that chose `{}` shows that\n\n", alternative.word);
    facts(text, alternative.facts);
}

fn facts(text: &mut String, facts: &[Fact]) {
    for fact in facts {
        let _ = writeln!(text, "- {}: {}", fact.words, fact.help);
    }
}
