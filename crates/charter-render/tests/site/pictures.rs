//! Every picture of every example: its words are within it, and none lies on another.

use crate::pages::sites;
use crate::support::parsed;
use charter_render::diagram::text::width;
use roxmltree::Node;

/// A line of text with the room that it takes, by the widths of a wide font.
struct Words<'a> {
    text: &'a str,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// The size that the style sheet gives it.
fn size(class: &str, picture: &str) -> f64 {
    match class {
        "name" if picture.contains("graph") || picture.contains("ladder") => 14.0,
        "name" if picture.contains("gantt") => 13.0,
        "kind" | "mark" | "tick" | "axis" | "axis-name" | "more" | "value" | "term" | "limit-name" => 11.5,
        _ => 12.0,
    }
}

fn words<'a>(text: Node<'a, '_>, picture: &str) -> Option<Words<'a>> {
    // What is turned is the name of an axis, in room of its own.
    if text.attribute("transform").is_some() {
        return None;
    }
    let size = size(text.attribute("class").unwrap_or_default(), picture);
    let content = text.text().unwrap_or_default();
    let (x, y, wide) = (number(text, "x"), number(text, "y"), width(content, size));
    let left = match text.attribute("text-anchor") {
        Some("middle") => x - wide / 2.0,
        Some("end") => x - wide,
        _ => x,
    };
    Some(Words { text: content, left, right: left + wide, top: y - size * 0.72, bottom: y + size * 0.2 })
}

#[test]
fn words_stay_within_their_picture_and_apart() {
    let mut checked = 0;
    for (name, site) in sites() {
        parsed(&site, |path, document| {
            let is_picture = |node: &Node<'_, '_>| {
                node.tag_name().name() == "svg" && node.attribute("class").is_some_and(|class| class.contains("diagram"))
            };
            for picture in document.descendants().filter(is_picture) {
                let class = picture.attribute("class").unwrap_or_default();
                let view: Vec<f64> =
                    picture.attribute("viewBox").unwrap_or_default().split(' ').filter_map(|part| part.parse().ok()).collect();
                let [_, _, wide, high] = view.as_slice() else { panic!("{name}/{path}: a picture without a viewBox") };
                let all: Vec<Words<'_>> =
                    picture.descendants().filter(|node| node.tag_name().name() == "text").filter_map(|text| words(text, class)).collect();
                for (at, own) in all.iter().enumerate() {
                    let within = own.left >= -1.0 && own.right <= wide + 1.0 && own.top >= -1.0 && own.bottom <= high + 1.0;
                    assert!(within, "{name}/{path}: `{}` leaves {class} {wide} × {high}: {} to {}", own.text, own.left, own.right);
                    for other in &all[..at] {
                        let apart = own.right <= other.left + 1.0
                            || other.right <= own.left + 1.0
                            || own.bottom <= other.top
                            || other.bottom <= own.top;
                        assert!(apart, "{name}/{path}: `{}` lies on `{}` in {class}", own.text, other.text);
                    }
                    checked += 1;
                }
            }
        });
    }
    assert!(checked > 1_000, "{checked}");
}
