//! `charter init`: a guided conversation, and the charter that its answers make.

mod ask;
mod draft;

use crate::arguments::Colour;
use crate::arguments::drafting::{ImportKind, Init, Kind as Word};
use crate::exit::{Ending, Outcome, Problem};
use crate::gather::{bytes, gather};
use crate::output::{colours, print, today};
use crate::place::Placing;
use ask::Conversation;
use charter_draft::begin::{Answers, Begun, Kind, QUESTIONS, begin};
use charter_draft::import::{Draft, Target};
use charter_draft::{madr, openapi, structurizr};
use charter_spec::diagnostic::{Style, render};
use charter_spec::{FileSet, Severity, Spec};
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) fn run(arguments: &Init, colour: Colour) -> Outcome {
    if arguments.questions {
        print(&questions())?;
        return Ok(Ending::Fine);
    }
    let document = arguments.folder.join("charter.yaml");
    if document.exists() && !arguments.force {
        return Err(Problem::Usage(format!("`{}` is there already and is left as it is; `--force` writes over it", document.display())));
    }
    let (mut answers, stated) = given(arguments)?;
    let imports = Imports::read(arguments)?;
    imports.suggest(&mut answers);
    let mut conversation = Conversation::new(colours(colour));
    let kind = match arguments.kind.map(kind).or(stated) {
        Some(kind) => kind,
        None if arguments.yes => Kind::Online,
        None => conversation.kind()?,
    };
    if !arguments.yes {
        conversation.suggest_system(&arguments.folder);
        conversation.ask(kind, &mut answers)?;
    }
    answers.suggest("system", &system_of(&arguments.folder));
    write(arguments, kind, &answers, imports, colour)
}

/// Answers from the command line and from a file, and the kind that the file states.
fn given(arguments: &Init) -> Result<(Answers, Option<Kind>), Problem> {
    let mut answers = Answers::default();
    let mut stated = None;
    if let Some(file) = &arguments.file {
        let mut files = FileSet::new();
        files.insert("answers.yaml", bytes(file)?);
        let unread = |problem: String| Problem::Usage(format!("`{}`: {problem}", file.display()));
        let read = charter_spec::document_as_json(&files, "answers.yaml");
        let read = read.map_err(|problems| unread(problems.first().map(|problem| problem.message.clone()).unwrap_or_default()))?;
        for (name, value) in read.as_object().into_iter().flatten() {
            let text = match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
                value => plain(value),
            };
            if name == "kind" {
                stated = Some(
                    Kind::from_word(&text)
                        .ok_or_else(|| unread(format!("`{text}` is no kind; write online, assistant, events or batch")))?,
                );
                continue;
            }
            answers.give(name, &text).map_err(unread)?;
        }
    }
    for answer in &arguments.answers {
        let (name, value) =
            answer.split_once('=').ok_or_else(|| Problem::Usage(format!("`{answer}` is no answer; write `--answer peak=500rps`")))?;
        answers.give(name.trim(), value).map_err(Problem::Usage)?;
    }
    Ok((answers, stated))
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn kind(word: Word) -> Kind {
    match word {
        Word::Online => Kind::Online,
        Word::Assistant => Kind::Assistant,
        Word::Events => Kind::Events,
        Word::Batch => Kind::Batch,
    }
}

/// The name of a folder as the id of a system.
fn system_of(folder: &Path) -> String {
    let name = std::path::absolute(folder)
        .ok()
        .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
        .unwrap_or_default();
    let id = charter_draft::identified(&name);
    if id.is_empty() { "system".to_owned() } else { id }
}

/// Documents that the charter starts from.
struct Imports {
    openapi: Option<(FileSet, String)>,
    adr: Option<crate::gather::Sources>,
    structurizr: Option<crate::gather::Sources>,
}

impl Imports {
    fn read(arguments: &Init) -> Result<Self, Problem> {
        let openapi = match &arguments.from_openapi {
            None => None,
            Some(file) => {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                Some((FileSet::single(name.clone(), bytes(file)?), name))
            }
        };
        let adr = arguments.from_adr.as_deref().map(|source| gather(ImportKind::Madr, source)).transpose()?;
        let structurizr = arguments.from_structurizr.as_deref().map(|source| gather(ImportKind::Structurizr, source)).transpose()?;
        Ok(Self { openapi, adr, structurizr })
    }

