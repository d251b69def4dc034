//! The text of a foreign file: bounded, UTF-8, without a byte-order mark.

use super::{Code, Notes};
use charter_spec::{FileId, FileSet, Span};

/// Largest file that is read, in bytes.
pub(crate) const FILE_BYTES_MAX: usize = 4 << 20;

/// The text of a file and the offset at which it starts; `None` when it is none, which is noted.
pub(crate) fn text_of<'f>(files: &'f FileSet, file: FileId, notes: &mut Notes) -> Option<(&'f str, usize)> {
    let bytes = files.bytes(file);
    if bytes.len() > FILE_BYTES_MAX {
        let message = format!("`{}` has {} bytes, and an import takes files of at most {FILE_BYTES_MAX}", files.path(file), bytes.len());
        notes.push(Code::Unreadable, Span::new(file, 0, 0), message);
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map_or((bytes, 0), |rest| (rest, 3));
    match std::str::from_utf8(bytes.0) {
        Ok(text) => Some((text, bytes.1)),
        Err(error) => {
            let at = bytes.1 + error.valid_up_to();
            let byte = bytes.0.get(error.valid_up_to()).copied().unwrap_or(0);
            notes.help(Code::Unreadable, Span::new(file, at, at + 1), format!("byte 0x{byte:02X} is no UTF-8"), "save the file as UTF-8");
            None
        }
    }
}
