//! `charter shadow`

use crate::admin::{Admin, Kind};
use crate::arguments::Format;
use crate::arguments::control::Shadow;
use crate::exit::{Ending, Outcome};
use crate::output::{print, print_json};
use serde_json::Value;
use std::fmt::Write;

pub(crate) fn run(arguments: &Shadow) -> Outcome {
    match arguments {
        Shadow::List(list) => {
            let all = Admin::new(&list.server)?.list(Kind::Shadow)?;
            match list.format {
                Format::Json => print_json(&all)?,
                Format::Human => print(&lines(&all))?,
            }
        }
        Shadow::Report(named) => {
            let mut report = Admin::new(&named.list.server)?.get(Kind::Shadow, &named.name, "")?;
            let table = report.as_object_mut().and_then(|report| report.remove("table"));
            match named.list.format {
                Format::Json => print_json(&report)?,
                Format::Human => print(table.as_ref().and_then(Value::as_str).unwrap_or_default())?,
            }
        }
    }
    Ok(Ending::Fine)
}

fn lines(all: &Value) -> String {
    let mut text = String::new();
    for comparison in all.as_array().into_iter().flatten() {
        let part = |key: &str| comparison[key].as_str().unwrap_or_default();
        let verdict = match &comparison["verdict"] {
            Value::String(verdict) => verdict.clone(),
            verdict => match (verdict["verdict"].as_str(), verdict["more"].as_u64()) {
                (Some("need-more"), Some(more)) => format!("needs {more} pairs more"),
                (Some("need-more"), None) => "needs far more pairs".to_owned(),
                (verdict, _) => verdict.unwrap_or_default().to_owned(),
            },
        };
        let _ = writeln!(
            text,
            "{}  {} against {}: {} of {} pairs disagree, {verdict}",
            part("name"),
            part("mirror"),
            part("primary"),
            comparison["disagreeing"],
            comparison["pairs"]
        );
    }
    if text.is_empty() { "the charter that is served compares nothing\n".to_owned() } else { text }
}
