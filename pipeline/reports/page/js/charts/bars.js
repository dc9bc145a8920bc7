// Bars: a table with a bar in each row, so that it is its own text.

import { el, svg } from "../dom.js";
import { count, named, share } from "../format.js";

/**
 * Bars for `items`, {name, value, note, href}; `whole` is what shares are of, if shares are told. A row whose name
 * is null is what is not stated. `top` is the value of a whole bar, else the largest value is; `show` tells a value.
 */
export function bars(caption, items, { head = ["", "Triplets"], whole = null, top = null, show = count } = {}) {
  const longest = top ?? Math.max(1, ...items.map((item) => Math.abs(item.value)));
  const column = (title, type) => el("th", { scope: "col", role: "columnheader", class: type }, title);
  const titles = [
    column(head[0] || "Name"),
    column(el("span", { class: "unseen" }, "Bar"), "drawn"),
    column(head[1], "number"),
  ];
  if (whole !== null) titles.push(column("Share", "number extra"));
  return el(
    "table",
    { class: "bars", role: "table" },
    el("caption", { class: "unseen" }, caption),
    el("thead", { role: "rowgroup", class: head[0] ? null : "unseen" }, el("tr", { role: "row" }, titles)),
    el("tbody", { role: "rowgroup" }, items.map((item) => bar(item, longest, whole, show))),
  );
}

function bar(item, longest, whole, show) {
  const length = item.value ? Math.max(0.4, (100 * Math.abs(item.value)) / longest) : 0;
  const drawn = svg(
    "svg",
    { viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { width: length, height: 12, "vector-effect": "non-scaling-stroke" }),
  );
  const name = item.href ? el("a", { href: item.href }, named(item.name)) : named(item.name);
  return el(
    "tr",
    { role: "row", class: item.name === null && "unstated" },
    el("th", { scope: "row", role: "rowheader" }, name, item.note && el("div", { class: "step" }, item.note)),
    el("td", { class: "drawn", role: "cell" }, drawn),
    el("td", { class: "number", role: "cell" }, show(item.value)),
    whole !== null && el("td", { class: "number extra", role: "cell" }, share(whole ? item.value / whole : 0)),
  );
}
