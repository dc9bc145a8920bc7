// All concepts: searched by name or CUI, filtered and sorted.

import { card } from "../dom.js";
import { loadConcepts } from "../concept_index.js";
import { explorer } from "../explorer/explorer.js";

let source = null;

export async function concepts({ summary, state }) {
  source ??= conceptSource(summary, await loadConcepts(summary));
  const lead =
    "Every concept that a triplet mentions. A name opens its page: triplets, years, kinds of picture, neighbours.";
  return { title: "Concepts", lead, nodes: [card({ title: "Search" }, explorer(source, state))] };
}

function conceptSource(summary, { columns, rows, folded: texts }) {
  const codes = columns.cui.map((cui) => cui.toLowerCase());
  const types = (row) => columns.types[row].map((type) => summary.types[type]).join(", ");
  const used = [...new Set(columns.types.flat())].map((type) => [String(type), summary.types[type]]);
  const number = (id, title) => ({ id, title, value: (row) => columns[id][row] });
  return {
    name: "concepts",
    noun: "concept",
    label: "Concepts",
    searched: "Name or CUI",
    heading: "Concept",
    count: rows,
    texts,
    codes,
    title: (row) => columns.name[row],
    sub: (row) => [columns.cui[row], types(row)].filter(Boolean).join(" · "),
    href: (row) => `#${columns.cui[row]}`,
    sort: "-triplets",
    filters: [
      {
        id: "type",
        label: "Semantic type",
        options: used.sort((a, b) => (a[1] < b[1] ? -1 : 1)),
        test: (row, type) => columns.types[row].includes(Number(type)),
      },
      {
        id: "said",
        label: "Mentions",
        options: [["negated", "Some negated"], ["only", "All negated"], ["uncertain", "Some uncertain"]],
        test: (
          row,
          said,
        ) => (said === "only" ? columns.negated[row] === columns.mentions[row] : columns[said][row] > 0),
      },
    ],
    columns: [
      { id: "cui", hidden: true, value: (row) => columns.cui[row] },
      { id: "name", hidden: true, value: (row) => columns.name[row], key: (row) => texts[row] },
      { id: "types", hidden: true, value: types },
      number("triplets", "Triplets"),
      number("articles", "Articles"),
      number("mentions", "Mentions"),
      number("negated", "Negated"),
      number("uncertain", "Uncertain"),
    ],
  };
}
