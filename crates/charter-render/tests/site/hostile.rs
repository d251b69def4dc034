//! Text of a charter stays text.

use crate::support::{parsed, site};
use charter_spec::FileSet;

const EVIL: &str = r#"</script><script>alert(1)</script><img src=x onerror=alert(2)>"&<b onclick='x'>"#;

fn hostile() -> FileSet {
    let text = format!(
        r#"charter: 1
system: shop
title: {evil}
owner: {evil}
stakeholders: {{ someone: {{ role: {evil}, name: {evil}, contact: {evil}, about: {evil} }} }}
load: {{ peak: 100 rps }}
quality:
  fast: {{ attribute: performance, source: {evil}, stimulus: {evil}, environment: {evil}, artifact: route, response: {evil}, measure: p99(latency) < 200ms, under: load.peak, law: {evil}, why: {evil} }}
constraints: {{ stay: {{ text: {evil}, check: cost.total <= 5 USD/month, law: {evil} }} }}
dependencies: {{ lake: {{ direction: upstream, kind: http, via: {evil}, region: {evil}, url: "javascript:alert(1)", about: {evil}, facts: {{ fact: {evil} }} }} }}
models: {{ score: {{ task: regression, about: {evil}, license: {evil}, card: cards/evil.md, versions: {{ v1: {{ oip: "javascript:alert(1)", about: {evil} }} }} }} }}
routes: {{ route: {{ about: {evil}, answer: {{ ladder: {{ full: {{ model: score@v1 }}, last: {{ rule: "1.0", as: score }} }} }} }} }}
flags: {{ flag: {{ about: {evil}, variants: {{ on: {evil} }}, default: on, turns: [{evil}] }} }}
cost: {{ ceiling: 5 USD/month }}
controls: {{ door: {{ enforce: [{evil}], where: {evil}, about: {evil}, law: {evil} }} }}
decisions:
  choice:
    status: accepted
    title: {evil}
    question: {evil}
    context: {evil}
    rationale: {evil}
    record: decisions/evil.md
    criteria: {{ price: 60%, speed: 40% }}
    options: {{ one: {{ scores: [5, 3], chosen: true, about: {evil}, pros: [{evil}] }}, two: {{ scores: [3, 4], because_not: {evil} }} }}
    consequences: {{ more: {{ about: {evil}, good: false }} }}
risks: {{ loss: {{ about: {evil}, probability: high, impact: critical, mitigate: [{evil}], accept: {evil} }} }}
challenges: {{ hard: {{ response: {evil}, about: {evil}, by: [{evil}] }} }}
assurance: {{ offline: {{ about: {evil}, before: {evil} }} }}
roadmap: {{ mvp: {{ box: 2w, about: {evil}, do: {{ build: {evil} }}, gate: {{ go: [{evil}], stop: else }} }} }}
architecture: {{ people: {{ visitor: {evil} }}, containers: {{ part: {{ tech: {evil}, about: {evil}, talks_to: {{ lake: {evil} }} }} }} }}
waivers: {{ later: {{ rule: {evil}, why: {evil}, until: 2027-01-01 }} }}
"#,
        evil = serde_json::Value::from(EVIL)
    );
    let mut files = FileSet::single("charter.yaml", text.into_bytes());
    let markdown = format!(
        "# {EVIL}\n\n{EVIL}\n\n[x](javascript:alert(1)) [y](data:text/html,x) ![z](http://x/y.png) <iframe src=//x></iframe>\n\n<style>*{{}}</style>\n"
    );
    files.insert("cards/evil.md", markdown.clone().into_bytes());
    files.insert("decisions/evil.md", markdown.into_bytes());
    files
}

#[test]
fn no_text_of_a_charter_becomes_markup() {
    let site = site(&hostile());
    assert!(site["index.html"].contains("&lt;script&gt;alert(1)"), "the title is shown");
    for (path, text) in &site {
        for bad in ["<script>alert", "<img", "<iframe", "<style", "onerror=alert(2)>\"&<", "href=\"javascript:", "href=\"data:"] {
            assert!(!text.contains(bad), "{path} holds {bad}");
        }
    }
    parsed(&site, |path, document| {
        for node in document.descendants().filter(|node| node.is_element()) {
            let name = node.tag_name().name();
            assert!(!matches!(name, "img" | "iframe" | "object" | "embed" | "base" | "form"), "{path}: <{name}>");
            if name == "script" {
                assert_eq!(node.attribute("src"), Some("site.js"), "{path}");
                assert!(node.text().is_none_or(str::is_empty), "{path}: a script with a body");
            }
            for attribute in node.attributes() {
                assert!(!attribute.name().starts_with("on"), "{path}: {}", attribute.name());
                assert!(!attribute.value().trim_start().to_ascii_lowercase().starts_with("javascript:"), "{path}");
            }
        }
    });
}

#[test]
fn the_search_index_is_one_expression_of_strings() {
    let site = site(&hostile());
    let index = &site["search.js"];
    assert!(index.starts_with("window.charterIndex=[\n") && index.ends_with("];\n"));
    let body = index.trim_start_matches("window.charterIndex=").trim_end_matches(";\n").replace(",\n]", "\n]");
    let entries: Vec<[String; 4]> = serde_json::from_str(&body).expect("JSON is JavaScript");
    assert!(entries.iter().any(|entry| entry[3].contains("alert(1)")), "the text can be found");
    assert!(!index.contains('<') && !index.contains('>'));
}

#[test]
fn an_empty_charter_has_a_site_too() {
    let site = site(&FileSet::single("charter.yaml", b"charter: 1\nsystem: nothing\n".to_vec()));
    parsed(&site, |_, _| ());
    assert!(site["index.html"].contains("promises nothing yet"));
}
