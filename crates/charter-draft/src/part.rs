//! Adds a part to a charter that a person wrote: one line of its `include:`, and nothing else of it is touched.

use charter_spec::Spec;

/// The text of a charter that includes one part more; the same text when it does so already.
///
/// # Errors
/// When the place for it is not found: the text is no mapping in block style.
pub fn include(text: &str, spec: &Spec, part: &str) -> Result<String, String> {
    if spec.include.iter().any(|known| known.value.as_str() == part) {
        return Ok(text.to_owned());
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let Some((first, last)) = spec.include.first().zip(spec.include.last()) else { return fresh(text, spec, part, newline) };
    let list = spec.include.span().unwrap_or(first.span);
    let (start, end) = (list.start as usize, list.end as usize);
    let written = text.get(start..end).unwrap_or_default();
    let splice = |at: usize, new: &str| match (text.get(..at), text.get(at..)) {
        (Some(before), Some(behind)) => Ok(format!("{before}{new}{behind}")),
        _ => Err("the place of `include:` is not where it was read".to_owned()),
    };
    if written.starts_with('[') {
        return splice(last.span.end as usize, &format!(", {part}"));
    }
    let line_start = text.get(..last.span.start as usize).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let head = text.get(line_start..last.span.start as usize).unwrap_or_default();
    if head.trim() == "-" {
        let line_end =
            text.get(last.span.end as usize..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| last.span.end as usize + at);
        let line_end = if text.get(..line_end).is_some_and(|before| before.ends_with('\r')) { line_end - 1 } else { line_end };
        return splice(line_end, &format!("{newline}{head}{part}"));
    }
    // One path stands where a list may: it becomes one.
    let (Some(before), Some(path), Some(behind)) = (text.get(..start), text.get(start..end), text.get(end..)) else {
        return Err("the place of `include:` is not where it was read".to_owned());
    };
    Ok(format!("{before}[{path}, {part}]{behind}"))
}

/// A line of its own behind the head: the last of `charter`, `system`, `title`, `owner`, `currency`.
fn fresh(text: &str, spec: &Spec, part: &str, newline: &str) -> Result<String, String> {
    let ends = [
        spec.charter.as_ref().map(|field| field.span.end),
        spec.system.as_ref().map(|field| field.span.end),
        spec.title.as_ref().map(|field| field.span.end),
        spec.owner.as_ref().map(|field| field.span.end),
        spec.currency.as_ref().map(|field| field.span.end),
    ];
    let Some(last) = ends.into_iter().flatten().max() else { return Err("the charter has no head to put `include:` behind".to_owned()) };
    let last = last as usize;
    let rest = text.get(last..).unwrap_or_default();
    if text.trim_start().starts_with('{') {
        return Err("the charter is written in braces; add the part to its `include:` by hand".to_owned());
    }
    let end = rest.find('\n').map_or(text.len(), |at| last + at + 1);
    let (Some(before), Some(behind)) = (text.get(..end), text.get(end..)) else {
        return Err("the head of the charter is not where it was read".to_owned());
    };
    let closed = if before.ends_with('\n') { "" } else { newline };
    Ok(format!("{before}{closed}include: [{part}]{newline}{behind}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_spec::{FileSet, read};

    fn added(text: &str) -> String {
        let spec = read(&FileSet::single("charter.yaml", text.as_bytes().to_vec()), "charter.yaml").spec.unwrap_or_default();
        include(text, &spec, "imported/madr.yaml").unwrap_or_else(|problem| problem)
    }

    #[test]
    fn the_part_is_named_once_in_whatever_style_the_charter_has() {
        assert_eq!(
            added("charter: 1\nsystem: shop # ours\n\nload: { peak: 1rps }\n"),
            "charter: 1\nsystem: shop # ours\ninclude: [imported/madr.yaml]\n\nload: { peak: 1rps }\n"
        );
        assert_eq!(added("charter: 1\nsystem: shop"), "charter: 1\nsystem: shop\ninclude: [imported/madr.yaml]\n");
        assert_eq!(
            added("charter: 1\ninclude: [a.yaml]\nsystem: shop\n"),
            "charter: 1\ninclude: [a.yaml, imported/madr.yaml]\nsystem: shop\n"
        );
        assert_eq!(
            added("charter: 1\r\ninclude:\r\n  - a.yaml # first\r\nsystem: shop\r\n"),
            "charter: 1\r\ninclude:\r\n  - a.yaml # first\r\n  - imported/madr.yaml\r\nsystem: shop\r\n"
        );
        assert_eq!(
            added("charter: 1\ninclude: a.yaml\nsystem: shop\n"),
            "charter: 1\ninclude: [a.yaml, imported/madr.yaml]\nsystem: shop\n"
        );
        let twice = added("charter: 1\nsystem: shop\n");
        assert_eq!(added(&twice), twice);
    }
}
