//! The watch: one owned task that takes observations to the monitor, applies its orders, and keeps what it wants kept.
//!
//! | room | what is in it |
//! |---|---|
//! | [`monitor`] | the port: what a monitor is told, and what it orders |
//! | [`command`] | what operators and callers may ask for, and the handle to ask by |
//! | `take` | from the queues of observations to the monitor |
//! | `answer` | from a command to its reply |
//! | `bounds` | what of an order the plan allows |
//! | `generation` | ids of earlier plans, while their calls are still under way |
//! | `guarded` | what holds after the monitor has failed |
//! | `keeper`, `batch` | documents and logs on their way to the store |
//! | `choices` | what operators chose for flags |
//! | `replies` | who waits for something to be kept |
//!
//! INVARIANT: nothing of a rollout begins before its kept state is known; a store that fails stops neither calls nor decisions, and a monitor that fails no
//! calls: what it was trying out is taken back, and everything else stays.
//!
//! What is made of an observation belongs to the monitor, which has no clock and does no I/O; this task has both.

mod answer;
mod batch;
mod bounds;
mod choices;
pub mod command;
mod generation;
mod guarded;
mod keeper;
pub mod monitor;
mod replies;
mod take;

pub use command::{Action, Command, Done, Refused, Report, WatchHandle};
pub use monitor::{Counted, Latency, Monitor, Order, Restored};

use crate::context::{Clock, Moment};
use crate::controls::Stage;
use crate::engine::Engine;
use crate::runtime::Runtime;
use crate::store::Store;
use batch::Settled;
use choices::{CHOICES, Choices};
use command::Asked;
use generation::Generation;
use guarded::Guarded;
use keeper::Keeper;
use replies::Replies;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

/// How often observations are taken: the longest from an event to its consequence, but for the monitor's own time.
pub const TICK: Duration = Duration::from_millis(50);
/// How often changed state is kept when nothing was decided: what an end without warning can lose. Decisions are kept at once.
const SAVE: Duration = Duration::from_secs(1);
/// How often documents are read for what other replicas have written.
const LOOK: Duration = Duration::from_millis(500);
/// Longest time for the last save.
const LAST_SAVE: Duration = Duration::from_secs(5);
/// How often latencies count half: the half-life of a rollout's own memory of its stable version.
const FADE: Duration = Duration::from_hours(12);
/// Commands that wait; beyond it callers are told to come back.
const COMMANDS_MAX: usize = 1_024;

/// The task before it runs. Opening it restores what was kept, so that controls are right before the first call.
pub struct Watch {
    engine: Arc<Engine>,
    clock: Arc<dyn Clock>,
    monitor: Guarded,
    commands: mpsc::Receiver<Asked>,
    /// The plan that the monitor knows.
    runtime: Arc<Runtime>,
    /// Plans before it that calls may still be under way on.
    earlier: Vec<Generation>,
    keeper: Keeper,
    choices: Choices,
    replies: Replies,
    dropped: u64,
    save_at: Moment,
    look_at: Moment,
    fade_at: Moment,
}