    /// What the documents say about the system answers questions that nobody answered otherwise.
    fn suggest(&self, answers: &mut Answers) {
        let target = Target::default();
        let workspace = self
            .structurizr
            .as_ref()
            .map(|sources| structurizr::import(&sources.files, sources.root.as_deref().unwrap_or_default(), &target));
        let interface = self.openapi.as_ref().map(|(files, root)| openapi::import(files, root, &target));
        for (id, title) in [workspace, interface].into_iter().flatten().filter_map(|draft| draft.system) {
            answers.suggest("system", &id);
            answers.suggest("title", title.as_deref().unwrap_or_default());
        }
    }
}

fn write(arguments: &Init, kind: Kind, answers: &Answers, imports: Imports, colour: Colour) -> Outcome {
    let mut begun = begin(kind, answers, imports.openapi.is_some());
    let mut notes = String::new();
    let mut counts = Vec::new();
    let style = if colours(colour) { Style::Colored } else { Style::Plain };
    let mut take = |begun: &mut Begun, draft: Draft, files: &FileSet| {
        draft.notes.iter().filter(|note| note.severity != Severity::Hint).for_each(|note| notes.push_str(&render(files, note, style)));
        if !draft.summary().is_empty() {
            counts.push(draft.summary());
        }
        begun.remarks.extend(draft.remarks);
        begun.files.extend(draft.files);
        begun.add(draft.sections);
    };
    if let Some((files, root)) = &imports.openapi {
        let spec = read(&begun);
        take(&mut begun, openapi::import(files, root, &Target { spec: spec.as_ref(), home: None }), files);
    }
    if let Some(sources) = &imports.structurizr {
        let spec = read(&begun);
        let target = Target { spec: spec.as_ref(), home: None };
        take(&mut begun, structurizr::import(&sources.files, sources.root.as_deref().unwrap_or_default(), &target), &sources.files);
    }
    if let Some(sources) = &imports.adr {
        let spec = read(&begun);
        let home = super::import::home(ImportKind::Madr, &sources.base, &arguments.folder);
        take(&mut begun, madr::import(&sources.files, &Target { spec: spec.as_ref(), home }), &sources.files);
    }
    let settled = draft::settle(&mut begun, &arguments.folder, answers.get("owner").unwrap_or("architect"), today());
    // Who answered one question after the other does not answer them twice.
    let checked = settled.map_err(|problem| match problem {
        Problem::Refused(told) if !arguments.yes => {
            Problem::Refused(format!("{told}\nyour answers, for `charter init --answers FILE`:\n{}", answers.record(kind)))
        }
        other => other,
    })?;
    let written = place(arguments, kind, answers, begun)?;
    let mut text = notes;
    if !counts.is_empty() {
        text.push_str(&format!("imported {}\n", counts.join(", ")));
    }
    for path in &written {
        text.push_str(&format!("wrote {}\n", arguments.folder.join(path).display()));
    }
    let open: Vec<&str> = answers.open(kind).map(|question| question.name).collect();
    if !open.is_empty() {
        text.push_str(&format!("still open: {}\n", open.join(", ")));
    }
    text.push_str(&format!("{checked}\nnext: charter check {}\n", arguments.folder.display()));
    print(&text)?;
    Ok(Ending::Fine)
}

fn read(begun: &Begun) -> Option<Spec> {
    charter_spec::read(&FileSet::single("charter.yaml", begun.text().into_bytes()), "charter.yaml").spec
}

fn place(arguments: &Init, kind: Kind, answers: &Answers, begun: Begun) -> Result<Vec<String>, Problem> {
    let mut placing = Placing::default();
    let text = begun.text();
    placing.add_all(begun.files);
    placing.add("answers.yaml", answers.record(kind));
    let keep: BTreeMap<&str, &str> = BTreeMap::from([
        (".gitignore", "# State of a running server; evidence is kept, since it proves something.\n.charter/\n"),
        ("evidence/README.md", "# Evidence\n\n`charter verify` keeps here what it measured. A requirement without evidence is unproved.\n"),
    ]);
    for (path, text) in keep {
        if !arguments.folder.join(path).exists() {
            placing.add(path, text);
        }
    }
    placing.add("charter.yaml", text);
    placing.write(&arguments.folder, arguments.force)
}

fn questions() -> String {
    let mut text = String::from("kind: what kind of system is it?\n");
    for kind in Kind::ALL {
        text.push_str(&format!("  {:<10} {}\n", kind.word(), kind.about()));
    }
    for question in QUESTIONS {
        let kinds: Vec<&str> = Kind::ALL.iter().filter(|kind| question.is_for(**kind)).map(|kind| kind.word()).collect();
        let only = if kinds.len() == Kind::ALL.len() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        text.push_str(&format!(
            "\n{}: {}{only}\n  determines {}\n  for example `{}`\n",
            question.name, question.asks, question.determines, question.example
        ));
    }
    text
}
