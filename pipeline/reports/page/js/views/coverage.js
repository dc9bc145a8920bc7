// Coverage by a dimension, or by two of them crossed.

import { card, el, empty, select } from "../dom.js";
import { height, load, records } from "../data.js";
import { count, folded, named } from "../format.js";
import { dimensionBars, dimensionYears } from "../glance.js";
import { csvButton } from "../csv.js";
import { arranged, shortened, transposed } from "../cross.js";
import { heatMap } from "../charts/heat.js";
import { explorer } from "../explorer/explorer.js";

const DIMENSIONS = {
  modality: "Kind of picture",
  type: "Semantic type",
  group: "Semantic group",
  year: "Year",
  journal: "Journal",
  license: "Licence",
  language: "Language",
  split: "Split",
  method: "How the caption was divided",
  grain: "Grain",
};
const OVERLAP = ["type", "group"]; // a triplet may stand in several rows of these
const BARS = 15;
const [HEAT_ROWS, HEAT_COLUMNS] = [40, 20]; // of a crossing at most; its CSV holds all

/** `#coverage/modality`, or `#coverage/modality/year` for the two crossed. */
export async function coverage({ summary, parts, state }) {
  const first = parts[0] in DIMENSIONS ? parts[0] : "modality";
  const partners = Object.keys(DIMENSIONS).filter((id) => crossing(summary, first, id));
  const second = partners.includes(parts[1]) ? parts[1] : "";
  const go = (...path) => (location.hash = `coverage/${path.filter(Boolean).join("/")}`);
  const fields = el(
    "div",
    { class: "fields" },
    select("Dimension", Object.entries(DIMENSIONS), first, (id) => go(id, crossing(summary, id, second) && second)),
    partners.length > 0 &&
      select(
        "Crossed with",
        [["", "Nothing"], ...partners.map((id) => [id, DIMENSIONS[id]])],
        second,
        (id) => go(first, id),
      ),
  );
  const nodes = second ? await crossed(summary, first, second) : await single(summary, first, state);
  const title = second ? `${DIMENSIONS[first]} × ${DIMENSIONS[second].toLowerCase()}` : DIMENSIONS[first];
  return {
    title: `Coverage: ${title}`,
    heading: "Coverage",
    lead: "Triplets, figures and articles by any dimension, and by two of them crossed.",
    nodes: [fields, el("div", { class: "grid" }, nodes)],
  };
}

const crossing = (summary, a, b) => summary.crosses.find((pair) => pair.includes(a) && pair.includes(b) && a !== b);

async function single(summary, id, state) {
  const loaded = await load(`by_${id}`);
  const title = DIMENSIONS[id];
  if (!height(loaded)) return [card({ title }, empty())];
  const rows = records(loaded);
  const picture = id === "year" ? dimensionYears(rows) : [dimensionBars(summary, title, rows, BARS)];
  const notes = [
    id !== "year" && rows.length > BARS && `The first ${BARS} of ${count(rows.length)}; all are in the table below.`,
    OVERLAP.includes(id) && "Share of all triplets; one that shows concepts of several counts in each.",
    loaded.note,
  ];
  return [
    card({ title, note: notes.filter(Boolean).join(" ") }, ...picture),
    card({ title: "All in a table" }, explorer(dimensionSource(id, title, loaded), state)),
  ];
}

function dimensionSource(id, title, loaded) {
  const { key, name, triplets, figures, articles } = loaded.columns;
  const texts = name.map((text) => folded(named(text)));
  const coded = key.some((value, row) => value !== null && String(value) !== name[row]);
  const number = (column, heading, values) => ({ id: column, title: heading, value: (row) => values[row] });
  return {
    name: `coverage-${id}`,
    noun: "row",
    label: `Coverage by ${title.toLowerCase()}`,
    searched: "Search",
    heading: title,
    count: height(loaded),
    texts,
    codes: key.map((value) => String(value ?? "").toLowerCase()),
    title: (row) => named(key[row] === null ? null : name[row]),
    sub: coded ? (row) => key[row] : null,
    sort: id === "year" ? "-key" : "-triplets",
    filters: [],
    columns: [
      { id: "key", hidden: true, value: (row) => key[row] },
      { id: "name", hidden: true, value: (row) => name[row], key: (row) => texts[row] },
      number("triplets", "Triplets", triplets),
      number("figures", "Figures", figures),
      number("articles", "Articles", articles),
    ],
  };
}

async function crossed(summary, first, second) {
  const [a, b] = crossing(summary, first, second);
  const cross = await load(`cross_${a}_${b}`);
  const title = `${DIMENSIONS[first]} by ${DIMENSIONS[second].toLowerCase()}`;
  if (!cross.a.length || !cross.b.length) return [card({ title }, empty())];
  // The one that was chosen first stands on the left.
  const rows = arranged(first, a === first ? cross.a : cross.b, a === first ? cross.counts : transposed(cross.counts));
  const columns = arranged(second, a === first ? cross.b : cross.a, transposed(rows.lines));
  const all = { names: rows.names, lines: transposed(columns.lines) };
  const csv = csvButton(
    `coverage-${first}-${second}`,
    () => ({ header: [first, ...columns.names], rows: all.names.map((name, i) => [name, ...all.lines[i]]) }),
  );
  const few = shortened(first, all, HEAT_ROWS);
  const shown = shortened(second, { names: columns.names, lines: transposed(few.lines) }, HEAT_COLUMNS);
  const cut = few.names.length < rows.names.length || shown.names.length < columns.names.length;
  const note = "Triplets; the stronger the colour the more, in steps of the logarithm." +
    (cut ? " The newest years and the largest of the others are shown; the CSV holds all." : "");
  return [card({ title, note, tools: [csv] }, heatMap(title, "", few.names, shown.names, transposed(shown.lines)))];
}
