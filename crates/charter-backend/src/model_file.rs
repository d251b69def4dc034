//! Reads a file beneath the charter's folder: once, with a limit.
//!
//! INVARIANT: the bytes that are hashed are the bytes that are run; nothing opens the file a second time. What is in the file does not belong here.

use crate::digest::sha256;
use crate::failure::unavailable;
use charter_engine::Unavailable;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Largest model that is read into memory.
pub(crate) const BYTES_MAX: u64 = 512 << 20;

const INSIDE: &str = "put the file into the charter's folder and write its path relative to that folder, with `/` and without `..`";

/// A file's bytes and their digest.
pub(crate) struct ModelFile {
    pub(crate) bytes: Vec<u8>,
    pub(crate) digest: String,
}

/// Reads the model at `relative` beneath `root`.
pub(crate) fn read_beneath(root: &Path, relative: &str) -> Result<ModelFile, Unavailable> {
    read_file_beneath(root, relative, BYTES_MAX).map(hashed)
}

/// Reads the file at `relative` beneath `root`, of at most `bytes_max` bytes. Symbolic links may stay inside the folder, never leave it.
///
/// Errors: a path that leads out of the folder, no file, a pipe or device, a file that is too large.
pub fn read_file_beneath(root: &Path, relative: &str, bytes_max: u64) -> Result<Vec<u8>, Unavailable> {
    let plain = Path::new(relative).components().all(|component| matches!(component, Component::Normal(_)));
    if relative.is_empty() || !plain || relative.contains(['\\', '\0']) {
        return Err(unavailable(format!("`{relative}` is no path beneath the charter's folder"), INSIDE));
    }
    let root = root.canonicalize().map_err(|_| unavailable("the charter's folder is gone", "start again with a folder that exists"))?;
    let path = root.join(relative).canonicalize().map_err(|_| unavailable(format!("`{relative}` is not there"), INSIDE))?;
    if !path.starts_with(&root) {
        return Err(unavailable(format!("`{relative}` leads out of the charter's folder"), INSIDE));
    }
    read(&path, relative, bytes_max)
}

fn hashed(bytes: Vec<u8>) -> ModelFile {
    let digest = sha256(&bytes);
    ModelFile { bytes, digest }
}

/// Reads a file that a person named on the command line.
pub(crate) fn read_named(path: &Path) -> Result<ModelFile, Unavailable> {
    let name = path.display().to_string();
    let path: PathBuf = path.canonicalize().map_err(|_| unavailable(format!("`{name}` is not there"), "check the path"))?;
    read(&path, &name, BYTES_MAX).map(hashed)
}

/// `path` is canonical.
fn read(path: &Path, name: &str, bytes_max: u64) -> Result<Vec<u8>, Unavailable> {
    let changed = || unavailable(format!("`{name}` changed while it was read"), "write files aside and rename them into place");
    let cannot =
        |error: std::io::Error| unavailable(format!("`{name}` cannot be read: {}", error.kind()), "make the file readable for this user");
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let expected = path.symlink_metadata().map_err(cannot)?;
    if !expected.is_file() {
        return Err(unavailable(format!("`{name}` is no regular file"), "name a file, not a folder, pipe or device"));
    }
    let file = File::open(path).map_err(cannot)?;
    let found = file.metadata().map_err(cannot)?;
    if (found.dev(), found.ino()) != (expected.dev(), expected.ino()) {
        return Err(changed());
    }
    if found.len() > bytes_max {
        let help = if bytes_max == BYTES_MAX {
            "serve it from a remote server (`oip`)"
        } else {
            "split it, or keep its rows where a model can reach them"
        };
        return Err(unavailable(format!("`{name}` is larger than {} MiB", bytes_max >> 20), help));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
    let read = file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(cannot)?;
    if read as u64 != found.len() {
        return Err(changed());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn reason(root: &Path, relative: &str) -> String {
        read_beneath(root, relative).err().expect("refused").reason
    }

    #[test]
    fn a_file_beneath_the_folder_is_read_and_hashed() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("models")).expect("made");
        std::fs::write(folder.path().join("models/a.onnx"), "abc").expect("written");
        symlink("a.onnx", folder.path().join("models/b.onnx")).expect("linked");
        for name in ["models/a.onnx", "models/b.onnx"] {
            let file = read_beneath(folder.path(), name).unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(file.bytes, b"abc");
            assert_eq!(file.digest, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        }
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let outside = tempfile::tempdir().expect("a folder");
        std::fs::write(outside.path().join("secret.onnx"), "x").expect("written");
        let folder = tempfile::tempdir().expect("a folder");
        symlink(outside.path(), folder.path().join("link")).expect("linked");
        symlink(outside.path().join("secret.onnx"), folder.path().join("file.onnx")).expect("linked");
        std::fs::create_dir(folder.path().join("models")).expect("made");
        assert!(reason(folder.path(), "link/secret.onnx").contains("leads out of"));
        assert!(reason(folder.path(), "file.onnx").contains("leads out of"));
        for name in ["", "../secret.onnx", "models/../../x", "/etc/passwd", "./a.onnx", "models\\a.onnx", "a\0b", "models/.."] {
            assert!(reason(folder.path(), name).contains("is no path beneath"), "{name:?}");
        }
        assert!(reason(folder.path(), "models").contains("is no regular file"));
        assert!(reason(folder.path(), "absent.onnx").contains("is not there"));
    }

    #[test]
    fn a_pipe_is_refused_without_waiting_for_its_writer() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.onnx")).status().expect("mkfifo runs");
        assert!(made.success());
        assert!(reason(folder.path(), "pipe.onnx").contains("is no regular file"));
    }

    #[test]
    fn a_file_beyond_the_limit_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = File::create(folder.path().join("huge.onnx")).expect("made");
        file.set_len(BYTES_MAX + 1).expect("sparse");
        assert!(reason(folder.path(), "huge.onnx").contains("larger than 512 MiB"));
    }
}
