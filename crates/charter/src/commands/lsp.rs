//! `charter lsp`

use crate::compiled::check;
use crate::disk::Remembering;
use crate::exit::{Ending, Outcome, Problem};
use crate::folder::{DOCUMENT, Folder};
use crate::output::today;
use charter_lsp::{Checked, Farewell, Home, Host};
use charter_plan::PlanCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) fn run() -> Outcome {
    if std::io::stdin().is_terminal() {
        eprintln!(
            "charter lsp: waits for an editor's messages on standard input; Ctrl-D ends it. How editors start it: docs/reference/editors.md"
        );
    }
    let mut disk = OnDisk::default();
    let input = BufReader::new(std::io::stdin());
    match charter_lsp::serve(input, std::io::stdout().lock(), &mut disk) {
        Ok(Farewell::Polite) => Ok(Ending::Fine),
        // An editor that died says no goodbye; the protocol wants 1 then.
        Ok(Farewell::HungUp) => Ok(Ending::Findings),
        Ok(Farewell::Unreadable(why)) => Err(Problem::Environment(format!("cannot understand the editor: {why}"))),
        Err(problem) => Err(Problem::Environment(format!("cannot write to the editor: {problem}"))),
    }
}

/// How far above a file its charter may stand.
const LEVELS_MAX: usize = 12;

/// What the server asks of the machine, answered from the disk, which is asked again only for what has changed.
#[derive(Default)]
struct OnDisk {
    disk: Remembering,
    /// Pages that were written, by code.
    pages: BTreeMap<String, Option<String>>,
}

impl Host for OnDisk {
    /// A document that names a system is a charter of its own; everything else belongs to the `charter.yaml` above it.
    fn home(&self, file: &Path, text: &str) -> Option<Home> {
        let name = file.file_name()?.to_str()?;
        let folder = file.parent()?;
        let starts = |key: &str| text.lines().any(|line| line.starts_with(key));
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if name == DOCUMENT || (is_yaml && starts("charter:") && starts("system:")) {
            return Some(Home { folder: folder.to_path_buf(), document: name.to_owned() });
        }
        let above = folder.ancestors().take(LEVELS_MAX).find(|folder| folder.join(DOCUMENT).is_file())?;
        Some(Home { folder: above.to_path_buf(), document: DOCUMENT.to_owned() })
    }

    fn charter_in(&self, folder: &Path) -> Option<Home> {
        folder.join(DOCUMENT).is_file().then(|| Home { folder: folder.to_path_buf(), document: DOCUMENT.to_owned() })
    }

    fn check(&mut self, home: &Home, open: &BTreeMap<String, Arc<[u8]>>) -> Result<Checked, String> {
        let over = open.iter().map(|(path, bytes)| (home.folder.join(path), Arc::clone(bytes))).collect();
        let disk = Arc::new(self.disk.over(over));
        let folder = Folder::read_from(home.folder.clone(), home.document.clone(), &[], disk).map_err(|problem| problem.to_string())?;
        let mut checked = check(folder, today());
        let (files, mentions) = (std::mem::take(&mut checked.folder.files), std::mem::take(&mut checked.folder.mentions));
        let references = std::mem::take(&mut checked.folder.references);
        Ok(Checked { files, resolved: checked.resolved, plan: checked.plan, report: checked.report, mentions, references })
    }

    /// Pages are written where programs keep what can be made again, so that an editor can open them without a network.
    fn page(&mut self, code: &str) -> Option<String> {
        if let Some(known) = self.pages.get(code) {
            return known.clone();
        }
        let written = write_page(code);
        self.pages.insert(code.to_owned(), written.clone());
        written
    }

    fn statistics(&self) -> Value {
        let reads = self.disk.reads();
        json!({ "files": reads.files, "models": reads.models, "samples": reads.samples, "evidence": reads.evidence })
    }
}

fn write_page(code: &str) -> Option<String> {
    let text = match charter_lint::rules::find(code) {
        Some(rule) => rule.page.to_owned(),
        None => match charter_spec::diagnostic::explain(code) {
            Some(found) => format!("# {}: {}\n\n{}\n", found.name(), found.title(), found.page()),
            None => PlanCode::find(code).map(|found| format!("# {}: {}\n\n{}\n", found.name(), found.title(), found.page()))?,
        },
    };
    let folder = cache()?.join("charter").join(concat!("rules-", env!("CARGO_PKG_VERSION")));
    let path = folder.join(format!("{code}.md"));
    if !std::fs::read(&path).is_ok_and(|had| had == text.as_bytes()) {
        std::fs::create_dir_all(&folder).ok()?;
        std::fs::write(&path, text).ok()?;
    }
    Some(charter_lsp::uri_of(&path))
}

/// The person's own folder for such things (XDG Base Directory Specification); without one there are no links.
fn cache() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")))
}
