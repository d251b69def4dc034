//! Who waits for a place inside a model, who gets the next one, and who has waited too long.
//!
//! - **Bound**: `min(max, limit × accepted wait ÷ service time)`, the accepted wait being the interval: a burst may wait that long once. A call whose turn
//!   would come after its time is not taken in at all.
//! - **CoDel** (Nichols and Jacobson 2012) in the form of "Fail at Scale" (Maurer, ACM Queue 2015): once the oldest has waited longer than the target for
//!   a whole interval, who waited longer than the target is shed, until the queue has been empty.
//! - **Adaptive LIFO** (the same article): while that lasts the newest is served first, because it is the one who may still be in time.
//! - **Priorities**: interactive calls before batch calls; copies never wait.
//! - **Fair share**: within a priority the tenant with the fewest rows served is next (start-time fair queueing, Goyal, Vin and Cheng 1996). A full
//!   queue drops from the longest line of the lowest priority (longest queue drop, McKenney 1990).
//!
//! Pure: time is an argument. Waking those who wait belongs to [`super::gate`].

use crate::call::Priority;
use crate::context::Moment;
use charter_plan::plan::Queue as Settings;
use std::collections::VecDeque;
use std::time::Duration;

const CLASSES: usize = 2;

/// Calls that wait. `T` is how whoever waits is told.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    settings: Option<Settings>,
    classes: [Class<T>; CLASSES],
    /// INVARIANT: the number of waiters in `classes`.
    waiting: usize,
    /// When the queue was last empty, or before overload, its oldest had last waited no longer than the target.
    calm: Option<Moment>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Class<T> {
    /// INVARIANT: no line is empty.
    lines: Vec<Line<T>>,
    /// Where a tenant begins that did not wait before.
    clock: u64,
}

/// One tenant's waiters, oldest first.
#[derive(Debug)]
struct Line<T> {
    tenant: u64,
    /// Rows served, counted from the class's clock when the line began.
    served: u64,
    waiters: VecDeque<Waiter<T>>,
}

#[derive(Debug)]
struct Waiter<T> {
    ticket: u64,
    since: Moment,
    /// After this moment a place is of no use.
    latest: Moment,
    rows: u32,
    tell: T,
}

/// Somebody who wants to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) priority: Priority,
    pub(crate) tenant: u64,
    pub(crate) rows: u32,
    /// After this moment a place is of no use.
    pub(crate) latest: Moment,
}

/// How fast places become free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) limit: u32,
    /// Service time of one call; `None` before anything is known.
    pub(crate) service: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pushed<T> {
    /// Waits under this ticket; somebody less entitled may have been dropped for it.
    Waits { ticket: u64, dropped: Option<T> },
    /// There is no room, or its turn would come too late.
    Full(T),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    Serve(T),
    /// It waited too long.
    Shed(T),
}

impl Pace {
    /// Time until `ahead` calls have found their places; zero while nothing is known.
    pub(crate) fn drain(self, ahead: usize) -> Duration {
        let service = self.service.unwrap_or_default();
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        service.saturating_mul(ahead) / self.limit.max(1)
    }

    /// Calls that find their places within `wait`; at least 1.
    fn calls_within(self, wait: Duration) -> usize {
        let Some(service) = self.service.filter(|service| !service.is_zero()) else { return usize::MAX };
        let calls = f64::from(self.limit) * wait.as_secs_f64() / service.as_secs_f64();
        (calls.ceil() as usize).max(1)
    }
}

impl<T> Queue<T> {
    pub(crate) fn new(settings: Option<Settings>) -> Self {
        Self { settings, classes: std::array::from_fn(|_| Class { lines: Vec::new(), clock: 0 }), waiting: 0, calm: None, next_ticket: 0 }
    }

