"""Figures with 95 % intervals: what `metrics.json` and the cards are made of.

An estimate is `{value, low, high, n, interval}`. Data and models do not belong here.
"""

import math

import numpy
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

Z = 1.959963984540054
RESAMPLES = 1000
SEED = 20240601


def estimate(value, low, high, count, interval):
    return {"value": round(float(value), 4), "low": round(float(low), 4), "high": round(float(high), 4), "n": int(count), "interval": interval}


def ratio(hits, count):
    """A share with its Wilson interval; nothing known gives [0, 1]."""
    if count == 0:
        return estimate(0, 0, 1, 0, "wilson")
    share = hits / count
    scale = 1 + Z * Z / count
    centre = (share + Z * Z / (2 * count)) / scale
    half = Z * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count)) / scale
    return estimate(share, max(0, centre - half), min(1, centre + half), count, "wilson")


def mean(values):
    """A mean with its normal interval."""
    values = numpy.asarray(values, dtype=float)
    half = Z * values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.inf
    return estimate(values.mean(), values.mean() - half, values.mean() + half, len(values), "normal")


def uplift(values, baseline):
    """Relative gain of a mean over a baseline's mean on the same rows, paired bootstrap."""
    values, baseline = numpy.asarray(values, dtype=float), numpy.asarray(baseline, dtype=float)
    draws = numpy.random.default_rng(SEED).integers(len(values), size=(RESAMPLES, len(values)))
    gains = values[draws].mean(1) / baseline[draws].mean(1) - 1
    low, high = numpy.quantile(gains, [0.025, 0.975])
    return estimate(values.mean() / baseline.mean() - 1, low, high, len(values), "bootstrap")


def bootstrap(metric, truth, scores):
    """A metric of (truth, scores) with its percentile interval, resampled within each class."""
    random = numpy.random.default_rng(SEED)
    classes = [numpy.flatnonzero(truth == label) for label in (0, 1)]
    figures = []
    for _ in range(RESAMPLES):
        rows = numpy.concatenate([random.choice(members, len(members)) for members in classes])
        figures.append(metric(truth[rows], scores[rows]))
    low, high = numpy.quantile(figures, [0.025, 0.975])
    return estimate(metric(truth, scores), low, high, len(truth), "bootstrap")


def auc_gain(truth, scores, other):
    """AUC of one score less that of another on the same rows, paired bootstrap."""
    pairs = numpy.column_stack([scores, other])
    return bootstrap(lambda t, p: roc_auc_score(t, p[:, 0]) - roc_auc_score(t, p[:, 1]), truth, pairs)


def threshold_at(truth, scores, rate):
    """The score above which at most `rate` of the negatives lie."""
    negatives = numpy.sort(scores[truth == 0])[::-1]
    return float(negatives[math.floor(rate * len(negatives))])


def recall_above(truth, scores, threshold):
    positives = scores[truth == 1]
    return ratio(int((positives > threshold).sum()), len(positives))


def recall_at_rate(truth, scores, rate, groups=None):
    """`recall at fpr <= rate`: the threshold comes from the same rows. By group both ways: each group its own threshold, or one for all."""
    threshold = threshold_at(truth, scores, rate)
    result = {"overall": recall_above(truth, scores, threshold), "threshold": round(threshold, 6)}
    for name, column in (groups or {}).items():
        own, shared = {}, {}
        for group in sorted(set(column)):
            rows = column == group
            own[group] = recall_above(truth[rows], scores[rows], threshold_at(truth[rows], scores[rows], rate))
            shared[group] = {
                "recall": recall_above(truth[rows], scores[rows], threshold),
                "fpr": ratio(int((scores[rows & (truth == 0)] > threshold).sum()), int((truth[rows] == 0).sum())),
            }
        result[f"by_{name}_own_threshold"], result[f"by_{name}_one_threshold"] = own, shared
    return result


def classes(truth, scores, threshold, names=("good", "bad")):
    """Precision, recall and F1 of both classes at a threshold fixed beforehand."""
    guess = (scores > threshold).astype(int)
    result = {"threshold": round(float(threshold), 6)}
    for label, name in enumerate(names):
        hits = int(((guess == label) & (truth == label)).sum())
        result[name] = {
            "precision": ratio(hits, int((guess == label).sum())),
            "recall": ratio(hits, int((truth == label).sum())),
            "f1": bootstrap(lambda t, g, label=label: f1_score(t, g, pos_label=label, zero_division=0), truth, guess),
        }
    return result


def ranking_quality(truth, scores):
    return {"auc": bootstrap(roc_auc_score, truth, scores), "ap": bootstrap(average_precision_score, truth, scores)}


def by_group(column, figure):
    """`figure(rows)` for each value of a group column."""
    return {str(group): figure(column == group) for group in sorted(set(column))}


def position_figures(above, ties, depth):
    """MRR, NDCG and hit share at `depth` for one right answer with `above` better scores and `ties` equal ones, averaged over every order of the ties."""
    positions = numpy.arange(above + 1, above + ties + 2)
    gains = numpy.where(positions <= depth, 1 / numpy.log2(positions + 1), 0)
    return float((1 / positions).mean()), float(gains.mean()), float((positions <= depth).mean())
