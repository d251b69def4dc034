use super::*;
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);
const SETTINGS: Settings = Settings { max: 8, target_us: 5_000, interval_ms: 100 };
const PACE: Pace = Pace { limit: 4, service: Some(MS) };

fn at(milliseconds: u64) -> Moment {
    Moment(milliseconds * 1_000_000)
}

fn from(tenant: u64) -> Arrival {
    Arrival { priority: Priority::Interactive, tenant, rows: 1, latest: Moment::NEVER }
}

fn ticket(pushed: &Pushed<u64>) -> u64 {
    match pushed {
        Pushed::Waits { ticket, .. } => *ticket,
        Pushed::Full(_) => panic!("full"),
    }
}

#[test]
fn the_oldest_is_served_first_while_all_is_calm() {
    let mut queue = Queue::new(Some(SETTINGS));
    (0..3).for_each(|name| assert!(matches!(queue.push(at(name), from(0), PACE, name), Pushed::Waits { dropped: None, .. })));
    assert_eq!(
        [queue.next(at(4)), queue.next(at(4)), queue.next(at(4)), queue.next(at(4))].map(|next| format!("{next:?}")),
        ["Some(Serve(0))", "Some(Serve(1))", "Some(Serve(2))", "None"]
    );
}

#[test]
fn a_standing_queue_sheds_the_old_and_serves_the_newest_until_it_is_empty() {
    let mut queue = Queue::new(Some(SETTINGS));
    (0..4).for_each(|name| {
        let _ = queue.push(at(0), from(0), PACE, name);
    });
    assert_eq!(queue.next(at(50)), Some(Next::Serve(0)), "an interval has not passed");
    queue.push(at(104), from(0), PACE, 10);
    queue.push(at(105), from(0), PACE, 11);
    assert!(queue.overloaded(at(106)));
    let left: Vec<_> = std::iter::from_fn(|| queue.next(at(106))).collect();
    assert_eq!(left, [Next::Shed(1), Next::Shed(2), Next::Shed(3), Next::Serve(11), Next::Serve(10)]);
    queue.push(at(106), from(0), PACE, 20);
    queue.push(at(107), from(0), PACE, 21);
    assert_eq!(queue.next(at(108)), Some(Next::Serve(20)), "it was empty");
}

#[test]
fn the_bound_is_what_the_accepted_wait_lets_through() {
    let mut queue = Queue::new(Some(Settings { max: 1_000, ..SETTINGS }));
    // Four places of 50 ms each are eight calls in 100 ms.
    let slow = Pace { limit: 4, service: Some(MS * 50) };
    let taken = (0..20).filter(|&name| matches!(queue.push(at(0), from(0), slow, name), Pushed::Waits { .. })).count();
    assert_eq!(taken, 8);
    let mut queue = Queue::new(Some(SETTINGS));
    let unknown = Pace { limit: 4, service: None };
    assert_eq!((0..20).filter(|&name| matches!(queue.push(at(0), from(0), unknown, name), Pushed::Waits { .. })).count(), 8);
}

#[test]
fn whose_turn_would_come_too_late_is_not_taken_in() {
    let mut queue = Queue::new(Some(SETTINGS));
    let pace = Pace { limit: 1, service: Some(MS * 10) };
    let until = |latest| Arrival { latest: at(latest), ..from(0) };
    assert!(matches!(queue.push(at(0), until(100), pace, 0), Pushed::Waits { .. }));
    assert_eq!(queue.push(at(0), until(15), pace, 1), Pushed::Full(1));
    assert!(matches!(queue.push(at(0), until(20), pace, 2), Pushed::Waits { .. }));
    assert_eq!(queue.next(at(1)), Some(Next::Serve(0)));
    assert_eq!(queue.next(at(21)), Some(Next::Shed(2)), "expired work is never computed");
}

#[test]
fn interactive_calls_go_first_and_take_the_room_of_batch_calls() {
    let mut queue = Queue::new(Some(Settings { max: 2, ..SETTINGS }));
    let batch = Arrival { priority: Priority::Batch, ..from(0) };
    queue.push(at(0), batch, PACE, 0);
    queue.push(at(0), batch, PACE, 1);
    assert!(matches!(queue.push(at(0), from(0), PACE, 2), Pushed::Waits { dropped: Some(1), .. }));
    assert!(matches!(queue.push(at(0), batch, PACE, 3), Pushed::Full(3)));
    assert_eq!(queue.push(at(0), Arrival { priority: Priority::Shadow, ..from(0) }, PACE, 4), Pushed::Full(4));
    assert_eq!((queue.next(at(1)), queue.next(at(1))), (Some(Next::Serve(2)), Some(Next::Serve(0))));
}

#[test]
fn a_flood_of_one_tenant_leaves_the_others_their_turn() {
    let mut queue = Queue::new(Some(SETTINGS));
    (0..8).for_each(|name| {
        let _ = queue.push(at(0), from(1), PACE, name);
    });
    assert_eq!(queue.push(at(0), from(1), PACE, 8), Pushed::Full(8));
    assert!(matches!(queue.push(at(0), from(2), PACE, 20), Pushed::Waits { dropped: Some(7), .. }));
    assert_eq!(queue.next(at(1)), Some(Next::Serve(0)));
    assert_eq!(queue.next(at(1)), Some(Next::Serve(20)), "one of the flood, then the other tenant");
}

