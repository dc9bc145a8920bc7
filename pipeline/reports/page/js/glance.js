// What several views show of a count or a dimension.

import { el, empty } from "./dom.js";
import { bars } from "./charts/bars.js";
import { yearChart } from "./charts/years.js";

/** Headline figures in tiles; each is {label, value} with the value as text. */
export function tiles(entries) {
  return el(
    "ul",
    { class: "tiles" },
    entries.map(({ label, value }) => el("li", {}, el("b", {}, value), el("span", {}, label))),
  );
}

/** The first rows of a dimension as bars, with their share of all triplets. */
export function dimensionBars(caption, rows, limit) {
  if (!rows.length) return empty();
  const whole = rows.reduce((sum, row) => sum + row.triplets, 0);
  const items = rows.slice(0, limit).map(({ key, name, triplets }) => ({ name: key && name, value: triplets }));
  return bars(caption, items, { whole });
}

/** Triplets by year; those that state none are left out. */
export function dimensionYears(rows) {
  const dated = rows.filter(({ key }) => key !== null).map(({ key, triplets }) => [key, triplets]);
  return dated.length ? yearChart("Triplets by year of publication", dated) : [empty("No year is stated.")];
}

/** A link from a card to the whole of its dimension. */
export function allOf(id, title) {
  return el("a", { href: `#coverage/${id}`, "aria-label": `All of ${title}` }, "All");
}
