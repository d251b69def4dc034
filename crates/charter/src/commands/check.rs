//! `charter check`

mod what_if;

use crate::arguments::{Check, CheckFormat, Colour};
use crate::compiled::{Checked, check};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::known::settings;
use crate::mend::{Mended, mend, only_made};
use crate::output::{colours, print, print_json, today};
use charter_lint::fix::Mend;
use charter_spec::Fix;
use charter_spec::quantity::Date;
use serde_json::json;

pub(crate) fn run(arguments: &Check, colour: Colour) -> Outcome {
    let today = match &arguments.today {
        None => today(),
        Some(text) => Date::parse(text).ok_or_else(|| Problem::Usage(format!("`{text}` is no date; write --today 2026-11-23")))?,
    };
    let set = settings(&arguments.set)?;
    if !set.is_empty() {
        return what_if::run(arguments, colour, today, &set);
    }
    if arguments.diff {
        return show(arguments, &mend(&arguments.source.path, today)?);
    }
    if !arguments.fix {
        let mut checked = check(Folder::read(&arguments.source.path)?, today);
        // What `--fix` would make is tried, so that no more is promised.
        if checked.report.findings.iter().any(|finding| finding.fix.as_ref().is_some_and(Fix::is_mechanical)) {
            only_made(&mut checked, &mend(&arguments.source.path, today)?.mends);
        }
        return report(arguments, colour, &checked, &[]);
    }
    let mended = mend(&arguments.source.path, today)?;
    mended.write()?;
    if arguments.format == CheckFormat::Human {
        print(&mended.mends.iter().map(told).collect::<String>())?;
    }
    report(arguments, colour, &mended.checked, &mended.mends)
}

/// What would be changed. Like a check that finds something, it ends with 1 when there is something to change.
fn show(arguments: &Check, mended: &Mended) -> Outcome {
    match arguments.format {
        CheckFormat::Human => print(&mended.diff())?,
        CheckFormat::Json => print_json(&json!({ "mended": listed(&mended.mends), "diff": mended.diff() }))?,
        CheckFormat::Sarif => {
            return Err(Problem::Usage(
                "a diff is shown as text or as JSON; write `--format human` or `--format json`, or leave `--diff` out for SARIF".to_owned(),
            ));
        }
    }
    Ok(if mended.mends.is_empty() { Ending::Fine } else { Ending::Findings })
}

fn report(arguments: &Check, colour: Colour, checked: &Checked, mends: &[Mend]) -> Outcome {
    match arguments.format {
        CheckFormat::Human => print(&checked.report.to_text(&checked.folder.files, colours(colour)))?,
        CheckFormat::Json => {
            let mut value = checked.report.to_json(&checked.folder.files);
            if arguments.fix {
                value["mended"] = listed(mends);
            }
            print_json(&value)?;
        }
        CheckFormat::Sarif => print_json(&checked.report.to_sarif(&checked.folder.files))?,
    }
    Ok(if checked.report.fails() { Ending::Findings } else { Ending::Fine })
}

/// `mended[Y009] charter.yaml:3:9: write `average``.
fn told(mend: &Mend) -> String {
    let (path, line, column) = &mend.place;
    format!("mended[{}] {path}:{line}:{column}: {}\n", mend.code, mend.title)
}

fn listed(mends: &[Mend]) -> serde_json::Value {
    mends
        .iter()
        .map(|mend| {
            let (path, line, column) = &mend.place;
            json!({ "code": mend.code, "message": mend.message, "title": mend.title, "file": path, "line": line, "column": column })
        })
        .collect()
}
