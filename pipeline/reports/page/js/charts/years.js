// Counts by year.

import { histogram } from "./histogram.js";

/** A column for each year from the first to the last; `pairs` are [year, count], years without one count nothing. */
export function yearChart(title, pairs) {
  const found = new Map(pairs.map(([year, value]) => [Number(year), value]));
  const years = [...found.keys()];
  const first = Math.min(...years, Math.max(...years) - 5);
  const bins = Array.from({ length: Math.max(...years) - first + 1 }, (_, i) => first + i);
  return histogram({ title, bins: bins.map(String), counts: bins.map((year) => found.get(year) ?? 0) });
}
