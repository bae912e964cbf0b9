"""Medians, and how far they can be trusted."""
import math, statistics


def summary(values):
    """The median with an interval that holds the true one in at least 95 of 100 such series.

    The interval is a pair of order statistics: no distribution is assumed, and nothing is drawn at random. The true
    median lies below the k-th of n values only where fewer than k of them fell below it, which has the probability of
    as few heads among n tosses. With fewer than 6 values no pair is that sure: the interval is then the whole range.
    """
    ordered = sorted(values)
    count = len(ordered)
    confidence = lambda k: 1 - 2 * tail(k - 1, count)
    k = max((k for k in range(1, (count + 1) // 2 + 1) if confidence(k) >= 0.95), default=1)
    return {
        "median": statistics.median(ordered), "low": ordered[k - 1], "high": ordered[count - k],
        "confidence": round(confidence(k), 4), "min": ordered[0], "max": ordered[-1], "count": count}


def tail(fewer, count):
    """The probability of at most `fewer` heads among `count` tosses."""
    return sum(math.comb(count, heads) for heads in range(fewer + 1)) / 2**count


def percentile(ordered, share):
    """The nearest rank of sorted values."""
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]
