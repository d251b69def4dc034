//! The levels of headings: a page is a tree without gaps, whatever levels its parts were written with.

/// The markup with each heading one level below the one that it stands under; the first are at `base + 1`. Text in tags is escaped by those who made
/// them, so a `>` ends a tag.
pub(super) fn outlined(markup: &str, base: u8) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    // Levels as written, of the headings above the next one.
    let mut above: Vec<u8> = Vec::new();
    let mut last = base;
    while let Some(at) = rest.find("<h").into_iter().chain(rest.find("</h")).min() {
        let (text, tag) = rest.split_at(at);
        out.push_str(text);
        let start = if tag.starts_with("</") { "</h" } else { "<h" };
        let after = &tag[start.len()..];
        out.push_str(start);
        rest = after;
        let Some(level) = level(after) else { continue };
        if start == "<h" {
            while above.last().is_some_and(|other| *other >= level) {
                above.pop();
            }
            above.push(level);
            last = base.saturating_add(u8::try_from(above.len()).unwrap_or(6)).min(6);
        }
        out.push(char::from(b'0' + last));
        rest = &after[1..];
    }
    out.push_str(rest);
    out
}

/// The level of a heading's tag behind its `<h`.
fn level(tag: &str) -> Option<u8> {
    let [digit @ b'1'..=b'6', b'>' | b' ', ..] = tag.as_bytes() else { return None };
    Some(digit - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_no_gaps_and_siblings_stay_siblings() {
        let markup = "<header><h3 id=\"a\">a</h3></header><hr><h5>deep</h5><h3>b</h3><h2>c</h2><h3>d</h3>&lt;h3&gt;";
        let expected = "<header><h2 id=\"a\">a</h2></header><hr><h3>deep</h3><h2>b</h2><h2>c</h2><h3>d</h3>&lt;h3&gt;";
        assert_eq!(outlined(markup, 1), expected);
        assert!(outlined(markup, 3).starts_with("<header><h4 id"));
        assert_eq!(outlined("<h2>a</h2><h3>b</h3>", 6), "<h6>a</h6><h6>b</h6>");
    }
}
