// What several views show of a count or a dimension.

import { el, empty } from "./dom.js";
import { height } from "./data.js";
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

/** The first rows of a dimension as bars, with their share of the corpus's triplets. */
export function dimensionBars(summary, caption, rows, limit) {
  if (!rows.length) return empty();
  // Not of the rows' sum: a triplet may stand in several of them.
  const whole = summary.headline.find(({ id }) => id === "triplets").value;
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

/** How many concepts of the vocabulary no triplet mentions, how many of them are listed, and where all stand. */
export function missingCount(loaded) {
  const where = loaded.whole ? ` All stand in ${loaded.whole}.` : "";
  return { listed: height(loaded), all: loaded.vocabulary - loaded.covered, where };
}
