//! `charter check --set`: the report as if the charter said something else, and how it differs.

use crate::arguments::{Check, CheckFormat, Colour};
use crate::compiled::{Checked, check};
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::Folder;
use crate::known::refuse_settings;
use crate::mend::only_made;
use crate::output::{colours, print, print_json};
use charter_spec::quantity::Date;
use charter_spec::{Diagnostic, Setting};
use serde_json::json;
use std::fmt::Write;

pub(super) fn run(arguments: &Check, colour: Colour, today: Date, set: &[Setting]) -> Outcome {
    if arguments.fix || arguments.diff {
        return Err(Problem::Usage("--fix mends the charter as it is written; leave --set out".to_owned()));
    }
    let folder = Folder::read_with(&arguments.source.path, set)?;
    refuse_settings(&folder)?;
    let mut after = check(folder, today);
    only_made(&mut after, &[]);
    let before = check(Folder::read(&arguments.source.path)?, today);
    match arguments.format {
        CheckFormat::Human => {
            print(&format!("{}{}", after.report.to_text(&after.folder.files, colours(colour)), compared(&before, &after)))?;
        }
        CheckFormat::Json => {
            let mut report = after.report.to_json(&after.folder.files);
            let (appeared, gone) = difference(&before, &after);
            let told = |findings: &[&Diagnostic]| -> serde_json::Value {
                findings.iter().map(|finding| json!({ "code": finding.code, "message": finding.message })).collect()
            };
            report["appeared"] = told(&appeared);
            report["gone"] = told(&gone);
            print_json(&report)?;
        }
        CheckFormat::Sarif => print_json(&after.report.to_sarif(&after.folder.files))?,
    }
    Ok(if after.report.fails() { Ending::Findings } else { Ending::Fine })
}

/// Findings that are there only as it was set, and those that are there only as it is written.
fn difference<'a>(before: &'a Checked, after: &'a Checked) -> (Vec<&'a Diagnostic>, Vec<&'a Diagnostic>) {
    let only = |some: &'a Checked, other: &'a Checked| {
        let known = |finding: &&Diagnostic| {
            other.report.findings.iter().any(|known| known.code == finding.code && known.message == finding.message)
        };
        some.report.findings.iter().filter(|finding| !known(finding)).collect::<Vec<_>>()
    };
    (only(after, before), only(before, after))
}

fn compared(before: &Checked, after: &Checked) -> String {
    let (appeared, gone) = difference(before, after);
    let mut text = String::from("\nagainst the charter as it is written:\n");
    if appeared.is_empty() && gone.is_empty() {
        text.push_str("  the same findings\n");
    }
    for (sign, findings) in [("+", appeared), ("−", gone)] {
        for finding in findings {
            let _ = writeln!(text, "  {sign} {}[{}]: {}", finding.severity.word(), finding.code, finding.message);
        }
    }
    text
}
