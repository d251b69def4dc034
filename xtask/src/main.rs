//! Tasks of the repository. `cargo xtask` lists them.
//!
//! Needs nothing but cargo; what a task needs beyond that it fetches itself and says so.

mod bench;
mod demo;
mod docs;
mod editors;
mod practices;
mod shell;
mod test;
mod tidy;
mod tools;
mod validators;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask demo            build Charter, check the shop's charter and serve it with traffic
cargo xtask test            fetch what the checks need, then run all of them
cargo xtask tidy            hold the tree to its own rules: file length, words, links
cargo xtask docs [--check]  write the pages that come from code, or fail when they are out of date
cargo xtask exports         hold exports of every charter here against public validators
cargo xtask editors         drive the language server by Neovim and by the client library of Visual Studio Code
cargo xtask bench NAME      measure: serving | grpc | bulkhead | ready | check | docs | lsp | generator | engine | onnx | drift | explain";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["demo", rest @ ..] => demo::run(rest),
        ["test", rest @ ..] => test::run(rest),
        ["tidy"] => tidy::run(),
        ["docs"] => docs::run(docs::Mode::Write),
        ["docs", "--check"] => docs::run(docs::Mode::Check),
        ["exports"] => validators::run(),
        ["editors"] => editors::run(),
        ["bench", name, rest @ ..] => bench::run(name, rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}
