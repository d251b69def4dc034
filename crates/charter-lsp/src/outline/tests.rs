//! Where a place is: the place is the `|` in the text.

use super::*;
use proptest::prelude::*;

/// Path, role and word at the `|`.
fn at(marked: &str) -> Option<(String, Role, String)> {
    let offset = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let spot = Outline::spot(&text, offset)?;
    Some((shown(&spot.path), spot.role, text[spot.word].to_owned()))
}

fn shown(path: &[Step]) -> String {
    let steps: Vec<&str> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.as_str(),
            Step::Item => "-",
        })
        .collect();
    steps.join(".")
}

#[track_caller]
fn is(marked: &str, path: &str, role: Role, word: &str) {
    assert_eq!(at(marked), Some((path.to_owned(), role, word.to_owned())), "{marked}");
}

#[test]
fn keys_and_values_in_blocks() {
    is("load:\n  pe|ak: 1 rps\n", "load", Role::Key, "peak");
    is("load:\n  peak: 1 r|ps\n", "load.peak", Role::Value, "1 rps");
    is("load:\n  peak: |\n", "load.peak", Role::Value, "");
    is("load:\n  peak: | # why\n", "load.peak", Role::Value, "");
    is("load:\n  peak: 1\nqua|", "", Role::Key, "qua");
    is("models:\n  fraud:\n    task: x\n    ver|\nroutes:\n", "models.fraud", Role::Key, "ver");
    is("models:\n  fraud:\n    task: x\n    |\nroutes:\n", "models.fraud", Role::Key, "");
    is("models:\n  fraud:\n    task: x\n  |\nroutes:\n", "models", Role::Key, "");
    is("models:\n  fraud:\n    |\n", "models.fraud", Role::Open, "");
    is("models:\n  fraud:\n    ta|\n", "models.fraud", Role::Open, "ta");
    is("|", "", Role::Key, "");
    is("load: { peak: 1 rps }\n|", "", Role::Key, "");
    is("\"a b\":\n  c|: 1\n", "a b", Role::Key, "c");
    assert_eq!(at("a: 1 # no|te\n"), None);
    assert_eq!(at("a: >\n  long te|xt: here\nb: 1\n"), None);
    is("a: >\n  long text: here\nb|: 1\n", "", Role::Key, "b");
}

#[test]
fn lists_in_blocks() {
    is("include:\n  - parts/a|.yaml\n", "include.-", Role::Open, "parts/a.yaml");
    is("include:\n- parts/a|.yaml\nload: 1\n", "include.-", Role::Open, "parts/a.yaml");
    is("include:\n- a\nlo|ad: 1\n", "", Role::Key, "load");
    is("scale:\n  - when: x\n    do|: up\n  - when: y\n", "scale.-", Role::Key, "do");
    is("scale:\n  - when: x\n  - wh|en: y\n", "scale.-", Role::Key, "when");
    is("scale:\n  - |\n", "scale.-", Role::Open, "");
    is("a:\n  - b:\n      c: 1\n    d|: 2\n", "a.-", Role::Key, "d");
}

#[test]
fn brackets() {
    is("load: { pe|ak: 1 rps, x: 2 }\n", "load", Role::Key, "peak");
    is("load: { peak: 1 r|ps, x: 2 }\n", "load.peak", Role::Value, "1 rps");
    is("load: { peak: | }\n", "load.peak", Role::Value, "");
    is("load: { peak: 1 rps, | }\n", "load", Role::Key, "");
    is("load: { peak: 1 rps, av| }\n", "load", Role::Key, "av");
    is("load: { peak: 1 rps, av|\nquality: 1\n", "load", Role::Key, "av");
    is("load: {|}\n", "load", Role::Key, "");
    is("a: { cares: [x, y|] }\n", "a.cares", Role::Value, "y");
    is("a: { cares: [x, |] }\n", "a.cares", Role::Value, "");
    is("a: { cares: [|] }\n", "a.cares", Role::Value, "");
    is("a: [{ b: 1, c|: 2 }]\n", "a.-", Role::Key, "c");
    is("a:\n  b: {\n    c: 1,\n    d|: 2\n  }\n", "a.b", Role::Key, "d");
    is("a: { b: 1\nload: { pe|ak: 1 }\n", "load", Role::Key, "peak");
    is("a: { b: \"x, y\", c|: 1 }", "a", Role::Key, "c");
    is("a: { b: { c: 1 }, d|: 2 }", "a", Role::Key, "d");
}

#[test]
fn siblings_stand_before_and_behind() {
    let text = "models:\n  fraud: { task: x }\n  p: 1\n  price: 1\n";
    let spot = Outline::spot(text, text.find("p:").unwrap()).unwrap();
    assert_eq!(spot.siblings, ["fraud", "price"]);
}

#[test]
fn ends_cover_what_is_under_a_key() {
    let text = "a:\n  b: { c: 1 }\n  d: |\n    long\nx: 1\n";
    let outline = Outline::of(text);
    let node = outline.nodes.iter().find(|node| node.key() == Some("a")).unwrap();
    assert_eq!(&text[node.head.start..node.end], "a:\n  b: { c: 1 }\n  d: |\n    long");
}

proptest! {
    // Whatever is typed: an answer, no panic, and words within the text.
    #[test]
    fn any_text_has_an_outline(text in "([a-c]{1,2}|[ {}\\[\\],:#|>\"'ä\n-]){0,60}", at in 0_usize..80) {
        let outline = Outline::of(&text);
        for node in &outline.nodes {
            prop_assert!(text.get(node.head.clone()).is_some() && node.end <= text.len());
            prop_assert!(node.parent.is_none_or(|parent| parent < outline.nodes.len()));
        }
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        if let Some(spot) = Outline::spot(&text, at) {
            prop_assert!(text.get(spot.word.clone()).is_some());
            prop_assert!(spot.word.start <= at && at <= spot.word.end);
        }
    }
}
