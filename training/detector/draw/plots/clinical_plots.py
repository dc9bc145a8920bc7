"""The plots of clinical and genome-wide studies: survival, ROC, forests, funnels, agreement, volcanoes, Manhattans."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.random import Generator

from training.detector.draw.kind import Plot
from training.detector.draw.plots.style import Style, legend, names, packed, title
from training.detector.draw.vocabulary import GENES, GROUPS, PHRASES, number, pick, several

SURVIVALS = (
    "Overall survival", "Survival (%)", "Probability of survival", "Progression-free survival",
    "Event free",
)  # fmt: skip


def survival(rng: Generator, figure: Figure, style: Style) -> None:
    """Kaplan-Meier curves with censoring ticks, bands, and sometimes the numbers at risk below."""
    arms = int(rng.integers(2, 5))
    at_risk = rng.random() < 0.35
    axes = figure.add_subplot()
    end = float(rng.choice([24, 60, 120, 365]))
    labels = several(rng, GROUPS, arms)
    percent, band, ticks = rng.choice([1, 100]), rng.random() < 0.25, rng.random() < 0.6
    for k in range(arms):
        times = np.append(np.sort(rng.uniform(0, end, int(rng.integers(6, 60)))), end)
        levels = percent * np.append(1, np.cumprod(1 - rng.uniform(0, 2.2, len(times) - 1) / len(times)))
        levels = np.clip(levels, 0, percent)
        axes.step(
            times,
            levels,
            where="post",
            color=style.colour(k) if style.colour(k) != "#ffffff" else "#b0b0b0",
            ls="--" if style.gray and k else "-",
            label=labels[k],
        )
        if band:
            axes.fill_between(times, levels * 0.9, levels * 1.08, step="post", color=style.colour(k), alpha=0.2, lw=0)
        if ticks:
            seen = rng.random(len(times)) < 0.3
            axes.plot(
                times[seen],
                levels[seen],
                "|" if rng.random() < 0.6 else "+",
                color=style.colour(k),
                ms=style.size * 0.6,
            )
    axes.set(
        xlim=(0, end),
        ylim=(0, percent * 1.05),
        ylabel=str(rng.choice(SURVIVALS)),
    )
    axes.set_xlabel(str(rng.choice(["Time (months)", "Days", "Years", "Months after surgery", "Follow-up (d)"])))
    if rng.random() < 0.6:
        axes.text(
            0.06,
            0.1,
            str(rng.choice(["p < 0.001", "Log-rank P=0.02", "HR 0.62 (0.4-0.9)", "P = 0.31"])),
            transform=axes.transAxes,
        )
    if at_risk:
        for k in range(arms):
            below = {
                "textcoords": "offset points",
                "xycoords": "axes fraction",
                "fontsize": style.size * 0.8,
                "va": "top",
            }
            drop = -style.size * (3.4 + 1.1 * k)
            for share in np.linspace(0, 1, 5):
                axes.annotate(
                    str(int(200 * (1 - share) * rng.uniform(0.6, 1))), (share, 0), (0, drop), ha="center", **below
                )
            colour = style.colour(0 if style.gray else k)
            axes.annotate(labels[k], (0, 0), (-style.size * 1.5, drop), ha="right", color=colour, **below)
    title(rng, axes)
    legend(rng, axes, 0.3 if at_risk else 0.8)


def roc(rng: Generator, figure: Figure, style: Style) -> None:
    """ROC or precision-recall curves, or a calibration plot, with the diagonal."""
    axes = figure.add_subplot()
    kind = int(rng.integers(3))
    for k in range(int(rng.integers(1, 6))):
        x = np.sort(np.concatenate([[0, 1], rng.random(int(rng.choice([6, 40, 120])))]))
        y = x ** rng.uniform(0.08, 0.6)
        y = np.maximum.accumulate(np.clip(y + rng.normal(0, 0.02, len(x)), 0, 1))
        y[0], y[-1] = 0, 1
        y = 1 - y[::-1] * rng.uniform(0.3, 0.9) if kind == 1 else x + 0.2 * (y - x) if kind == 2 else y
        axes.plot(
            x,
            y,
            "o-" if kind == 2 else "-",
            color=style.colour(k),
            drawstyle="steps-post" if kind == 0 and rng.random() < 0.5 else "default",
            label=f"{pick(rng, GROUPS)} (AUC = {rng.uniform(0.6, 0.98):.2f})",
        )
    if kind != 1:
        axes.plot([0, 1], [0, 1], "--", color="gray", lw=style.line)
    low, high = (
        (("1 - Specificity", "Sensitivity"), ("Recall", "Precision"), ("Predicted", "Observed"))[kind]
        if rng.random() < 0.6
        else ("False positive rate", "True positive rate")
    )
    axes.set(xlabel=low, ylabel=high)
    title(rng, axes, 0.4)
    legend(rng, axes, 0.85)


def forest(rng: Generator, figure: Figure, style: Style) -> None:
    """A forest plot: names, boxes with intervals about a line, the numbers as text at the right."""
    axes = figure.add_subplot()
    rows = int(rng.integers(4, 18))
    small = packed(figure, style, rows)
    centres, widths = rng.normal(0, 0.5, rows), rng.uniform(0.1, 0.9, rows)
    ticks = np.arange(rows)
    axes.errorbar(
        centres,
        ticks,
        xerr=widths,
        fmt="none",
        color="black" if rng.random() < 0.6 else style.colour(0),
        capsize=style.size * 0.2 * (rng.random() < 0.5),
        lw=style.line * 1.3,
    )
    axes.scatter(
        centres,
        ticks,
        (style.size * rng.uniform(0.3, 0.9, rows)) ** 2 * 0.6,
        marker=str(rng.choice(["s", "o", "D"])),
        color=style.colour(0),
        zorder=3,
    )
    axes.axvline(0, color="black", ls=str(rng.choice(["--", "-", ":"])), lw=style.line)
    if rng.random() < 0.4:
        axes.fill([-0.2, 0, 0.2, 0], [-1, -0.7, -1, -1.3], color="black")
    axes.set_yticks(ticks, several(rng, PHRASES if rng.random() < 0.5 else (*GROUPS, *GENES), rows), fontsize=small)
    if rng.random() < 0.6:
        for k in range(rows):
            axes.text(
                1.02,
                k,
                f"{np.exp(centres[k]):.2f} ({np.exp(centres[k] - widths[k]):.2f}-{np.exp(centres[k] + widths[k]):.2f})",
                transform=axes.get_yaxis_transform(),
                va="center",
                fontsize=small * 0.8,
            )
        if rng.random() < 0.5:
            for k in range(rows):
                axes.text(1.65, k, number(rng), transform=axes.get_yaxis_transform(), va="center", fontsize=small * 0.8)
    axes.tick_params(axis="y", length=0)
    axes.spines[["left", "top", "right"]].set_visible(bool(rng.random() < 0.2))
    axes.set_xlabel(str(rng.choice(["Hazard ratio", "Odds ratio (95% CI)", "Effect size", "Risk ratio", "β (95% CI)"])))
    title(rng, axes)


def agreement(rng: Generator, figure: Figure, style: Style) -> None:
    """Bland-Altman, funnel or quantile plots: a cloud about guiding lines."""
    axes = figure.add_subplot()
    count, kind = int(rng.choice([15, 40, 200])), int(rng.integers(3))
    if kind == 0:
        axes.plot(rng.uniform(0, 100, count), rng.normal(0, 5, count), "o", color=style.colour(0), alpha=0.7)
        for level, dash in ((-10, "--"), (0, "-"), (10, "--")):
            axes.axhline(level, ls=dash, color="black", lw=style.line)
            axes.text(
                1.0,
                level,
                f"{level:+.1f}",
                transform=axes.get_yaxis_transform(),
                va="bottom",
                ha="right",
                fontsize=style.size * 0.8,
            )
    elif kind == 1:
        error = rng.uniform(0.05, 0.6, count)
        axes.plot(rng.normal(0, error), error, "o", color=style.colour(0))
        axes.plot([-1.2, 0, 1.2], [0.6, 0, 0.6], "--", color="gray")
        axes.axvline(0, color="gray", lw=style.line)
        axes.invert_yaxis()
    else:
        expected = np.sort(rng.exponential(0.5, 300))
        axes.plot(
            expected,
            expected * rng.uniform(0.95, 1.2) + np.maximum(expected - 1, 0) ** 2,
            "o",
            color=style.colour(0),
            ms=style.size * 0.25,
        )
        axes.plot([0, expected.max()], [0, expected.max()], color="red", lw=style.line)
    names(rng, axes)


def volcano(rng: Generator, figure: Figure, style: Style) -> None:
    """Fold change against significance, or means against differences, with named points."""
    axes = figure.add_subplot()
    count = int(rng.choice([300, 1500, 4000]))
    fold = rng.normal(0, 1.2, count)
    level = np.abs(fold) ** 1.5 * rng.exponential(1.2, count)
    size = (style.size * rng.uniform(0.12, 0.35)) ** 2
    up, down = (fold > 1) & (level > 1.5), (fold < -1) & (level > 1.5)
    red, blue = ("#d62728", "#1f77b4") if rng.random() < 0.7 else (style.colour(0), style.colour(1))
    if rng.random() < 0.25:
        level, fold = fold * rng.uniform(0.3, 1, count), np.abs(rng.normal(6, 3, count))
    for chosen, colour, label in ((~(up | down), "#b0b0b0", "NS"), (up, red, "Up"), (down, blue, "Down")):
        axes.scatter(fold[chosen], level[chosen], size, color=colour, lw=0, label=label, rasterized=True)
    if rng.random() < 0.6:
        axes.axhline(1.5, ls="--", color="black", lw=style.line * 0.7)
        for x in (-1, 1):
            axes.axvline(x, ls="--", color="black", lw=style.line * 0.7)
    if rng.random() < 0.6:
        for k in np.argsort(level)[-int(rng.integers(3, 12)) :]:
            axes.text(fold[k], level[k], pick(rng, GENES), fontsize=style.size * 0.7, style="italic")
    axes.set(xlabel="log2 fold change", ylabel="-log10(P)")
    title(rng, axes)
    legend(rng, axes, 0.35)


def manhattan(rng: Generator, figure: Figure, style: Style) -> None:
    """Significance along the chromosomes in alternating colours with a threshold."""
    axes = figure.add_subplot()
    chromosomes, points = int(rng.integers(8, 24)), int(rng.choice([40, 150]))
    lengths = np.linspace(1, 0.35, chromosomes)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    tones = (style.colour(0), style.colour(1)) if rng.random() < 0.7 else style.colours
    for k in range(chromosomes):
        x = starts[k] + rng.random(points) * lengths[k]
        y = rng.exponential(0.7, points)
        if rng.random() < 0.2:
            y += 7 * np.exp(-(((x - starts[k] - 0.5 * lengths[k]) / 0.03) ** 2)) * rng.random(points)
        axes.scatter(x, y, (style.size * 0.22) ** 2, color=tones[k % len(tones)], lw=0)
    axes.axhline(5, color="red", ls="--" if rng.random() < 0.5 else "-", lw=style.line)
    axes.set_xticks(starts[:-1] + lengths / 2, [str(k + 1) if k < 9 or k % 2 else "" for k in range(chromosomes)])
    axes.set(xlabel="Chromosome", ylabel="-log10(p)", xlim=(0, starts[-1]), ylim=(0, None))
    title(rng, axes)


KINDS = {
    "survival": Plot(survival, 1.6, 0.5, 3),
    "roc": Plot(roc, 0.9, 0.5, 2.2),
    "forest": Plot(forest, 0.8, 0.4, 3.5, page=1),
    "agreement": Plot(agreement, 0.5, 0.5, 2.5),
    "volcano": Plot(volcano, 0.9, 0.5, 2),
    "manhattan": Plot(manhattan, 0.5, 1.2, 6),
}
