use super::*;
use crate::diagram::graph::{Edge, Look, Node, Tier};
use proptest::prelude::*;

fn graph(tiers: &[u8], edges: &[(usize, usize, bool)], boundary: bool) -> Graph {
    let tier = |number: u8| Tier::ALL[usize::from(number) % 3];
    let node = |(at, number): (usize, &u8)| Node {
        name: format!("node-{at}-{}", "x".repeat(at * 7 % 40)),
        kind: "container: Rust".to_owned(),
        about: "what it does ".repeat(at % 5),
        marks: if at % 3 == 0 { vec!["critical"] } else { Vec::new() },
        look: [Look::Inner, Look::Store, Look::Person, Look::Queue][at % 4],
        tier: tier(*number),
        href: None,
    };
    let edges = edges
        .iter()
        .map(|(from, to, labelled)| Edge {
            from: from % tiers.len(),
            to: to % tiers.len(),
            label: if *labelled { format!("asks {from} for something over HTTP") } else { String::new() },
            dashed: false,
        })
        .collect();
    Graph { nodes: tiers.iter().enumerate().map(node).collect(), edges, boundary: boundary.then(|| "the system".to_owned()) }
}

/// The points of a run with the bends filled in.
fn along(run: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    for pair in run.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        for step in 0..=16 {
            // A cubic with vertical ends: x goes from one to the other, y from top to bottom.
            let t = f64::from(step) / 16.0;
            let smooth = t * t * (3.0 - 2.0 * t);
            points.push((x0 + (x1 - x0) * smooth, y0 + (y1 - y0) * t));
        }
    }
    points
}

fn inside(area: &Area, (x, y): (f64, f64)) -> bool {
    let air = 0.5;
    x > area.x + air && x < area.right() - air && y > area.y + air && y < area.bottom() - air
}

fn check(graph: &Graph) {
    let layout = layout(graph);
    let boxes: Vec<Area> = layout.nodes.iter().map(|node| node.area).collect();
    let labels: Vec<Area> = layout.edges.iter().filter_map(|edge| edge.label_area).collect();
    let all: Vec<Area> = boxes.iter().chain(&labels).chain(&layout.name).copied().collect();
    let page = Area { x: 0.0, y: 0.0, width: layout.width, height: layout.height };
    for (at, area) in all.iter().enumerate() {
        assert!(page.contains(area), "{area:?} leaves {page:?}");
        for other in &all[..at] {
            assert!(!area.overlaps(other), "{area:?} lies on {other:?}");
        }
    }
    for edge in &layout.edges {
        for point in edge.runs.iter().flat_map(|run| along(run)) {
            assert!(point.0 >= 0.0 && point.0 <= layout.width && point.1 >= 0.0 && point.1 <= layout.height, "{point:?} leaves the page");
            for area in &all {
                assert!(!inside(area, point), "an arrow runs through {area:?} at {point:?}");
            }
        }
    }
    // Every drawn edge is in the picture once.
    let mut shown: Vec<usize> = layout.edges.iter().flat_map(|edge| [Some(edge.edge), edge.back]).flatten().collect();
    shown.sort_unstable();
    let drawn: Vec<usize> = (0..graph.edges.len()).filter(|at| graph.edges[*at].from != graph.edges[*at].to).collect();
    assert_eq!(shown, drawn);
    for edge in &layout.edges {
        let (drawn, ends) = (&graph.edges[edge.edge], (edge.runs.first().unwrap(), edge.runs.last().unwrap()));
        let touches = |area: &Area, (x, y): (f64, f64)| {
            (area.x..=area.right()).contains(&x) && ((y - area.y).abs() < 0.01 || (y - area.bottom()).abs() < 0.01)
        };
        assert!(touches(&boxes[drawn.from], ends.0[0]), "an arrow begins beside its box");
        assert!(touches(&boxes[drawn.to], *ends.1.last().unwrap()), "an arrow ends beside its box");
    }
    if let Some(boundary) = &layout.boundary {
        assert!(page.contains(boundary));
        assert!(layout.name.is_none_or(|name| boundary.contains(&name)));
        for pair in layout.edges.iter().flat_map(|edge| &edge.runs).flat_map(|run| run.windows(2)) {
            let ((x, top), (to, bottom)) = (pair[0], pair[1]);
            let beside = top.max(bottom) > boundary.y && top.min(bottom) < boundary.bottom();
            let along = (x - to).abs() < 0.01 && [boundary.x, boundary.right()].iter().any(|edge| (edge - x).abs() < 6.0);
            assert!(!(beside && along && (top - bottom).abs() > 0.01), "an arrow runs along the boundary at {x}");
        }
        for (node, area) in graph.nodes.iter().zip(&boxes) {
            if node.tier == Tier::Inside {
                assert!(boundary.contains(area), "{boundary:?} does not hold {area:?}");
            } else {
                assert!(!boundary.overlaps(area), "{boundary:?} lies on {area:?}");
            }
        }
    }
}

