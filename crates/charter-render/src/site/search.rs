//! The index that the search reads: one line a page, an element, a rule. A script rather than JSON, since a page that is opened from a folder may
//! load scripts and nothing else.

use super::links::Page;
use super::site::Site;
use super::summary::{elements, kind, summary};
use std::fmt::Write;

/// Longest text of an entry, in characters.
const TEXT_MAX: usize = 160;

pub(super) fn index(site: &Site<'_>) -> String {
    let mut script = String::from("window.charterIndex=[\n");
    for page in Page::GROUPS.iter().flat_map(|(_, pages)| pages.iter()) {
        line(&mut script, page.title(), "page", page.file(), "");
    }
    for element in elements(site) {
        line(&mut script, element.id.as_str(), kind(element.section), &site.links.href(&element), &summary(site, &element));
    }
    for rule in site.input.rules {
        line(&mut script, rule.code, "rule", &format!("rules.html#{}", rule.code), rule.title);
    }
    script.push_str("];\n");
    script
}

fn line(script: &mut String, title: &str, kind: &str, href: &str, text: &str) {
    let text: String = text.chars().take(TEXT_MAX).collect();
    let _ = writeln!(script, "[{},{},{},{}],", quoted(title), quoted(kind), quoted(href), quoted(&text));
}

/// A string of JavaScript that ends neither itself nor a script element.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\u{0}'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
