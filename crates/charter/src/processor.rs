//! What a process of this machine has used.

use crate::exit::Problem;

/// CPU time of a process over all its threads, as the scheduler counts it.
pub(crate) fn cpu_nanos(process: u32) -> Result<u64, Problem> {
    let failed =
        |problem: std::io::Error| Problem::Environment(format!("cannot read the server's CPU time, which takes Linux's /proc: {problem}"));
    let mut sum = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task")).map_err(failed)? {
        let path = task.map_err(failed)?.path().join("schedstat");
        // A thread may end between the list and its file; it had next to nothing to do with the requests.
        let text = std::fs::read_to_string(path).unwrap_or_default();
        sum += text.split_ascii_whitespace().next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(sum)
}