impl Watch {
    /// Restores what was kept and applies it. What the store cannot say yet is asked for again while the watch runs, and does not begin until then.
    ///
    /// The future waits for the store, at most 10 s; no call is answered wrongly meanwhile, because the stable versions answer until it is done.
    pub async fn open(engine: Arc<Engine>, monitor: Box<dyn Monitor>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> (Self, WatchHandle) {
        let (sender, commands) = mpsc::channel(COMMANDS_MAX);
        let now = clock.now();
        let mut watch = Self {
            runtime: engine.current(),
            keeper: Keeper::new(store),
            choices: Choices::default(),
            replies: Replies::default(),
            earlier: Vec::new(),
            dropped: 0,
            save_at: now + SAVE,
            look_at: now + LOOK,
            fade_at: now + FADE,
            engine,
            clock,
            monitor: Guarded::new(monitor),
            commands,
        };
        watch.keeper.read(CHOICES.to_owned());
        watch.meet_plan();
        watch.keeper.begin(now);
        if watch.keeper.is_busy() {
            let settled = watch.keeper.done().await;
            watch.settle(settled);
        }
        watch.count();
        // A first decision outlives an end that comes before the first tick.
        if watch.decide() {
            watch.save(false);
        }
        watch.take_back_unjudged();
        (watch, WatchHandle::new(sender))
    }

    /// Watches until `stop` is done, then saves a last time.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut every = tokio::time::interval_at(Instant::now() + TICK, TICK);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = std::pin::pin!(stop);
        let mut open = true;
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = every.tick() => self.tick().await,
                settled = self.keeper.done(), if self.keeper.is_busy() => self.settle(settled),
                asked = self.commands.recv(), if open => match asked {
                    Some(asked) => self.answer(asked),
                    // Nobody can ask any more; what is watched goes on.
                    None => open = false,
                },
            }
            self.take_back_unjudged();
            self.keeper.begin(self.clock.now());
        }
        self.take().await;
        self.count();
        self.decide();
        self.save(true);
        if tokio::time::timeout(LAST_SAVE, self.flush()).await.is_err() {
            tracing::error!("the store did not take the last save in time");
        }
        self.replies.end();
    }

    async fn tick(&mut self) {
        let current = self.engine.current();
        if !Arc::ptr_eq(&current, &self.runtime) {
            let before = std::mem::replace(&mut self.runtime, current);
            // What waits was observed under the plan before, which the monitor still knows.
            self.take_from(&Arc::clone(before.controls().observations()), None, usize::MAX);
            self.earlier.push(Generation::of(&before));
            self.meet_plan();
        }
        self.take().await;
        self.count();
        let decided = self.decide();
        let now = self.clock.now();
        if decided || now >= self.save_at {
            self.save(false);
            self.save_at = now + SAVE;
        }
        if now >= self.look_at {
            self.keeper.look();
            self.look_at = now + LOOK;
        }
    }

    /// Tells the monitor a new plan, and asks the store for what it needs to go on.
    fn meet_plan(&mut self) {
        for key in self.monitor.plan_changed(&self.runtime, self.clock.unix_ms()) {
            self.keeper.read(key);
        }
        let monitor = &self.monitor;
        self.keeper.retain(|key| key == CHOICES || monitor.needs(key));
        self.choices.apply(self.runtime.controls().flags());
    }

    /// Asks the monitor what to do and does it. Whether anything was decided.
    fn decide(&mut self) -> bool {
        let orders = self.monitor.tick(self.clock.unix_ms());
        let decided = !orders.is_empty();
        for order in orders {
            self.apply(order);
        }
        decided
    }

    fn apply(&mut self, order: Order) {
        let (plan, controls) = (self.runtime.plan(), self.runtime.controls());
        match order {
            Order::Stage { rollout, stage } => {
                let settings = plan.rollouts.get(usize::from(rollout.0));
                if let (Some(settings), Some(control)) = (settings, controls.rollout(rollout)) {
                    let allowed = bounds::stage(settings, stage);
                    if allowed != stage {
                        tracing::error!(rollout = %settings.name, ?stage, ?allowed, "the plan does not allow that stage");
                    }
                    control.set_stage(allowed);
                }
            }
            Order::Slow { rollout, slow_us } => {
                if let Some(control) = controls.rollout(rollout) {
                    control.set_slow_us(slow_us.map_or(u32::MAX, |slow_us| slow_us.max(1)));
                }
            }
            Order::Experiment { experiment, running } => {
                if let Some(control) = controls.experiment(experiment) {
                    control.set_running(running);
                }
            }
            Order::Record { log, bytes } => self.keeper.append(log, bytes),
        }
    }

    fn save(&mut self, last: bool) {
        for (key, bytes) in self.monitor.save(self.clock.unix_ms(), last) {
            self.keeper.put(key, bytes);
        }
    }

    async fn flush(&mut self) {
        while !self.keeper.is_clean() {
            self.keeper.begin(Moment::NEVER);
            let settled = self.keeper.done().await;
            let failed = self.keeper.failing().is_some();
            self.settle(settled);
            if failed && self.keeper.failing().is_some() {
                tracing::error!(reason = self.keeper.failing(), "the last save is lost");
                break;
            }
        }
    }

    /// Takes what came back from the store.
    fn settle(&mut self, settled: Vec<Settled>) {
        let unix_ms = self.clock.unix_ms();
        self.keeper.note(&settled, self.clock.now());
        for settled in settled {
            let Some((key, document)) = self.keeper.settle(settled) else { continue };
            let bytes = document.as_ref().map(|document| document.bytes.as_slice());
            let restored = if key == CHOICES {
                let restored = self.choices.merge(bytes);
                self.choices.apply(self.runtime.controls().flags());
                restored
            } else {
                self.monitor.restore(&key, bytes, unix_ms)
            };
            match restored {
                Restored::Taken => self.keeper.forget(&key),
                Restored::Own(bytes) => self.keeper.put(key, bytes),
            }
        }
        self.replies.settle(&self.keeper);
    }

    /// Once a monitor has failed, no call goes on to a candidate that nobody judges; what answers all already goes on.
    fn take_back_unjudged(&mut self) {
        if !self.monitor.has_just_failed() {
            return;
        }
        for rollout in &self.runtime.plan().rollouts {
            if let Some(control) = self.runtime.controls().rollout(rollout.id)
                && matches!(control.stage(), Stage::Shadow | Stage::Canary(_))
            {
                control.set_stage(Stage::Stable);
                tracing::error!(rollout = %rollout.name, "{} answers all: nobody judges {}", rollout.stable_label, rollout.candidate_label);
            }
        }
    }
}