#[test]
fn rows_are_what_tenants_share() {
    let mut queue = Queue::new(Some(Settings { max: 100, ..SETTINGS }));
    (0..20).for_each(|name| {
        let _ = queue.push(at(0), Arrival { rows: 8, ..from(1) }, PACE, name);
    });
    (20..60).for_each(|name| {
        let _ = queue.push(at(0), from(2), PACE, name);
    });
    let served: Vec<u64> = (0..27)
        .filter_map(|_| queue.next(at(0)))
        .map(|next| match next {
            Next::Serve(name) | Next::Shed(name) => name,
        })
        .collect();
    let wide = served.iter().filter(|&&name| name < 20).count();
    assert_eq!((wide, served.len() - wide), (3, 24), "as many rows of each");
}

#[derive(Clone, Debug)]
enum Step {
    Push { tenant: u64, batch: bool, rows: u32, patience_ms: u64 },
    Next,
    Remove(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u64..4, any::<bool>(), 1_u32..64, 0_u64..500)
            .prop_map(|(tenant, batch, rows, patience_ms)| Step::Push { tenant, batch, rows, patience_ms }),
        3 => Just(Step::Next),
        1 => any::<usize>().prop_map(Step::Remove),
        2 => (0_u64..40).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn each_ticket_ends_exactly_once_within_the_bound(
        steps in prop::collection::vec(step(), 1..400), max in 0_u32..20, limit in 1_u32..10, service_us in prop::option::of(1_u64..50_000),
    ) {
        let settings = Settings { max, ..SETTINGS };
        let pace = Pace { limit, service: service_us.map(Duration::from_micros) };
        let mut queue = Queue::new(Some(settings));
        let mut now = at(0);
        let mut open: Vec<(u64, u64, Moment)> = Vec::new();
        let mut name = 0;
        for step in steps {
            match step {
                Step::Wait(milliseconds) => now = now + MS * u32::try_from(milliseconds).expect("small"),
                Step::Push { tenant, batch, rows, patience_ms } => {
                    let priority = if batch { Priority::Batch } else { Priority::Interactive };
                    let latest = now + Duration::from_millis(patience_ms);
                    name += 1;
                    let pushed = queue.push(now, Arrival { priority, tenant, rows, latest }, pace, name);
                    if let Pushed::Waits { dropped, .. } = &pushed {
                        if let Some(dropped) = dropped {
                            prop_assert!(open.iter().any(|(_, known, _)| known == dropped));
                            open.retain(|(_, known, _)| known != dropped);
                        }
                        open.push((ticket(&pushed), name, latest));
                    }
                }
                Step::Next => match queue.next(now) {
                    None => prop_assert!(open.is_empty(), "somebody waits and nobody is next"),
                    Some(Next::Serve(served)) => {
                        let latest = open.iter().find(|(_, known, _)| *known == served).map(|(.., latest)| *latest);
                        prop_assert!(latest.is_some_and(|latest| latest > now), "expired work is never computed");
                        open.retain(|(_, known, _)| *known != served);
                    }
                    Some(Next::Shed(shed)) => {
                        prop_assert!(open.iter().any(|(_, known, _)| *known == shed));
                        open.retain(|(_, known, _)| *known != shed);
                    }
                },
                Step::Remove(index) if !open.is_empty() => {
                    let (ticket, known, _) = open.swap_remove(index % open.len());
                    prop_assert_eq!(queue.remove(now, ticket), Some(known));
                    prop_assert_eq!(queue.remove(now, ticket), None, "a cancelled waiter leaves no hole");
                }
                Step::Remove(_) => {}
            }
            prop_assert_eq!(queue.len(), open.len());
            prop_assert!(queue.len() <= max as usize);
            let counted: usize = queue.classes.iter().map(Class::len).sum();
            prop_assert_eq!(counted, queue.len());
        }
    }

    #[test]
    fn tenants_that_always_wait_share_within_one_call(rows in prop::collection::vec(1_u32..64, 2..5), turns in 100_usize..400) {
        let mut queue = Queue::new(Some(Settings { max: 1_000, ..SETTINGS }));
        let unknown = Pace { limit: 1, service: None };
        let push = |queue: &mut Queue<u64>, tenant: u64| {
            let rows = rows[usize::try_from(tenant).expect("small")];
            let _ = queue.push(at(0), Arrival { rows, ..from(tenant) }, unknown, tenant);
        };
        for tenant in 0..rows.len() as u64 {
            push(&mut queue, tenant);
            push(&mut queue, tenant);
        }
        let mut served = vec![0_u32; rows.len()];
        for _ in 0..turns {
            let Some(Next::Serve(tenant)) = queue.next(at(0)) else { panic!("nobody") };
            served[usize::try_from(tenant).expect("small")] += rows[usize::try_from(tenant).expect("small")];
            push(&mut queue, tenant);
        }
        let (least, most) = (served.iter().min().expect("some"), served.iter().max().expect("some"));
        prop_assert!(most - least <= 128, "{served:?} of {rows:?}");
    }
}
