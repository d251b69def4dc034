use super::*;
use proptest::prelude::*;

const US: Duration = Duration::from_micros(1);

fn batcher(slots: u32, wait_us: u32) -> Batcher<(u64, u8)> {
    Batcher::new(Settings { rows_max: 8, wait_us }, slots)
}

fn wish(rows: u32) -> Wish {
    Wish { rows, deadline: Moment::NEVER, service: Duration::ZERO, alone: false }
}

fn same(one: &(u64, u8), other: &(u64, u8)) -> bool {
    one.1 == other.1
}

#[test]
fn a_free_model_is_used_at_once_and_who_waits_goes_together() {
    let mut batcher = batcher(1, 0);
    assert!(batcher.begin(Moment(0), &wish(1)));
    for name in 0..10 {
        assert!(!batcher.begin(Moment(0), &wish(1)));
        batcher.wait(Moment(0), &wish(1), (name, 0));
    }
    assert_eq!(batcher.next(Moment(1), same), None, "the slot is busy");
    batcher.end();
    let Some(Together(first)) = batcher.next(Moment(1), same) else { panic!("nobody") };
    assert_eq!(first.iter().map(|member| member.0).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
    batcher.end();
    assert_eq!(batcher.next(Moment(2), same), Some(Together(vec![(8, 0), (9, 0)])));
    batcher.end();
    assert_eq!(batcher.counts(), (0, 0));
}

#[test]
fn only_what_looks_alike_goes_together() {
    let mut batcher = batcher(1, 0);
    assert!(batcher.begin(Moment(0), &wish(1)));
    for (name, shape) in [(0, 1), (1, 2), (2, 1), (3, 2)] {
        batcher.wait(Moment(0), &wish(1), (name, shape));
    }
    batcher.wait(Moment(0), &Wish { alone: true, ..wish(1) }, (4, 1));
    batcher.end();
    let mut groups = Vec::new();
    while let Some(Together(members)) = batcher.next(Moment(1), same) {
        groups.push(members.iter().map(|member| member.0).collect::<Vec<_>>());
        batcher.end();
    }
    assert_eq!(groups, [vec![0, 2], vec![1, 3], vec![4]]);
}

#[test]
fn who_has_no_time_for_two_inferences_does_not_wait() {
    let mut batcher = batcher(1, 0);
    assert!(batcher.begin(Moment(0), &wish(1)));
    let hurried = Wish { deadline: Moment(0) + US * 1_900, service: US * 1_000, ..wish(1) };
    assert!(batcher.begin(Moment(0), &hurried));
    assert!(!batcher.begin(Moment(0), &Wish { deadline: Moment(0) + US * 2_000, ..hurried }));
}

#[test]
fn overload_does_not_switch_batching_off() {
    let mut batcher = batcher(2, 0);
    let hurried = Wish { deadline: Moment(0) + US * 1_000, service: US * 1_000, ..wish(1) };
    let gone = (0..20).filter(|&name| {
        let goes = batcher.begin(Moment(0), &hurried);
        if !goes {
            batcher.wait(Moment(0), &hurried, (name, 0));
        }
        goes
    });
    assert_eq!(gone.count(), 4, "two slots, and as many beside them");
    (0..3).for_each(|_| batcher.end());
    assert_eq!(batcher.next(Moment(1), same).map(|Together(members)| members.len()), Some(8));
}

#[test]
fn a_stated_wait_is_the_longest() {
    let mut batcher = batcher(2, 500);
    assert!(!batcher.begin(Moment(0), &wish(3)), "rows may come");
    batcher.wait(Moment(0), &wish(3), (0, 0));
    assert_eq!(batcher.next(Moment(0) + US * 499, same), None);
    batcher.wait(Moment(0) + US * 400, &wish(2), (1, 0));
    assert_eq!(batcher.next(Moment(0) + US * 500, same), Some(Together(vec![(0, 0), (1, 0)])));
    batcher.wait(Moment(0) + US * 600, &wish(4), (2, 0));
    batcher.wait(Moment(0) + US * 600, &wish(4), (3, 0));
    assert_eq!(batcher.next(Moment(0) + US * 600, same), Some(Together(vec![(2, 0), (3, 0)])), "enough rows");
}

#[derive(Clone, Debug)]
enum Step {
    Call { rows: u32, shape: u8, patience_us: u64, alone: bool },
    End,
    Cancel(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u32..10, 0_u8..3, 1_u64..5_000, prop::bool::weighted(0.1))
            .prop_map(|(rows, shape, patience_us, alone)| Step::Call { rows, shape, patience_us, alone }),
        3 => Just(Step::End),
        1 => any::<usize>().prop_map(Step::Cancel),
        1 => (0_u64..2_000).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Driven as [`super::super::batch`] drives it: after each change the next inferences begin.
    #[test]
    fn each_call_runs_once_in_time_and_none_waits_beside_a_free_slot(
        steps in prop::collection::vec(step(), 1..300), slots in 1_u32..4,
    ) {
        let mut batcher = batcher(slots, 0);
        let mut now = Moment(0);
        let mut name = 0;
        // Ticket, name, deadline, rows, shape.
        let mut waiting: Vec<(u64, u64, Moment, u32, u8)> = Vec::new();
        let mut running = 0_u32;
        for step in steps {
            match step {
                Step::Wait(microseconds) => now = now + US * u32::try_from(microseconds).expect("small"),
                Step::Call { rows, shape, patience_us, alone } => {
                    let deadline = now + Duration::from_micros(patience_us);
                    let wish = Wish { rows, deadline, service: Duration::ZERO, alone };
                    waiting.retain(|member| member.2 > now);
                    name += 1;
                    if batcher.begin(now, &wish) {
                        running += 1;
                    } else {
                        prop_assert!(running >= slots, "wait 0 never delays while a slot is free");
                        waiting.push((batcher.wait(now, &wish, (name, shape)), name, deadline, rows, shape));
                    }
                }
                Step::End if running > 0 => {
                    running -= 1;
                    batcher.end();
                }
                Step::Cancel(index) if !waiting.is_empty() => {
                    let member = waiting.swap_remove(index % waiting.len());
                    batcher.cancel(member.0);
                    prop_assert!(!batcher.cancel(member.0));
                }
                Step::End | Step::Cancel(_) => {}
            }
            while let Some(Together(members)) = batcher.next(now, same) {
                running += 1;
                let known: Vec<_> = members.iter().filter_map(|member| waiting.iter().find(|waits| waits.1 == member.0)).copied().collect();
                prop_assert_eq!(known.len(), members.len(), "each was waiting and ran once");
                prop_assert!(known.iter().all(|member| member.2 > now), "expired work is never computed");
                prop_assert!(known.iter().all(|member| member.4 == known[0].4));
                prop_assert!(known.len() == 1 || known.iter().map(|member| member.3).sum::<u32>() <= 8);
                waiting.retain(|waits| members.iter().all(|member| member.0 != waits.1));
            }
            prop_assert!(running >= slots || batcher.counts().1 == 0, "somebody waits beside a free slot");
            prop_assert_eq!(batcher.counts().0, running);
        }
    }
}
