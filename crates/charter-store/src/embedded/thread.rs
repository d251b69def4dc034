//! The two threads of an embedded store: one writes, one reads.
//!
//! INVARIANT: a write is answered after its transaction is on the disk. What waits when a transaction begins goes into it (group commit); when one of them
//! fails, each is tried alone, so that nobody fails for a neighbour.

use super::command::{Read, Reply, Write};
use super::schema::describe;
use charter_engine::store::{Document, Record, StoreError};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::mpsc;

/// Most commands of one transaction.
const GROUP_MAX: usize = 256;

/// Writes until nobody can ask any more.
pub(super) fn write(mut connection: Connection, mut commands: mpsc::Receiver<Write>, retention: u64) {
    let mut group = Vec::new();
    while let Some(first) = commands.blocking_recv() {
        group.push(first);
        while group.len() < GROUP_MAX
            && let Ok(next) = commands.try_recv()
        {
            group.push(next);
        }
        match together(&mut connection, &group, retention) {
            Ok(results) => group.drain(..).zip(results).for_each(|(command, result)| answer(command, result)),
            Err(_) => {
                for command in group.drain(..) {
                    let alone = together(&mut connection, std::slice::from_ref(&command), retention);
                    let result = match alone {
                        Ok(results) => results.into_iter().next().unwrap_or(Err(StoreError::Conflict)),
                        Err(error) => Err(StoreError::Unavailable(describe(&error))),
                    };
                    answer(command, result);
                }
            }
        }
    }
}

/// One transaction; a conflict is a result and writes nothing, an error undoes all.
fn together(connection: &mut Connection, group: &[Write], retention: u64) -> rusqlite::Result<Vec<Result<u64, StoreError>>> {
    // Taking the lock first keeps the versions that are read true until they are written, whoever else has the file open.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut results = Vec::with_capacity(group.len());
    for command in group {
        results.push(match command {
            Write::Put { key, bytes, over, .. } => put(&transaction, key, bytes, *over)?,
            Write::Append { log, records, .. } => Ok(append(&transaction, log, records, retention)?),
        });
    }
    transaction.commit()?;
    Ok(results)
}

fn put(transaction: &Transaction<'_>, key: &str, bytes: &[u8], over: u64) -> rusqlite::Result<Result<u64, StoreError>> {
    let written = if over == 0 {
        let mut insert = transaction.prepare_cached("INSERT INTO document VALUES (?1, 1, ?2) ON CONFLICT DO NOTHING")?;
        insert.execute(params![key, bytes])?
    } else {
        let mut update =
            transaction.prepare_cached("UPDATE document SET bytes = ?2, version = version + 1 WHERE key = ?1 AND version = ?3")?;
        update.execute(params![key, bytes, signed(over)])?
    };
    Ok(if written == 1 { Ok(over + 1) } else { Err(StoreError::Conflict) })
}

fn append(transaction: &Transaction<'_>, log: &str, records: &[Vec<u8>], retention: u64) -> rusqlite::Result<u64> {
    let mut last = transaction.prepare_cached("SELECT last FROM log WHERE name = ?1")?;
    let mut sequence: i64 = last.query_row([log], |row| row.get(0)).optional()?.unwrap_or(0);
    let mut insert = transaction.prepare_cached("INSERT INTO record VALUES (?1, ?2, ?3)")?;
    for bytes in records {
        sequence += 1;
        insert.execute(params![log, sequence, bytes])?;
    }
    // The last number is kept apart, so that none is given twice when records go.
    let mut keep = transaction.prepare_cached("INSERT INTO log VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET last = excluded.last")?;
    keep.execute(params![log, sequence])?;
    let mut trim = transaction.prepare_cached("DELETE FROM record WHERE log = ?1 AND sequence <= ?2")?;
    trim.execute(params![log, sequence.saturating_sub(signed(retention))])?;
    Ok(sequence.unsigned_abs())
}

fn answer(command: Write, result: Result<u64, StoreError>) {
    let (Write::Put { reply, .. } | Write::Append { reply, .. }) = command;
    // Whoever asked may have gone; the write stands.
    let _ = reply.send(result);
}

/// Reads until nobody can ask any more.
pub(super) fn read(connection: &Connection, mut commands: mpsc::Receiver<Read>) {
    while let Some(command) = commands.blocking_recv() {
        match command {
            Read::Get { key, reply } => tell(reply, get(connection, &key)),
            Read::Keys { prefix, reply } => tell(reply, keys(connection, &prefix)),
            Read::Records { log, after, limit, reply } => tell(reply, records(connection, &log, after, limit)),
        }
    }
}

fn tell<T>(reply: Reply<T>, result: rusqlite::Result<T>) {
    let _ = reply.send(result.map_err(|error| StoreError::Unavailable(describe(&error))));
}

fn get(connection: &Connection, key: &str) -> rusqlite::Result<Option<Document>> {
    let mut select = connection.prepare_cached("SELECT bytes, version FROM document WHERE key = ?1")?;
    let document = |row: &rusqlite::Row<'_>| Ok(Document { bytes: row.get(0)?, version: row.get::<_, i64>(1)?.unsigned_abs() });
    select.query_row([key], document).optional()
}

fn keys(connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<String>> {
    // No allowed character is above this one.
    let end = format!("{prefix}\u{7f}");
    let mut select = connection.prepare_cached("SELECT key FROM document WHERE key >= ?1 AND key < ?2 ORDER BY key")?;
    select.query_map([prefix, &end], |row| row.get(0))?.collect()
}

fn records(connection: &Connection, log: &str, after: u64, limit: usize) -> rusqlite::Result<Vec<Record>> {
    let mut select =
        connection.prepare_cached("SELECT sequence, bytes FROM record WHERE log = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let record = |row: &rusqlite::Row<'_>| Ok(Record { sequence: row.get::<_, i64>(0)?.unsigned_abs(), bytes: row.get(1)? });
    select.query_map(params![log, signed(after), limit], record)?.collect()
}

/// `SQLite` knows signed numbers only; none of ours comes near the end of them.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
