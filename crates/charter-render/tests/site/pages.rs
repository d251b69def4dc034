//! What holds for every page of every example.

use crate::support::{example, folder, parsed, rendered, site};
use std::collections::{BTreeMap, BTreeSet};

const EXAMPLES: [&str; 5] = ["shop", "reference", "hospital-assistant", "bank-fraud", "edge-vision"];

pub(crate) fn sites() -> impl Iterator<Item = (&'static str, BTreeMap<String, String>)> {
    EXAMPLES.into_iter().map(|name| (name, site(&folder(&example(name)))))
}

#[test]
fn the_same_charter_gives_the_same_bytes() {
    for name in EXAMPLES {
        let files = folder(&example(name));
        assert_eq!(rendered(&files), rendered(&files), "{name}");
    }
}

#[test]
fn every_link_leads_to_a_page_and_an_anchor() {
    for (name, site) in sites() {
        let anchors: BTreeMap<String, BTreeSet<String>> = parsed(&site, |path, document| {
            let mut ids = BTreeSet::new();
            for id in document.descendants().filter_map(|node| node.attribute("id")) {
                assert!(ids.insert(id.to_owned()), "{name}/{path}: `{id}` is there twice");
            }
            (path.to_owned(), ids)
        })
        .into_iter()
        .collect();
        let links = parsed(&site, |path, document| {
            let targets = document.descendants().filter_map(|node| node.attribute("href").or_else(|| node.attribute("src")));
            targets.map(|target| (path.to_owned(), target.to_owned())).collect::<Vec<_>>()
        });
        let mut checked = 0;
        for (page, target) in links.into_iter().flatten() {
            if target.starts_with("https://") || target.starts_with("http://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').map_or((target.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let file = if file.is_empty() { page.as_str() } else { file };
            assert!(site.contains_key(file), "{name}/{page}: `{target}` leads to no file");
            if let Some(anchor) = anchor {
                assert!(anchors[file].contains(anchor), "{name}/{page}: `{target}` leads to no anchor");
            }
            checked += 1;
        }
        assert!(checked > 500, "{name}: {checked}");
    }
}

#[test]
fn links_of_the_search_lead_somewhere_too() {
    for (name, site) in sites() {
        let index = &site["search.js"];
        let targets: Vec<&str> = index.lines().filter_map(|line| line.split("\",\"").nth(2)).collect();
        assert!(targets.len() > 40, "{name}: {}", targets.len());
        for target in targets {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let page = site.get(file).unwrap_or_else(|| panic!("{name}: the search leads to `{target}`"));
            assert!(anchor.is_empty() || page.contains(&format!("id=\"{anchor}\"")), "{name}: the search leads to `{target}`");
        }
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    for (name, site) in sites() {
        for (path, text) in &site {
            assert!(!text.contains("src=\"http") && !text.contains("src=\"//"), "{name}/{path}");
            assert!(!text.contains("@import") && !text.contains("url(http") && !text.contains("fetch(\"http"), "{name}/{path}");
        }
        parsed(&site, |path, document| {
            for node in document.descendants().filter(|node| node.is_element()) {
                let outside = node.attribute("href").is_some_and(|href| href.starts_with("http"));
                assert!(!outside || node.tag_name().name() == "a", "{name}/{path}: {node:?}");
            }
        });
    }
}

#[test]
fn pages_have_landmarks_one_title_and_named_pictures() {
    for (name, site) in sites() {
        parsed(&site, |path, document| {
            let all = |tag: &str| document.descendants().filter(|node| node.tag_name().name() == tag).count();
            for tag in ["main", "nav", "h1", "footer"] {
                assert_eq!(all(tag), 1, "{name}/{path}: {tag}");
            }
            // The outline has no gaps: a screen reader walks it.
            let mut last = 0;
            for heading in document.descendants().map(|node| node.tag_name().name()).filter(|name| name.len() == 2 && name.starts_with('h'))
            {
                let Some(level) = heading[1..].parse::<u8>().ok() else { continue };
                assert!(level <= last + 1, "{name}/{path}: h{level} under h{last}");
                last = level;
            }
            for picture in document.descendants().filter(|node| node.tag_name().name() == "svg") {
                assert!(picture.attribute("aria-label").is_some_and(|label| !label.is_empty()), "{name}/{path}: a picture without a name");
            }
            for table in document.descendants().filter(|node| node.tag_name().name() == "table") {
                assert!(table.descendants().any(|node| node.tag_name().name() == "thead"), "{name}/{path}: a table without heads");
            }
            // A paragraph ends where a block begins, whatever its end tag says.
            for paragraph in document.descendants().filter(|node| node.tag_name().name() == "p") {
                let block = paragraph
                    .descendants()
                    .find(|node| matches!(node.tag_name().name(), "div" | "ul" | "ol" | "table" | "details" | "dl" | "section"));
                assert!(block.is_none(), "{name}/{path}: {block:?} in a paragraph: {:?}", paragraph.text());
            }
        });
    }
}

#[test]
fn the_whole_document_has_every_chapter_and_leads_within_itself() {
    for (name, site) in sites() {
        let book = &site["print.html"];
        for part in
            ["Contents", "id=\"page-index\"", "id=\"page-scenarios\"", "id=\"page-roadmap\"", "id=\"page-waivers\"", "class=\"cover\""]
        {
            assert!(book.contains(part), "{name}: {part}");
        }
        let (_, body) = book.split_once("<main").expect("a body");
        for link in body.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let outside = link.starts_with("http") || link.starts_with("mailto:");
            let reference = ["rules.html", "glossary.html"].iter().any(|page| link.starts_with(page));
            assert!(outside || reference || link.starts_with('#'), "{name}: `{link}` leaves the document");
        }
        assert!(book.contains("2 measurements of 2026-11-20"), "{name}: the cover says how old the evidence is");
    }
}

#[test]
fn the_brief_says_what_holds_and_what_contradicts() {
    let reference = site(&folder(&example("reference")));
    let brief = &reference["index.html"];
    for part in ["Of 7 promises", "conflicts in the charter are open", "Open conflicts", "Next gate", "recommend-latency"] {
        assert!(brief.contains(part), "{part}");
    }
    let shop = site(&folder(&example("shop")));
    assert!(shop["index.html"].contains("Of 19 promises") || shop["index.html"].contains("promises"), "a count of promises");
    assert!(shop["decision-adr-001.html"].contains("What turns it over"));
    assert!(shop["model-fraud.html"].contains("<h2>Card</h2>"));
}

#[test]
fn a_site_has_a_size_that_a_mail_takes() {
    for (name, site) in sites() {
        let bytes: usize = site.values().map(String::len).sum();
        println!("{name}: {} files, {} KB", site.len(), bytes / 1024);
        assert!(bytes < 3 << 20, "{name}: {bytes}");
    }
}

/// For looking at: `SITE=folder cargo test -p charter-render --test site`.
#[test]
fn sites_are_written_where_somebody_wants_to_look() {
    let Some(out) = std::env::var_os("SITE") else { return };
    for (name, site) in sites() {
        let folder = std::path::Path::new(&out).join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (path, text) in &site {
            std::fs::write(folder.join(path), text).expect("a file");
        }
    }
}

#[test]
fn bars_of_the_roadmap_end_where_its_figures_say() {
    let site = site(&folder(&example("reference")));
    let bars: Vec<(String, f64, f64)> = parsed(&site, |path, document| {
        let bars = document
            .descendants()
            .filter(|node| node.attribute("class").is_some_and(|class| class.starts_with("bar ")) && path == "roadmap.html");
        let figure = |node: &roxmltree::Node<'_, '_>, name| node.attribute(name).unwrap().parse::<f64>().unwrap();
        bars.filter(|node| node.attribute("width").is_some())
            .map(|node| (node.attribute("class").unwrap().to_owned(), figure(&node, "x"), figure(&node, "width")))
            .collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    let of = |class: &str| bars.iter().filter(|(found, ..)| found == class).map(|(_, x, width)| (*x, *width)).collect::<Vec<_>>();
    let (sure, late) = (of("bar sure"), of("bar late"));
    // Discovery lasts 2 to 4 weeks, so half its bar is sure: what a week is wide.
    let week = sure[0].1 / 2.0;
    let weeks = |bars: &[(f64, f64)]| bars.iter().map(|(x, width)| ((x + width - sure[0].0) / week).round()).collect::<Vec<f64>>();
    assert_eq!(weeks(&sure), [2.0, 6.0, 12.0, 20.0], "at the earliest");
    assert_eq!(weeks(&late), [4.0, 10.0, 22.0, 38.0], "at the latest");
}
