//! `charter explain`

use crate::arguments::{Arguments, Colour, Explain, Format, Reference};
use crate::exit::{Ending, Outcome, Problem};
use crate::known::{Known, both, resolved_pair, settings};
use crate::output::{colours, print, print_json, today};
use charter_plan::Explanation;
use charter_plan::what_if::{changes, figures, turns};
use charter_render::text::{self, Paint};
use clap::CommandFactory;
use std::fmt::Write;

pub(crate) fn run(arguments: &Explain, colour: Colour) -> Outcome {
    if let Some(reference) = arguments.all {
        print(&page(reference))?;
        return Ok(Ending::Fine);
    }
    let id = arguments.id.as_deref().unwrap_or_default();
    if let Some(page) = rule_page(id) {
        print(&page)?;
        return Ok(Ending::Fine);
    }
    let set = settings(&arguments.set)?;
    let known = Known::read(&arguments.source.path, &set, today(), None)?;
    let checked = &known.checked;
    let Some(resolved) = &checked.resolved else { return known.refuse(false) };
    let explanation = charter_plan::explain(resolved, checked.plan.as_ref(), &checked.folder.files, id)
        .map_err(|unknown| {
            let id = if id.trim().is_empty() { "an id is missing".to_owned() } else { unknown.to_string() };
            Problem::Usage(format!(
                "{id}; `charter trace` lists what there is, a section is explained by its name, such as `charter explain cost`, and a rule by its code, such as `charter explain L002`"
            ))
        })?;
    if let Some(before) = both(&known, &set, &arguments.source.path)? {
        return compare(arguments, &explanation, &before, &known, Paint::new(colours(colour)));
    }
    match arguments.format {
        Format::Human => print(&explanation.to_string())?,
        Format::Json => print_json(&serde_json::to_value(&explanation).map_err(|problem| Problem::Environment(problem.to_string()))?)?,
    }
    Ok(Ending::Fine)
}

/// The explanation as it is set, and every figure and verdict that is another one than as it is written.
fn compare(arguments: &Explain, explanation: &Explanation, before: &Known, after: &Known, paint: Paint) -> Outcome {
    let Some((old, new)) = resolved_pair(before, after) else { return before.refuse(false) };
    let moved = changes(&figures(old, &before.checked.folder.files), &figures(new, &after.checked.folder.files));
    let turned = turns(&before.standings, &after.standings);
    match arguments.format {
        Format::Human => print(&format!("{explanation}\n{}", text::changes(&moved, &turned, paint)))?,
        Format::Json => print_json(&serde_json::json!({ "explanation": explanation, "changes": moved, "turns": turned }))?,
    }
    Ok(Ending::Fine)
}

/// The page of a rule, a code of the reader or of the compiler.
fn rule_page(code: &str) -> Option<String> {
    if let Some(rule) = charter_lint::rules::find(code) {
        return Some(rule.page.to_owned());
    }
    let upper = code.to_ascii_uppercase();
    if let Some(found) = charter_spec::diagnostic::explain(&upper) {
        return Some(format!("# {}: {}\n\n{}\n", found.name(), found.title(), found.page()));
    }
    if let Some(found) = charter_draft::explain(&upper) {
        return Some(format!("# {}: {}\n\n{}\n", found.name(), found.title(), found.page()));
    }
    charter_plan::PlanCode::find(code).map(|found| format!("# {}: {}\n\n{}\n", found.name(), found.title(), found.page()))
}

/// A whole reference page, made from the code that it is about.
fn page(reference: Reference) -> String {
    match reference {
        Reference::Rules => rules(),
        Reference::Errors => errors(),
        Reference::Commands => commands(),
        Reference::Patterns => format!("{MADE}{}", charter_lint::catalogue::page()),
    }
}

const MADE: &str = "<!-- Made from the code by `cargo xtask docs`; not to be edited. -->\n\n";

fn rules() -> String {
    let mut text = format!(
        "{MADE}# Rules\n\n`charter check` runs these; `charter explain CODE` shows a rule's page.\n\n| code | severity | finds |\n|---|---|---|\n"
    );
    for rule in charter_lint::rules::all() {
        let _ = writeln!(
            text,
            "| [{0}](../../crates/charter-lint/tests/rules/{0}.md) | {1} | {2} |",
            rule.code,
            rule.severity.word(),
            rule.title
        );
    }
    text.push_str("\n## Reading\n\n| code | severity | finds |\n|---|---|---|\n");
    for code in charter_spec::diagnostic::CODES {
        let _ = writeln!(text, "| {} | {} | {} |", code.name(), code.severity().word(), code.title());
    }
    text.push_str("\n## Compiling\n\n| code | finds |\n|---|---|\n");
    for code in charter_plan::PlanCode::ALL {
        let _ = writeln!(text, "| {} | {} |", code.name(), code.title());
    }
    text.push_str("\n## Importing\n\nWhat `charter import` and `charter init` say of other tools' documents; `charter check` never does.\n\n| code | severity | finds |\n|---|---|---|\n");
    for code in charter_draft::CODES {
        let _ = writeln!(text, "| {} | {} | {} |", code.name(), code.severity().word(), code.title());
    }
    text
}

fn errors() -> String {
    let mut text = format!(
        "{MADE}# Error codes\n\nWhat a caller of the data plane may get. Messages name the input and the rule, never a value.\n\n| code | status | fault | retry | meaning |\n|---|---|---|---|---|\n"
    );
    for code in charter_gateway::Code::ALL {
        let entry = code.entry();
        let retry = if entry.retry { "yes" } else { "no" };
        let _ = writeln!(text, "| `{}` | {} | {:?} | {retry} | {} |", entry.code, entry.status, entry.fault, entry.meaning);
    }
    text
}

fn commands() -> String {
    let mut text = format!("{MADE}# Commands\n\n");
    let mut command = Arguments::command();
    command.build();
    let _ = writeln!(text, "```\n{}```\n", command.render_long_help());
    for part in command.get_subcommands_mut() {
        let help = part.render_long_help();
        let _ = writeln!(text, "## charter {}\n\n```\n{help}```\n", part.get_name());
    }
    text
}
