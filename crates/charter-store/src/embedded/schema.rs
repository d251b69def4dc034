//! The file: its mark, its tables, and how it is opened.
//!
//! Reading and writing rows belongs to [`super::thread`].

use super::Limits;
use charter_engine::store::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// Marks the file as ours: `Chrt`.
const APPLICATION: i32 = 0x4368_7274;
/// Of the tables below.
const VERSION: i32 = 1;
/// How long a connection waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS document (key TEXT PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS log (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS record (log TEXT NOT NULL, sequence INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (log, sequence)) STRICT;
";

/// Opens the connection that writes; makes the file where there is none.
pub(super) fn open(path: &Path, limits: Limits) -> Result<Connection, StoreError> {
    let problem = |error: rusqlite::Error| refused(path, &error);
    let mut connection = Connection::open(path).map_err(problem)?;
    connection.busy_timeout(BUSY).map_err(problem)?;
    let number = |connection: &Connection, pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number(&connection, "application_id").map_err(problem)?;
    let pages = number(&connection, "page_count").map_err(problem)?;
    if pages > 0 && application != i64::from(APPLICATION) {
        return Err(StoreError::Unavailable(format!(
            "`{}` is a database of another program; name another file for the store",
            path.display()
        )));
    }
    let version = number(&connection, "user_version").map_err(problem)?;
    if version > i64::from(VERSION) {
        return Err(StoreError::Unavailable(format!(
            "`{}` was written by a newer version of charter (format {version}, this one knows {VERSION}); use that version",
            path.display()
        )));
    }
    prepare(&mut connection, limits).map_err(problem)?;
    // A page that cannot be read would otherwise be found in the middle of a rollout.
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(problem)?;
    if sound != "ok" {
        return Err(damaged(path, &sound));
    }
    Ok(connection)
}

/// WAL, so that readers never wait; FULL, so that a write survives the machine and not only the process.
fn prepare(connection: &mut Connection, limits: Limits) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let page: u64 = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0)).map(|size| size.max(512) as u64)?;
    let pages = i64::try_from((limits.file_bytes_max / page).max(16)).unwrap_or(i64::MAX);
    connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Opens a second connection, which only reads.
pub(super) fn open_again(path: &Path) -> Result<Connection, StoreError> {
    let problem = |error: rusqlite::Error| refused(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(problem)?;
    connection.busy_timeout(BUSY).map_err(problem)?;
    Ok(connection)
}

fn refused(path: &Path, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(path, "it does not read as a database"),
        _ => StoreError::Unavailable(format!("`{}`: {}", path.display(), describe(error))),
    }
}

fn damaged(path: &Path, what: &str) -> StoreError {
    StoreError::Unavailable(format!(
        "`{}` is damaged or no store ({what}); bring back a copy, or move it away to begin with an empty one",
        path.display()
    ))
}

/// What an error means, for operators.
pub(super) fn describe(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk, or the store's own limit, is full; free some room".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another process holds the file; try again".to_owned(),
        Some(ErrorCode::ReadOnly) => "the file or its folder may not be written".to_owned(),
        Some(ErrorCode::CannotOpen) => "it cannot be opened; does its folder exist, and may it be written?".to_owned(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the file is damaged; bring back a copy".to_owned(),
        Some(ErrorCode::SystemIoFailure) => "the disk gives an error".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}
