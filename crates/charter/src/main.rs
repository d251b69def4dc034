//! Arguments and wiring only: each command is a file under `commands`, each piece of logic a crate.

mod admin;
mod arguments;
mod commands;
mod compiled;
mod demo;
mod disk;
mod exit;
mod faults;
mod folder;
mod gather;
mod known;
mod mend;
mod output;
mod place;
mod processor;
mod reload;
mod state;

use arguments::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let colour = arguments.color;
    let outcome = match arguments.command {
        Command::Check(check) => commands::check::run(&check, colour),
        Command::Lsp(_) => commands::lsp::run(),
        Command::Plan(plan) => commands::plan::run(&plan, colour),
        Command::Explain(explain) => commands::explain::run(&explain, colour),
        Command::Decide(decide) => commands::decide::run(&decide, colour),
        Command::Tradeoff(tradeoff) => commands::tradeoff::run(&tradeoff, colour),
        Command::Trace(trace) => commands::trace::run(&trace, colour),
        Command::Gate(gate) => commands::gate::run(&gate, colour),
        Command::Docs(docs) => commands::docs::run(&docs, colour),
        Command::Init(init) => commands::init::run(&init, colour),
        Command::Import(import) => commands::import::run(&import, colour),
        Command::Schema(_) => commands::schema::run(),
        Command::Serve(serve) => commands::serve::run(&serve, colour),
        Command::Verify(verify) => commands::verify::run(&verify, colour),
        Command::Export(export) => commands::export::run(&export, colour),
        Command::Simulate(simulate) => commands::simulate::run(&simulate, colour),
        Command::Status(status) => commands::status::run(&status, colour),
        Command::Rollout(rollout) => commands::rollout::run(&rollout, colour),
        Command::Experiment(experiment) => commands::experiment::run(&experiment, colour),
        Command::Shadow(shadow) => commands::shadow::run(&shadow),
        Command::Flag(flag) => commands::flag::run(&flag),
        Command::Models(models) => commands::models::run(&models, colour),
        Command::Runtime(runtime) => commands::runtime::run(&runtime),
    };
    match outcome {
        Ok(ending) => ending.into(),
        Err(problem) => {
            output::tell(&format!("charter: {problem}"));
            problem.code()
        }
    }
}
