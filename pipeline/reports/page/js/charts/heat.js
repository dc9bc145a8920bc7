// A heat map: a table of counts whose cells have a stronger colour where there is more. Each cell says its count.

import { el } from "../dom.js";
import { count, named } from "../format.js";

const LEVELS = 5;

/** A heat map of `counts[i][j]` for the names `rows` and `columns`; levels are equal steps of the logarithm. */
export function heatMap(caption, corner, rows, columns, counts) {
  const top = Math.max(1, ...counts.flat());
  const head = columns.map((name) => el("th", { scope: "col" }, named(name)));
  const body = rows.map((name, i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, named(name)),
      counts[i].map((value) => el("td", { class: heatLevel(value, top) }, count(value))),
    )
  );
  return el(
    "div",
    { class: "heat" },
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      el(
        "table",
        {},
        el("caption", { class: "unseen" }, caption),
        el("thead", {}, el("tr", {}, el("td", {}, corner), head)),
        el("tbody", {}, body),
      ),
    ),
    el(
      "p",
      { class: "steps", "aria-hidden": "true" },
      "1",
      Array.from({ length: LEVELS }, (_, i) => el("i", { class: `level-${i + 1}` })),
      count(top),
    ),
  );
}

function heatLevel(value, top) {
  if (!value) return "zero";
  return `level-${Math.min(LEVELS, 1 + Math.floor((LEVELS * Math.log(value)) / Math.log(top + 1)))}`;
}
