//! Editors against the language server: Neovim with the configuration that the documentation gives, and the client library of Visual Studio Code.
//!
//! What they are made to do stands in `crates/charter-lsp/tests/editors`.

use crate::shell::{capture, cargo, exists, program, root, step};
use crate::tools::system;
use std::path::{Path, PathBuf};

/// Builds Charter and runs the editors: what `cargo xtask test` does of this alone.
pub(crate) fn run() -> Result<(), String> {
    step("build Charter", cargo().args(["build", "--locked", "--package", "charter"]))?;
    Editors::fetch()?.run(&root().join("target/debug/charter"))
}

/// The editors, fetched once.
pub(crate) struct Editors {
    folder: PathBuf,
    neovim: PathBuf,
}

impl Editors {
    pub(crate) fn fetch() -> Result<Self, String> {
        system("nvim", "neovim")?;
        system("node", "nodejs")?;
        if !exists("npm") {
            system("npm", "npm")?;
        }
        let folder = root().join(".tools/editors");
        std::fs::create_dir_all(&folder).map_err(|problem| format!("cannot make {}: {problem}", folder.display()))?;
        let here = scripts();
        let read = |name: &str| std::fs::read_to_string(here.join(name)).map_err(|problem| format!("cannot read {name}: {problem}"));
        let wanted = read("package-lock.json")?;
        let stamp = folder.join("lock.stamp");
        if !std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
            println!("   fetching the client library of Visual Studio Code into .tools/editors");
            let put = |name: &str, text: &str| {
                std::fs::write(folder.join(name), text).map_err(|problem| format!("cannot write {name}: {problem}"))
            };
            put("package.json", &read("package.json")?)?;
            put("package-lock.json", &wanted)?;
            let mut install = program("npm");
            install.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]);
            capture(&mut install).map_err(|problem| format!("cannot install the client library of Visual Studio Code: {problem}"))?;
            put("lock.stamp", &wanted)?;
        }
        Ok(Self { folder, neovim: "nvim".into() })
    }

    /// Runs each on a copy of the shop of its own.
    pub(crate) fn run(&self, charter: &Path) -> Result<(), String> {
        let configuration = self.folder.join("init.lua");
        let snippet = snippet(version(&self.neovim)?)?;
        std::fs::write(&configuration, snippet).map_err(|problem| format!("cannot write {}: {problem}", configuration.display()))?;
        let shop = self.shop("neovim")?;
        let script = format!("luafile {}", scripts().join("neovim.lua").display());
        let mut neovim = program(&self.neovim);
        neovim.current_dir(&shop).args(["--headless", "--clean", "-n", "-u"]).arg(&configuration);
        neovim.args(["charter.yaml", "-c", script.as_str()]);
        step("Neovim on the shop", self.beside(&mut neovim, charter)?)?;
        let shop = self.shop("vscode")?;
        let mut node = program("node");
        node.arg(scripts().join("vscode.js")).arg(&shop).env("NODE_PATH", self.folder.join("node_modules"));
        step("the client library of Visual Studio Code on the shop", self.beside(&mut node, charter)?)
    }

    /// A fresh copy of the shop, without what no editor reads.
    fn shop(&self, name: &str) -> Result<PathBuf, String> {
        let target = self.folder.join(name);
        if target.exists() {
            std::fs::remove_dir_all(&target).map_err(|problem| format!("cannot empty {}: {problem}", target.display()))?;
        }
        copy(&root().join("examples/shop"), &target).map_err(|problem| format!("cannot copy the shop: {problem}"))?;
        Ok(target)
    }

    /// With this `charter` first on the path, and pages of rules where they harm nobody.
    fn beside<'c>(&self, command: &'c mut std::process::Command, charter: &Path) -> Result<&'c mut std::process::Command, String> {
        let folders = charter.parent().map(Path::to_path_buf).into_iter();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).map_err(|problem| problem.to_string())?;
        Ok(command.env("PATH", path).env("XDG_CACHE_HOME", self.folder.join("cache")))
    }
}

fn scripts() -> PathBuf {
    root().join("crates/charter-lsp/tests/editors")
}

/// The minor version of Neovim: 11 for `NVIM v0.11.2`.
fn version(neovim: &Path) -> Result<u32, String> {
    let text = capture(program(neovim).arg("--version"))?;
    let line = text.lines().next().unwrap_or_default();
    let minor = line.split('.').nth(1).and_then(|minor| minor.parse().ok());
    minor.filter(|_| line.starts_with("NVIM v0.")).ok_or_else(|| format!("`{line}` is no version of Neovim that is known here"))
}

/// The configuration that the documentation gives: it has one for 0.11 and later, one for 0.10 and one for what is older, in this order.
fn snippet(minor: u32) -> Result<String, String> {
    let page = root().join("docs/reference/editors.md");
    let text = std::fs::read_to_string(&page).map_err(|problem| format!("cannot read {}: {problem}", page.display()))?;
    let blocks = text.split("```lua\n").skip(1).filter_map(|rest| rest.split("```").next());
    let at = match minor {
        11.. => 0,
        10 => 1,
        _ => 2,
    };
    let found = blocks.map(str::to_owned).nth(at);
    found.ok_or_else(|| format!("{} has no configuration of Neovim 0.{minor}", page.display()))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !entry.file_type()?.is_dir() {
            std::fs::copy(entry.path(), target)?;
        } else if entry.file_name() != "train" && entry.file_name() != "evidence" {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}
