use super::*;
use crate::diagram::graph::{Edge, Look, Node, Tier};
use proptest::prelude::*;

fn graph(tiers: &[u8], edges: &[(usize, usize, bool)], boundary: bool) -> Graph {
    let tier = |number: u8| Tier::ALL[usize::from(number) % 3];
    let node = |(at, number): (usize, &u8)| Node {
        name: format!("node-{at}-{}", "x".repeat(at * 7 % 40)),
        kind: "container: Rust".to_owned(),
        about: "what it does ".repeat(at % 5),
        look: Look::Inner,
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
    let all: Vec<Area> = boxes.iter().chain(&labels).copied().collect();
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
    if let Some(boundary) = &layout.boundary {
        assert!(page.contains(boundary));
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
