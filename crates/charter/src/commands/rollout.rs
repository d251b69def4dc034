//! `charter rollout`

mod read;
mod show;

use crate::admin::{Admin, Kind, order};
use crate::arguments::control::{Order, Records, Rollout, RolloutStatus};
use crate::arguments::{Colour, Format};
use crate::exit::{Ending, Outcome, Problem};
use crate::output::{colours, print, print_json};
use read::Status;
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often `--watch` looks.
const LOOK: Duration = Duration::from_millis(500);
/// How long `--watch` bears a server that does not answer: one that is killed and started again goes on with the rollout.
const PATIENCE: Duration = Duration::from_secs(15);
/// Clears a terminal and goes to its top left corner (ECMA-48: ED, CUP).
const CLEAR: &str = "\x1b[2J\x1b[H";

pub(crate) fn run(arguments: &Rollout, colour: Colour) -> Outcome {
    let colour = colours(colour);
    match arguments {
        Rollout::List(list) => {
            let all = Admin::new(&list.server)?.list(Kind::Rollout)?;
            match list.format {
                Format::Json => print_json(&all)?,
                Format::Human => print(&show::list(&read::statuses(&all)?, colour))?,
            }
            Ok(Ending::Fine)
        }
        Rollout::Status(status) => look(status, colour),
        Rollout::Start(order) => say(order, "start", colour),
        Rollout::Pause(order) => say(order, "pause", colour),
        Rollout::Resume(order) => say(order, "resume", colour),
        Rollout::Promote(order) => say(order, "promote", colour),
        Rollout::Abort(order) => say(order, "abort", colour),
        Rollout::Records(records) => tell(records, colour),
    }
}

fn look(arguments: &RolloutStatus, colour: bool) -> Outcome {
    let admin = Admin::new(&arguments.list.server)?;
    let Some(name) = &arguments.name else {
        let all = admin.list(Kind::Rollout)?;
        match arguments.list.format {
            Format::Json => print_json(&all)?,
            Format::Human => {
                let statuses = read::statuses(&all)?;
                let texts: Vec<String> = statuses.iter().map(|status| show::status(status, now_ms(), colour)).collect();
                print(&if texts.is_empty() { show::NONE.to_owned() } else { texts.join("\n") })?;
            }
        }
        return Ok(Ending::Fine);
    };
    if arguments.watch {
        return watch(&admin, name, arguments.list.format, colour);
    }
    show_one(&admin.get(Kind::Rollout, name, "")?, arguments.list.format, colour)?;
    Ok(Ending::Fine)
}

fn show_one(value: &Value, format: Format, colour: bool) -> Result<(), Problem> {
    match format {
        Format::Json => print_json(value),
        Format::Human => print(&show::status(&read::status(value)?, now_ms(), colour)),
    }
}

/// On a terminal a picture that is drawn anew; elsewhere one each time that the rollout moved.
fn watch(admin: &Admin, name: &str, format: Format, colour: bool) -> Outcome {
    let redraws = format == Format::Human && std::io::stdout().is_terminal();
    let mut shown: Option<(u32, String, u16)> = None;
    let mut silent_since: Option<Instant> = None;
    loop {
        let value = match admin.get(Kind::Rollout, name, "") {
            Ok(value) => value,
            Err(problem) if shown.is_some() && is_borne(&problem, silent_since.map(|since| since.elapsed())) => {
                if silent_since.is_none() {
                    // Nobody may read it, and the look goes on all the same.
                    let _ = writeln!(std::io::stderr(), "{problem}; waiting {} s for it to come back", PATIENCE.as_secs());
                    silent_since = Some(Instant::now());
                }
                rest();
                continue;
            }
            Err(problem) => return Err(problem),
        };
        silent_since = None;
        let status: Status = read::status(&value)?;
        let place = (status.run, status.phase.clone(), status.weight);
        if redraws {
            print(CLEAR)?;
        }
        if redraws || shown.as_ref() != Some(&place) {
            show_one(&value, format, colour)?;
        }
        if let Some(ending) = ending(&status.phase) {
            return Ok(ending);
        }
        shown = Some(place);
        rest();
    }
}

/// How a look ends in this phase; it goes on in the others. What is held waits for somebody to decide, which nobody who waits here will.
fn ending(phase: &str) -> Option<Ending> {
    match phase {
        "done" => Some(Ending::Fine),
        "rolled-back" | "held" => Some(Ending::Findings),
        _ => None,
    }
}

/// Whether a look goes on though the server has not answered for so long. What a server refuses, it refuses again.
fn is_borne(problem: &Problem, silent: Option<Duration>) -> bool {
    matches!(problem, Problem::Environment(_)) && silent.unwrap_or_default() < PATIENCE
}

fn say(arguments: &Order, action: &str, colour: bool) -> Outcome {
    let named = &arguments.named;
    let admin = Admin::new(&named.list.server)?;
    let body = order(arguments.by.as_ref(), arguments.reason.as_ref());
    let answer = admin.post(Kind::Rollout, &named.name, &format!("/{action}"), &body)?;
    match named.list.format {
        Format::Json => print_json(&answer)?,
        Format::Human => {
            let mut text = show::status(&read::status(&answer["state"])?, now_ms(), colour);
            if answer["kept"] == json!(false) {
                text.push_str(crate::output::NOT_KEPT);
            }
            print(&text)?;
        }
    }
    Ok(Ending::Fine)
}

/// Every decision, page by page.
fn tell(arguments: &Records, colour: bool) -> Outcome {
    let admin = Admin::new(&arguments.named.list.server)?;
    let (mut after, mut all) = (arguments.after, Vec::new());
    loop {
        let page = admin.get(Kind::Rollout, &arguments.named.name, &format!("/records?after={after}"))?;
        let page = page.as_array().cloned().unwrap_or_default();
        // The last page is the one that brings nothing further.
        let Some(last) = page.last().and_then(|line| line["sequence"].as_u64()).filter(|last| *last > after) else { break };
        after = last;
        all.extend(page);
    }
    match arguments.named.list.format {
        Format::Json => print_json(&Value::Array(all))?,
        Format::Human => print(&show::records(&all, colour))?,
    }
    Ok(Ending::Fine)
}

fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0)
}

/// Waits until the next look.
#[expect(clippy::disallowed_methods, reason = "a command in a terminal looks again after a while; nothing else runs on its thread")]
fn rest() {
    std::thread::sleep(LOOK);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_ends_where_a_rollout_does_or_needs_somebody() {
        assert_eq!(["done", "rolled-back", "held"].map(ending), [Some(Ending::Fine), Some(Ending::Findings), Some(Ending::Findings)]);
        assert_eq!(["waiting", "shadow", "canary", "watching", "paused"].map(ending), [None; 5]);
    }

    #[test]
    fn a_server_that_restarts_is_waited_for_and_a_refusal_is_not() {
        let silent = || Problem::Environment("no server answers".into());
        assert!(is_borne(&silent(), None) && is_borne(&silent(), Some(Duration::from_secs(10))));
        assert!(!is_borne(&silent(), Some(PATIENCE)));
        assert!(!is_borne(&Problem::Refused("there is no rollout".into()), None));
    }
}
