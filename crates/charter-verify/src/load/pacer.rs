//! Sleeps to the microsecond without spinning.
//!
//! The runtime's own timer ticks in milliseconds, a thousand requests a second apart; a timer file descriptor fires
//! within some microseconds and costs no CPU while it waits (timerfd_create(2)). Elsewhere than on Linux the runtime's
//! timer has to do, and the report's lag says so.

use std::io;
use std::time::Instant;

#[cfg(target_os = "linux")]
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime};
#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;

/// A timer of one task.
pub(super) struct Pacer {
    #[cfg(target_os = "linux")]
    timer: AsyncFd<std::os::fd::OwnedFd>,
}

impl Pacer {
    /// Inside a runtime with its I/O driver on.
    #[cfg(target_os = "linux")]
    pub(super) fn new() -> io::Result<Self> {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // SAFETY: `OwnedFd` names the same open descriptor until it is dropped, and the `AsyncFd` owns it till then.
        let timer = unsafe { AsyncFd::register_with_interest(timer, tokio::io::Interest::READABLE) }?;
        Ok(Self { timer })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Returns at `when` or shortly after; at once if that has passed.
    #[cfg(target_os = "linux")]
    pub(super) async fn sleep_until(&mut self, when: Instant) -> io::Result<()> {
        let Some(pause) = when.checked_duration_since(Instant::now()).filter(|pause| !pause.is_zero()) else {
            return Ok(());
        };
        let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
        let value = Timespec { tv_sec: pause.as_secs() as _, tv_nsec: pause.subsec_nanos() as _ };
        timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::empty(), &Itimerspec { it_interval: zero, it_value: value })?;
        // Setting the timer again clears its count, so the descriptor is never read: one system call a sleep.
        self.timer.readable().await?.clear_ready();
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) async fn sleep_until(&mut self, when: Instant) -> io::Result<()> {
        tokio::time::sleep_until(when.into()).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn it_never_wakes_early_and_rarely_late() {
        let mut pacer = Pacer::new().unwrap();
        let mut lags = Vec::new();
        for _ in 0..200 {
            let when = Instant::now() + Duration::from_micros(300);
            pacer.sleep_until(when).await.unwrap();
            lags.push(Instant::now().checked_duration_since(when).expect("woke early"));
        }
        lags.sort();
        // Half of the sleeps, so that a busy machine does not decide the test.
        assert!(lags[lags.len() / 2] < Duration::from_millis(5), "median lag {:?}", lags[lags.len() / 2]);
        pacer.sleep_until(Instant::now()).await.unwrap();
    }
}
