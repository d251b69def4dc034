//! Ten ways to set a tenth of the rows aside, the same as scikit-learn draws.

use crate::statistics::mersenne::Mersenne;

/// NannyML's seed.
const SEED: u32 = 42;
/// And its number of splits.
const SPLITS: usize = 10;

/// One split: rows to learn from, and rows to try on, both in the order drawn.
pub(super) struct Split {
    /// Whether a row is learnt from.
    pub(super) learns: Vec<bool>,
    /// The rows tried on.
    pub(super) tried: Vec<usize>,
}

/// scikit-learn's `StratifiedShuffleSplit(n_splits=10, test_size=.1, random_state=42)` on labels; `None` where it refuses: fewer than two rows of a
/// class, or fewer rows on either side than classes.
pub(super) fn splits(labels: &[bool]) -> Option<Vec<Split>> {
    let rows_of = |class: bool| (0..labels.len()).filter(|&row| labels[row] == class).collect::<Vec<usize>>();
    let classes = [rows_of(false), rows_of(true)];
    let tried = (labels.len() as f64 * 0.1).ceil() as usize;
    let learnt = labels.len() - tried.min(labels.len());
    if classes.iter().any(|rows| rows.len() < 2) || tried < 2 || learnt < 2 {
        return None;
    }
    let mut stream = Mersenne::new(SEED);
    let mut one = || {
        let counts = [classes[0].len(), classes[1].len()];
        let learning = shared(counts, learnt, &mut stream);
        let trying = shared([counts[0] - learning[0], counts[1] - learning[1]], tried, &mut stream);
        let (mut learns, mut tried, mut order) = (vec![false; labels.len()], Vec::new(), Vec::new());
        for class in 0..2 {
            let drawn = stream.permutation(counts[class]);
            drawn[..learning[class]].iter().for_each(|&at| order.push(classes[class][at]));
            tried.extend(drawn[learning[class]..learning[class] + trying[class]].iter().map(|&at| classes[class][at]));
        }
        order.iter().for_each(|&row| learns[row] = true);
        // The order of learning changes nothing, but its draws come first.
        stream.shuffle(&mut order);
        stream.shuffle(&mut tried);
        Split { learns, tried }
    };
    Some((0..SPLITS).map(|_| one()).collect())
}

/// How many of each class are drawn: whole parts, the rest to the largest remainders, equal remainders by lot (`sklearn.utils.extmath._approximate_mode`).
fn shared(counts: [usize; 2], draws: usize, stream: &mut Mersenne) -> [usize; 2] {
    let total = (counts[0] + counts[1]) as f64;
    let exact = counts.map(|count| count as f64 / total * draws as f64);
    let mut whole = exact.map(|share| share.floor() as usize);
    let rest = exact.map(|share| share - share.floor());
    let missing = draws.saturating_sub(whole[0] + whole[1]);
    if missing == 0 {
        return whole;
    }
    if rest[0] == rest[1] {
        stream.permutation(2).into_iter().take(missing).for_each(|class| whole[class] += 1);
    } else {
        let first = usize::from(rest[1] > rest[0]);
        whole[first] += 1;
        whole[1 - first] += usize::from(missing > 1);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_those_of_scikit_learn() {
        // list(StratifiedShuffleSplit(10, test_size=.1, random_state=42).split(y, y)) for y = [0, 0, 1] * 10, scikit-learn 1.9.1.
        let labels: Vec<bool> = (0..30).map(|row| row % 3 == 2).collect();
        let splits = splits(&labels).unwrap();
        let tried: Vec<&[usize]> = splits.iter().map(|split| split.tried.as_slice()).collect();
        assert_eq!(tried, TRIED);
        assert!(splits.iter().all(|split| split.learns.iter().filter(|learns| **learns).count() == 27));
        assert!(super::splits(&[true, true, true, false]).is_none());
    }

    const TRIED: [[usize; 3]; 10] =
        [[21, 9, 5], [21, 10, 5], [9, 8, 12], [28, 2, 16], [8, 7, 4], [6, 11, 16], [7, 28, 14], [3, 5, 13], [24, 27, 14], [27, 8, 0]];
}
