//! A foreign tree as YAML again: block style, and every value such as it was read. What stood plain stands plain, what stood in quotes is text.
//!
//! Comments, anchors and the way in which a text was folded are not in a tree, so they are not written.

use super::yaml::{Kind, Node, is_surely_text};
use crate::document::{block_text, can_be_literal, keyed, quoted};
use std::fmt::Write;

/// A level of indentation.
const STEP: usize = 2;

/// The documents as one stream.
pub(crate) fn stream<'n>(documents: impl IntoIterator<Item = &'n Node>) -> String {
    let mut out = String::new();
    for document in documents {
        out.push_str("---\n");
        match &document.kind {
            Kind::Map(pairs) if !pairs.is_empty() => map(&mut out, document, 0, false),
            Kind::List(items) if !items.is_empty() => list(&mut out, items, 0),
            _ => {
                out.push_str(scalar(document, 0).trim_start());
                out.push('\n');
            }
        }
    }
    out
}

/// The pairs of a mapping; `behind` when the first stands behind the dash of a list.
fn map(out: &mut String, node: &Node, indent: usize, behind: bool) {
    for (at, (key, value)) in node.pairs().iter().enumerate() {
        if at > 0 || !behind {
            let _ = write!(out, "{:indent$}", "");
        }
        let _ = write!(out, "{}:", keyed(&key.text, false));
        match &value.kind {
            Kind::Map(pairs) if !pairs.is_empty() => {
                out.push('\n');
                map(out, value, indent + STEP, false);
            }
            Kind::List(items) if !items.is_empty() => {
                out.push('\n');
                list(out, items, indent + STEP);
            }
            _ => {
                out.push_str(&scalar(value, indent + STEP));
                out.push('\n');
            }
        }
    }
}

fn list(out: &mut String, items: &[Node], indent: usize) {
    for item in items {
        let _ = write!(out, "{:indent$}-", "");
        match &item.kind {
            Kind::Map(pairs) if !pairs.is_empty() => {
                out.push(' ');
                map(out, item, indent + STEP, true);
            }
            Kind::List(inner) if !inner.is_empty() => {
                out.push('\n');
                list(out, inner, indent + STEP);
            }
            _ => {
                out.push_str(&scalar(item, indent + STEP));
                out.push('\n');
            }
        }
    }
}

/// A value that is no block, with the space before it; the lines of a text stand at `indent`.
fn scalar(node: &Node, indent: usize) -> String {
    match &node.kind {
        Kind::List(_) => " []".to_owned(),
        Kind::Map(_) => " {}".to_owned(),
        // No value at all.
        Kind::Text { text, plain: true } if text.is_empty() => String::new(),
        Kind::Text { text, plain: true } if !text.contains('\n') => format!(" {text}"),
        Kind::Text { text, .. } if text.contains('\n') && can_be_literal(text) => block_text(text, indent),
        Kind::Text { text, .. } if is_surely_text(text) => format!(" {text}"),
        Kind::Text { text, .. } => format!(" {}", quoted(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Node, Notes, same, trees};
    use super::stream;
    use charter_spec::FileId;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn read(text: &str) -> Vec<Node> {
        trees(text, FileId::default(), 0, &mut Notes::default())
    }

    fn comes_back(text: &str) {
        let before = read(text);
        let written = stream(&before);
        let after = read(&written);
        assert!(before.len() == after.len() && before.iter().zip(&after).all(|(one, other)| same(one, other)), "{text}\n=====\n{written}");
        assert_eq!(written, stream(&after), "what is written once is written the same again");
    }

    #[test]
    fn values_come_back_as_they_were() {
        comes_back(
            "a: 1\nb: '1'\nc: 2022-01-01 12:00:00\nd: ~\ne:\nf: ''\ng: \"yes\"\nh: yes\ni: [[], {}, [1, '1']]\nj: {k: {l: [a: b, c]}}\n",
        );
        comes_back("q: |\n  sum(x{a=\"b\"})\n    / 2\n\n  or vector(0)\nr: >\n  folded\n  text\n\n  two\ns: |+\n  ends\n\nt: 'a: b # c'\n");
        comes_back("- a\n- [b]\n---\n'only text'\n---\n4\n---\n? [x, y]\n: 1\n\"2\": 3\ntrue: 4\n");
    }

    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "[ -~]{0,12}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
            "[a-z :#\n-]{0,8}".prop_map(|text| format!("\"{}\"", text.replace('\n', "\\n"))),
            Just("1.50".to_owned()),
            Just("0o7".to_owned()),
            Just("no".to_owned()),
            Just("~".to_owned()),
            "[a-z]{1,6}( [a-z]{1,6}){0,3}",
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
                prop::collection::btree_map("[a-zA-Z0-9]{1,6}", inner, 0..4).prop_map(|map| format!(
                    "{{{}}}",
                    map.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", ")
                )),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_read_comes_back(value in value()) {
            comes_back(&format!("a: {value}\n"));
        }
    }
}
