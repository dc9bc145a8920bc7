// Histograms, and counts of ordered names.

import { svg } from "../dom.js";
import { count, short } from "../format.js";
import { asTable } from "../table.js";
import { chart, horizontal, ticks, vertical, written } from "./axes.js";

const HEIGHT = 190;
const FOOT = 24;
const TOP = 14;

/**
 * A histogram: `bins` are the edges of the bins, one more than `counts` (the last is null where it has no end), or a
 * name for each. `mark` is {at, label}, a value that matters. Empty bins at the end are left out.
 */
export function histogram({ title, bins: all, counts: every, mark = null }) {
  const edges = all.length === every.length + 1;
  const filled = 1 + every.findLastIndex((value) => value > 0);
  const counts = every.slice(0, filled);
  const bins = all.slice(0, filled + (edges ? 1 : 0));
  const names = counts.map((_, i) => (edges ? range(bins[i], bins[i + 1]) : String(bins[i])));
  const most = counts.indexOf(Math.max(...counts));
  const total = counts.reduce((sum, value) => sum + value, 0);
  const label = `${title}: ${count(total)} values, most in ${names[most]}.`;
  const picture = chart(label, HEIGHT, (width) => drawnHistogram({ bins, counts, mark, edges, names }, width));
  const columns = [
    { title: edges ? "From, to under" : "Value", show: (i) => names[i] },
    { title: "Count", type: "number", show: (i) => count(counts[i]) },
  ];
  return [picture, asTable(title, columns, counts.map((_, i) => i))];
}

function drawnHistogram({ bins, counts, mark, edges, names }, width) {
  const top = Math.max(1, ...counts);
  const left = 8 + 7 * Math.max(...ticks(top).map((value) => short(value).length));
  const floor = HEIGHT - FOOT;
  const y = (value) => floor - ((floor - TOP) * value) / top;
  const step = (width - left) / counts.length;
  const gap = step > 5 ? Math.min(3, step * 0.2) : 0;
  const columns = counts.map((value, i) =>
    svg(
      "rect",
      { class: "column", x: left + i * step + gap / 2, y: y(value), width: step - gap, height: floor - y(value) },
      svg("title", {}, `${names[i]}: ${count(value)}`),
    )
  );
  const lines = ticks(top).flatMap((value) => [
    horizontal(y(value), left, width, value ? "grid-line" : "axis"),
    written(short(value), left - 6, y(value) + 4, "end"),
  ]);
  return [...lines, ...columns, ...below(bins, edges, left, width), ...marked(bins, mark, edges, left, width, floor)];
}

/** The names below: as many as have room. */
function below(bins, edges, left, width) {
  const step = (width - left) / (edges ? bins.length - 1 : bins.length);
  const longest = Math.max(...bins.map((bin) => trimmed(bin).length));
  const every = Math.ceil((7.2 * longest + 12) / step);
  return bins.flatMap((bin, i) => {
    const x = left + i * step + (edges ? 0 : step / 2);
    if (i % every) return [];
    const over = x + 3.6 * trimmed(bin).length > width;
    return [written(trimmed(bin), over ? width : x, HEIGHT - 6, over ? "end" : "middle")];
  });
}

function marked(bins, mark, edges, left, width, floor) {
  const last = bins.at(-1);
  if (!mark || !edges || mark.at < bins[0] || (last !== null && mark.at > last)) return [];
  const bin = bins.findLastIndex((edge) => edge !== null && edge <= mark.at);
  const inside = bins[bin + 1] > bins[bin] ? (mark.at - bins[bin]) / (bins[bin + 1] - bins[bin]) : 0;
  const x = left + ((bin + inside) * (width - left)) / (bins.length - 1);
  const anchor = x > width / 2 ? "end" : "start";
  return [
    vertical(x, 2, floor, "mark-line"),
    written(mark.label, x + (anchor === "end" ? -6 : 6), 11, anchor, "mark-text"),
  ];
}

/** The values of a bin. */
function range(lower, upper) {
  return upper === null ? `${trimmed(lower)} or more` : `${trimmed(lower)} to ${trimmed(upper)}`;
}

/** A number without the digits that a float adds. */
function trimmed(bin) {
  return typeof bin === "number" ? String(+bin.toPrecision(4)) : String(bin ?? "");
}
