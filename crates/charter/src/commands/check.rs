//! `charter check`

use crate::arguments::{Check, CheckFormat, Colour};
use crate::compiled::check;
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::output::{colours, print, print_json, today};
use charter_spec::quantity::Date;

pub(crate) fn run(arguments: &Check, colour: Colour) -> Outcome {
    let today = match &arguments.today {
        None => today(),
        Some(text) => Date::parse(text).ok_or_else(|| Problem::Usage(format!("`{text}` is no date; write --today 2026-11-23")))?,
    };
    let folder = Folder::read(&arguments.source.path)?;
    let checked = check(folder, today);
    match arguments.format {
        CheckFormat::Human => print(&checked.report.to_text(&checked.folder.files, colours(colour)))?,
        CheckFormat::Json => print_json(&checked.report.to_json(&checked.folder.files))?,
        CheckFormat::Sarif => print_json(&checked.report.to_sarif(&checked.folder.files))?,
    }
    Ok(if checked.report.fails() { Ending::Findings } else { Ending::Fine })
}