#[test]
fn nothing_and_one_node_are_graphs_too() {
    check(&Graph::default());
    check(&graph(&[1], &[(0, 0, true)], true));
}

#[test]
fn circles_are_laid_out() {
    check(&graph(&[1, 1, 1], &[(0, 1, true), (1, 2, true), (2, 0, true), (1, 0, false)], true));
}

#[test]
fn a_row_is_no_wider_than_a_page() {
    let tiers = [2_u8; 24];
    let layout = layout(&graph(&tiers, &[], false));
    assert!(layout.width < 1_300.0, "{}", layout.width);
}

/// Sixty boxes, each asking some of those behind it.
fn sixty() -> Graph {
    let tiers: Vec<u8> = (0..60).map(|at| if at < 6 { 0 } else { u8::from(at >= 34) + 1 }).collect();
    let edges: Vec<(usize, usize, bool)> =
        (0..110_usize).map(|at| (at * 7 % 34, (at * 7 % 34 + 1 + at * 5 % 23).min(59), at % 3 == 0)).collect();
    let mut graph = graph(&tiers, &[], true);
    edges.into_iter().for_each(|(from, to, labelled)| graph.edge(from, to, if labelled { "asks" } else { "" }, false));
    graph
}

#[test]
fn sixty_boxes_are_laid_out_with_bounded_work() {
    let graph = sixty();
    check(&graph);
    let lines: Vec<Lines> = graph.nodes.iter().map(Lines::of).collect();
    let ranked = rank::rank(&graph, 5);
    let mut items = items::Items::new(&graph, &ranked, &lines);
    order::order(&mut items, Seed::AsDeclared);
    let placing = place::place(&mut items, Pull::Straight);
    let parts = items.list.len();
    assert!(parts < 4_000, "{parts}");
    assert!(placing.exchanges < 4 * parts, "{} exchanges for {parts} items", placing.exchanges);
}

#[test]
fn fewer_arrows_cross_than_as_declared() {
    let graph = sixty();
    let lines: Vec<Lines> = graph.nodes.iter().map(Lines::of).collect();
    let mut items = items::Items::new(&graph, &rank::rank(&graph, 5), &lines);
    let positions = |items: &items::Items| {
        let mut positions = vec![0; items.list.len()];
        items.rows.iter().for_each(|row| row.iter().enumerate().for_each(|(at, item)| positions[*item] = at));
        positions
    };
    let before = order::crossings(&items, &positions(&items));
    let after = order::order(&mut items, Seed::AsDeclared);
    assert_eq!(after, order::crossings(&items, &positions(&items)));
    assert!(after * 4 < before, "{before} crossings before, {after} after");
}

#[test]
fn an_arrow_over_many_rows_is_straight_where_nothing_is_in_its_way() {
    let graph = graph(&[1, 1, 1, 1, 1], &[(0, 1, false), (1, 2, false), (2, 3, false), (3, 4, false), (0, 4, false)], false);
    let found = layout(&graph);
    let long = found.edges.iter().find(|edge| edge.edge == 4).unwrap();
    let inner: Vec<f64> = long.runs[0].windows(2).filter(|pair| (pair[0].0 - pair[1].0).abs() < 0.01).map(|pair| pair[0].0).collect();
    assert!(inner.windows(2).filter(|pair| (pair[0] - pair[1]).abs() > 0.5).count() <= 2, "{inner:?}");
}

#[test]
fn to_and_fro_is_one_arrow_with_two_heads() {
    let found = layout(&graph(&[1, 1], &[(0, 1, true), (1, 0, true)], false));
    assert_eq!((found.edges.len(), found.edges[0].back), (1, Some(1)));
    assert!(found.edges[0].label.lines[0].starts_with('↓') && found.edges[0].label.lines.iter().any(|line| line.starts_with('↑')));
}

proptest! {
    #[test]
    fn boxes_labels_and_arrows_keep_apart(
        tiers in proptest::collection::vec(0_u8..3, 1..16),
        edges in proptest::collection::vec((0_usize..16, 0_usize..16, any::<bool>()), 0..24),
        boundary in any::<bool>(),
    ) {
        check(&graph(&tiers, &edges, boundary));
    }

    #[test]
    fn the_same_graph_is_laid_out_the_same(
        tiers in proptest::collection::vec(0_u8..3, 1..10),
        edges in proptest::collection::vec((0_usize..10, 0_usize..10, any::<bool>()), 0..12),
    ) {
        let graph = graph(&tiers, &edges, true);
        prop_assert_eq!(format!("{:?}", layout(&graph)), format!("{:?}", layout(&graph)));
    }
}