    /// Other settings for those who come and those who wait already. Without any nobody new may wait.
    pub(crate) fn configure(&mut self, settings: Option<Settings>) {
        self.settings = settings;
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// Lets somebody wait.
    pub(crate) fn push(&mut self, now: Moment, arrival: Arrival, pace: Pace, tell: T) -> Pushed<T> {
        let Some(settings) = self.settings else { return Pushed::Full(tell) };
        let class = match arrival.priority {
            Priority::Interactive => 0,
            Priority::Batch => 1,
            Priority::Shadow => return Pushed::Full(tell),
        };
        self.look(now);
        if now >= arrival.latest || (!self.overloaded(now) && now + pace.drain(self.ahead(class, arrival.tenant) + 1) > arrival.latest) {
            return Pushed::Full(tell);
        }
        let bound = pace.calls_within(interval(settings)).min(settings.max as usize);
        let mut dropped = None;
        if self.waiting >= bound {
            match self.drop_for(class, arrival.tenant, now) {
                Some(waiter) => dropped = Some(waiter.tell),
                None => return Pushed::Full(tell),
            }
        }
        let ticket = self.next_ticket;
        self.next_ticket = self.next_ticket.wrapping_add(1);
        let waiter = Waiter { ticket, since: now, latest: arrival.latest, rows: arrival.rows.max(1), tell };
        if let Some(class) = self.classes.get_mut(class) {
            class.push(arrival.tenant, waiter);
            self.waiting += 1;
        }
        Pushed::Waits { ticket, dropped }
    }

    /// Who is next: to be served, or to be told that it waited too long. `None` when nobody waits.
    pub(crate) fn next(&mut self, now: Moment) -> Option<Next<T>> {
        self.look(now);
        let overloaded = self.overloaded(now);
        let target = self.settings.map_or(Duration::MAX, target);
        if overloaded && let Some(waiter) = self.take_old(now, target) {
            return Some(Next::Shed(waiter.tell));
        }
        let waiter = self.classes.iter_mut().find_map(|class| class.take(overloaded))?;
        self.waiting -= 1;
        self.look(now);
        Some(if waiter.latest <= now { Next::Shed(waiter.tell) } else { Next::Serve(waiter.tell) })
    }

    /// Takes somebody out who does not want to wait any more; `None` when the ticket was called before.
    pub(crate) fn remove(&mut self, now: Moment, ticket: u64) -> Option<T> {
        let waiter = self.classes.iter_mut().find_map(|class| class.remove(|waiter| waiter.ticket == ticket))?;
        self.waiting -= 1;
        self.look(now);
        Some(waiter.tell)
    }

    /// Whether a whole interval long nobody could be served within the target.
    pub(crate) fn overloaded(&self, now: Moment) -> bool {
        let Some(settings) = self.settings else { return false };
        self.waiting > 0 && self.calm.is_some_and(|calm| now.since(calm) >= interval(settings))
    }

    /// Remembers when all was calm.
    fn look(&mut self, now: Moment) {
        let Some(settings) = self.settings else { return };
        let within = || self.classes.iter().filter_map(Class::oldest).min().is_none_or(|oldest| now.since(oldest) <= target(settings));
        if self.waiting == 0 || self.calm.is_none() || (!self.overloaded(now) && within()) {
            self.calm = Some(now);
        }
    }

    /// Calls that go before the next one of this tenant, if the tenants take turns.
    fn ahead(&self, class: usize, tenant: u64) -> usize {
        let above: usize = self.classes.iter().take(class).map(Class::len).sum();
        let Some(class) = self.classes.get(class) else { return above };
        let own = class.lines.iter().find(|line| line.tenant == tenant).map_or(0, |line| line.waiters.len());
        above + class.lines.iter().map(|line| line.waiters.len().min(own + 1)).sum::<usize>()
    }

    /// Makes room: drops from the longest line of the lowest priority, unless that is the line of whoever comes.
    fn drop_for(&mut self, class: usize, tenant: u64, now: Moment) -> Option<Waiter<T>> {
        let overloaded = self.overloaded(now);
        for position in (class..CLASSES).rev() {
            let Some(lowest) = self.classes.get_mut(position).filter(|lowest| !lowest.lines.is_empty()) else { continue };
            let own = lowest.lines.iter().find(|line| line.tenant == tenant).map_or(0, |line| line.waiters.len());
            let longest = lowest.lines.iter().map(|line| line.waiters.len()).max().unwrap_or(0);
            if position == class && longest <= own + 1 {
                return None;
            }
            // Whoever would be served last goes.
            let line = lowest.lines.iter().position(|line| line.waiters.len() == longest)?;
            let waiter = lowest.take_from(line, !overloaded);
            self.waiting -= usize::from(waiter.is_some());
            return waiter;
        }
        None
    }

    /// Takes the oldest when it waited longer than `target`.
    fn take_old(&mut self, now: Moment, target: Duration) -> Option<Waiter<T>> {
        let waiter = self.classes.iter_mut().rev().find_map(|class| class.remove(|waiter| now.since(waiter.since) > target))?;
        self.waiting -= 1;
        Some(waiter)
    }
}

impl<T> Class<T> {
    fn len(&self) -> usize {
        self.lines.iter().map(|line| line.waiters.len()).sum()
    }

    fn oldest(&self) -> Option<Moment> {
        self.lines.iter().filter_map(|line| line.waiters.front()).map(|waiter| waiter.since).min()
    }

    fn push(&mut self, tenant: u64, waiter: Waiter<T>) {
        match self.lines.iter_mut().find(|line| line.tenant == tenant) {
            Some(line) => line.waiters.push_back(waiter),
            None => self.lines.push(Line { tenant, served: self.clock, waiters: VecDeque::from([waiter]) }),
        }
    }

    /// The next of the tenant that was served least: its newest or its oldest.
    fn take(&mut self, newest: bool) -> Option<Waiter<T>> {
        let position = self.lines.iter().enumerate().min_by_key(|(_, line)| line.served).map(|(position, _)| position)?;
        let line = self.lines.get_mut(position)?;
        self.clock = line.served;
        let next = if newest { line.waiters.back() } else { line.waiters.front() };
        line.served = line.served.saturating_add(next.map_or(0, |waiter| u64::from(waiter.rows)));
        self.take_from(position, newest)
    }

    fn take_from(&mut self, position: usize, newest: bool) -> Option<Waiter<T>> {
        let line = self.lines.get_mut(position)?;
        let waiter = if newest { line.waiters.pop_back() } else { line.waiters.pop_front() };
        self.tidy(position);
        waiter
    }

    /// The first waiter, line by line and oldest first, for which this holds.
    fn remove(&mut self, wanted: impl Fn(&Waiter<T>) -> bool) -> Option<Waiter<T>> {
        let find = |(position, line): (usize, &Line<T>)| line.waiters.iter().position(&wanted).map(|index| (position, index));
        let (position, index) = self.lines.iter().enumerate().find_map(find)?;
        let waiter = self.lines.get_mut(position)?.waiters.remove(index);
        self.tidy(position);
        waiter
    }

    fn tidy(&mut self, position: usize) {
        if self.lines.get(position).is_some_and(|line| line.waiters.is_empty()) {
            // Order is kept: ties go to who began first.
            self.lines.remove(position);
        }
    }
}

fn target(settings: Settings) -> Duration {
    Duration::from_micros(u64::from(settings.target_us))
}

fn interval(settings: Settings) -> Duration {
    Duration::from_millis(u64::from(settings.interval_ms))
}

#[cfg(test)]
mod tests;
