// A long table that is searched, filtered, sorted and saved. Its state stands in the address.

import { el, empty, say, select } from "../dom.js";
import { count, folded, many } from "../format.js";
import { csvButton } from "../csv.js";
import { keep } from "../route.js";
import { matching } from "./rows.js";
import { RowWindow } from "./window.js";

const TALL = { wide: 50, narrow: 66 }; // pixels of a row with a line below its name, on a narrow screen with two
const LOW = { wide: 38, narrow: 38 };
const PAUSE = 300; // milliseconds in which a reader goes on typing

/**
 * A table over a source:
 *   name, label, noun   of the CSV file; of the table; what a row is
 *   count               rows
 *   texts, codes        of the rows, folded: what is searched
 *   title(row), sub(row), href(row)    the first column: a name, a line below it, the page of the row
 *   heading, searched                  the labels of the first column and of the search field
 *   columns             [{id, title, value(row), show(row), key(row), hidden}]; `key` sorts where it is not the value,
 *                       hidden ones stand in the CSV alone
 *   filters             [{id, label, options: [[value, name]], test(row, value)}]
 *   sort                the order at first
 *   unlisted(state)     what to tell of rows that the file does not list under these filters, or null
 *   narrow              the column that stays on a narrow screen; else the one that is sorted by, or the first
 */
export function explorer(source, state) {
  const view = Object.fromEntries(state);
  for (const { id, options } of source.filters) {
    // An address may name what is no choice here: no field could show it, nor take it back.
    if (!options.some(([value]) => value === view[id])) delete view[id];
  }
  const shown = source.columns.filter((column) => !column.hidden);
  const counted = el("p");
  const none = empty("Nothing matches.");
  const heads = headings(source, shown, (id) => changed({ sort: nextSort(source, view, id) }));
  const rows = new RowWindow(source.label, heads, (row) => cells(source, shown, row), source.sub ? TALL : LOW);
  const update = () => {
    const found = matching(source, view, folded);
    markSort(rows.table, heads, source, shown, view.sort || source.sort);
    rows.set(found);
    rows.node.hidden = !found.length;
    none.hidden = Boolean(found.length);
    const all = many(source.count, source.noun);
    const told = found.length === source.count ? all : `${count(found.length)} of ${all}`;
    counted.textContent = [told, source.unlisted?.(view)].filter(Boolean).join(". ");
  };
  const changed = (part, pause = 0) => {
    Object.assign(view, part);
    keep(view, pause);
    update();
    say(counted.textContent);
  };
  const csv = csvButton(source.name, () => ({
    header: source.columns.map(({ id }) => id),
    rows: rows.rows.map((row) => source.columns.map((column) => column.value(row))),
  }));
  update();
  return el(
    "div",
    {},
    fields(source, view, changed, rows),
    el("div", { class: "counted" }, counted, csv),
    rows.node,
    none,
  );
}

function fields(source, view, changed, rows) {
  const search = el("input", {
    type: "search",
    value: view.q ?? "",
    autocomplete: "off",
    spellcheck: "false",
    input: () => changed({ q: search.value }, PAUSE),
    // Comes when the field is left, maybe for a row: that must not be drawn anew under the focus.
    change: () => keep(view),
    keydown: (event) => {
      if (event.key !== "ArrowDown" || !rows.rows.length) return;
      event.preventDefault();
      rows.focus(0);
    },
  });
  return el(
    "div",
    { class: "fields", role: "search", "aria-label": source.label },
    el("label", { class: "field wide" }, source.searched, search),
    source.filters.map((filter) =>
      select(
        filter.label,
        [["", "All"], ...filter.options],
        view[filter.id] ?? "",
        (value) => changed({ [filter.id]: value }),
      )
    ),
  );
}

/** The headings, each with a button that sorts. */
function headings(source, shown, sorted) {
  const titles = [{ id: "name", title: source.heading }, ...shown];
  return titles.map(({ id, title }, i) => {
    const button = el("button", { type: "button", click: () => sorted(id) }, title);
    return el("th", { scope: "col", class: i ? "number" : null, "data-id": id }, button);
  });
}

/** Say in the headings what is sorted by, and in the table which of the numbers stays on a narrow screen. */
function markSort(table, heads, source, shown, sort) {
  const by = sort.replace(/^-/, "");
  const direction = sort.startsWith("-") ? "descending" : "ascending";
  for (const head of heads) head.setAttribute("aria-sort", head.dataset.id === by ? direction : "none");
  const ids = shown.map(({ id }) => id);
  table.dataset.narrow = ids.indexOf(ids.includes(by) ? by : (source.narrow ?? ids[0]));
}

/** A column's first sort: names from A, numbers from the largest; then the other way. */
function nextSort(source, view, id) {
  const first = id === "name" ? "name" : `-${id}`;
  const second = id === "name" ? "-name" : id;
  return (view.sort || source.sort) === first ? second : first;
}

function cells(source, shown, row) {
  const href = source.href?.(row);
  const name = { class: "title", href, title: source.title(row), tabindex: href ? null : "-1" };
  const title = el(href ? "a" : "span", name, source.title(row));
  const sub = source.sub?.(row);
  return [
    el("th", { scope: "row" }, title, sub && el("span", { class: "sub" }, sub)),
    ...shown.map((column) => el("td", { class: "number" }, column.show?.(row) ?? count(column.value(row)))),
  ];
}
