// Short tables.

import { el } from "./dom.js";

/**
 * A table; `columns` are {title, type, show(row)}, the first names its row; `type` is "number" or nothing. `caption`
 * is for a screen reader, for a heading stands above.
 */
export function table(caption, columns, rows) {
  const head = columns.map((column) => el("th", { scope: "col", class: column.type }, column.title));
  const body = rows.map((row) =>
    el(
      "tr",
      {},
      columns.map((column, i) =>
        el(i ? "td" : "th", { scope: i ? null : "row", class: column.type }, column.show(row))
      ),
    )
  );
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", { class: "unseen" }, caption),
      el("thead", {}, el("tr", {}, head)),
      el("tbody", {}, body),
    ),
  );
}

/** The numbers of a chart as a table that opens. */
export function asTable(caption, columns, rows) {
  return el("details", {}, el("summary", {}, "As a table"), table(caption, columns, rows));
}
