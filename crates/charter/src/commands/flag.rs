//! `charter flag`

use crate::admin::{Admin, Kind, who};
use crate::arguments::Format;
use crate::arguments::control::Flag;
use crate::exit::{Ending, Outcome};
use crate::output::{NOT_KEPT, print, print_json};
use serde_json::{Value, json};
use std::fmt::Write;

pub(crate) fn run(arguments: &Flag) -> Outcome {
    match arguments {
        Flag::List(list) => {
            let all = Admin::new(&list.server)?.list(Kind::Flag)?;
            match list.format {
                Format::Json => print_json(&all)?,
                Format::Human => print(&lines(&all))?,
            }
        }
        Flag::Set(set) => {
            let body = json!({ "variant": set.variant, "by": who(set.by.as_ref()) });
            let answer = Admin::new(&set.server)?.post(Kind::Flag, &set.name, "", &body)?;
            let text = format!("{} serves {} to everybody until it is released\n", set.name, set.variant);
            tell(&answer, set.format, text)?;
        }
        Flag::Release(release) => {
            let (named, by) = (&release.named, who(release.by.as_ref()));
            let answer = Admin::new(&named.list.server)?.post(Kind::Flag, &named.name, "", &json!({ "release": true, "by": by }))?;
            tell(&answer, named.list.format, format!("{} goes by its default and rules again\n", named.name))?;
        }
    }
    Ok(Ending::Fine)
}

fn tell(answer: &Value, format: Format, mut text: String) -> Result<(), crate::exit::Problem> {
    if format == Format::Json {
        return print_json(answer);
    }
    if answer["kept"] == json!(false) {
        text.push_str(NOT_KEPT);
    }
    print(&text)
}

fn lines(all: &Value) -> String {
    let flags: Vec<&Value> = all.as_array().into_iter().flatten().collect();
    let name = |flag: &Value| flag["name"].as_str().unwrap_or_default().to_owned();
    let widest = flags.iter().map(|flag| name(flag).chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for flag in &flags {
        let state = match (flag["chosen"].as_str(), flag["enabled"] == json!(false)) {
            (Some(chosen), _) => format!("set to {chosen} for everybody"),
            (None, true) => "not enabled".to_owned(),
            (None, false) => {
                let default = flag["default"].as_str().unwrap_or_default();
                if flag["rules"].as_u64() == Some(0) { default.to_owned() } else { format!("by its rules, else {default}") }
            }
        };
        let variants: Vec<&str> = flag["variants"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let _ = writeln!(text, "{:widest$}  {state}   (variants: {})", name(flag), variants.join(", "));
        if let Some(broken) = flag["broken"].as_str() {
            let _ = writeln!(text, "{:widest$}  a rule cannot be evaluated: {broken}", "");
        }
    }
    if text.is_empty() { "the charter that is served has no flag\n".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_without_rules_serves_its_default() {
        let flag = |rules: u32| json!([{ "name": "dark", "enabled": true, "default": "off", "variants": ["on", "off"], "rules": rules }]);
        assert_eq!(lines(&flag(0)), "dark  off   (variants: on, off)\n");
        assert_eq!(lines(&flag(2)), "dark  by its rules, else off   (variants: on, off)\n");
    }
}
