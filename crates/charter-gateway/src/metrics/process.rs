//! Memory, processor time, start and open files of this process, as Linux tells them.

use std::fs;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Process {
    pub(super) resident_bytes: u64,
    pub(super) cpu_s: f64,
    /// Seconds since 1970.
    pub(super) started_s: f64,
    pub(super) open_files: u64,
    pub(super) threads: u64,
}

/// Ticks of `/proc` a second. Linux shows 100 to programs on every platform in use, whatever the kernel's own rate (`USER_HZ`).
const TICKS_PER_S: f64 = 100.0;
const PAGE_BYTES: u64 = 4096;

/// What can be read; zeros where `/proc` is not there.
pub(super) fn read() -> Process {
    try_read().unwrap_or_default()
}

fn try_read() -> Option<Process> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, the program's name, may hold spaces and brackets; the rest follows its last bracket and starts with field 3 of
    // proc(5).
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).and_then(|field| field.parse::<f64>().ok());
    let booted_s = fs::read_to_string("/proc/stat").ok()?.lines().find_map(|line| line.strip_prefix("btime "))?.parse::<f64>().ok()?;
    let threads = field(20)?;
    let resident_pages = field(24)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts that the kernel wrote as whole numbers")]
    let (threads, resident_pages) = (threads as u64, resident_pages as u64);
    Some(Process {
        resident_bytes: resident_pages * PAGE_BYTES,
        cpu_s: (field(14)? + field(15)?) / TICKS_PER_S,
        started_s: booted_s + field(22)? / TICKS_PER_S,
        open_files: fs::read_dir("/proc/self/fd").ok()?.count() as u64,
        threads,
    })
}
