//! The sections of a record that no field of a decision carries, as they are written.

use super::header;
use super::markdown;
use super::words::{Role, role};
use crate::foreign::{Notes, text_of};
use charter_spec::FileSet;

/// A section that only its record has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The heading's words.
    pub title: String,
    /// Whether it is where a record tells more, `## More Information`.
    pub is_more: bool,
    /// The section with its heading and what stands below it, as written.
    pub text: String,
}

/// The sections of a record that stay in it, in order; none where there is no such file or it is no text.
pub fn kept(records: &FileSet, path: &str) -> Vec<Kept> {
    let mut notes = Notes::default();
    let Some((text, base)) = records.find(path).and_then(|file| text_of(records, file, &mut notes)) else { return Vec::new() };
    let Some(file) = records.find(path) else { return Vec::new() };
    let front = header::front(text, file, base, &mut notes);
    let sections = markdown::sections(front.rest, file, front.base);
    let titled = sections.iter().position(|section| section.level == 1);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(section) = sections.get(at) {
        let end = at + 1 + sections.iter().skip(at + 1).take_while(|child| child.level > section.level).count();
        if section.level == 0 || Some(at) == titled {
            at += 1;
            continue;
        }
        let role = role(&section.title);
        if matches!(role, None | Some(Role::Links)) {
            let from = section.span.start as usize - base;
            let to = sections.get(end).map_or(text.len(), |next| next.span.start as usize - base);
            let text = text.get(from..to).unwrap_or_default().trim_end().to_owned();
            found.push(Kept { title: section.title.clone(), is_more: role.is_some(), text });
        }
        at = end;
    }
    found
}
