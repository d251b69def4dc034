//! Runs another program with a limit on time and output. Only commands of a person at a terminal come here, never a request.
//!
//! What the programs are for does not belong here.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Most bytes of each stream that are kept; the rest is read and dropped.
const OUTPUT_BYTES_MAX: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct Output {
    pub(super) success: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs the command without standard input. The error says why it did not run or end in time.
pub(super) fn run(mut command: Command, timeout: Duration) -> Result<Output, String> {
    let ends = Instant::now() + timeout;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{}` does not start: {error}", command.get_program().display()))?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let (stdout, stderr) = match (receive(&stdout, ends), receive(&stderr, ends)) {
        (Ok(stdout), Ok(stderr)) => (stdout, stderr),
        _ => {
            // Its end is waited for below, so that no process is left behind.
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("`{}` did not end within {} s", command.get_program().display(), timeout.as_secs()));
        }
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok(Output { success: status.success(), stdout, stderr })
}

fn receive(receiver: &Receiver<String>, ends: Instant) -> Result<String, RecvTimeoutError> {
    receiver.recv_timeout(ends.saturating_duration_since(Instant::now()))
}

/// Reads a stream on its own thread, so that a full pipe never blocks the program.
fn drain(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.by_ref().take(OUTPUT_BYTES_MAX).read_to_end(&mut kept);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
        let _ = sender.send(String::from_utf8_lossy(&kept).into_owned());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_program_says_is_kept_up_to_the_limit() {
        let output = run(shell("echo out; echo err >&2; exit 3"), Duration::from_secs(20)).expect("runs");
        assert_eq!((output.success, output.stdout.as_str(), output.stderr.as_str()), (false, "out\n", "err\n"));
        let output = run(shell("head -c 1000000 /dev/zero"), Duration::from_secs(20)).expect("runs");
        assert_eq!((output.success, output.stdout.len() as u64), (true, OUTPUT_BYTES_MAX));
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        assert!(run(shell("exec tail -f /dev/null"), Duration::from_millis(50)).expect_err("ends").contains("did not end"));
        assert!(run(Command::new("/nowhere/at/all"), Duration::from_secs(1)).expect_err("fails").contains("does not start"));
    }
}
