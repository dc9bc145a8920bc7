// What is not covered: the most expected concepts of the vocabulary without a triplet.

import { card, el, empty, unaudited } from "../dom.js";
import { height, load, loadAudited, records } from "../data.js";
import { count, folded, named, share } from "../format.js";
import { missingCount, tiles } from "../glance.js";
import { bars } from "../charts/bars.js";
import { explorer } from "../explorer/explorer.js";

const TYPES = 20; // bars

export async function uncovered({ summary, state }) {
  const view = {
    title: "Not covered",
    lead: "Concepts of the vocabulary that no triplet mentions, those first that one would most expect.",
  };
  const audited = await loadAudited();
  if (!audited) return { ...view, nodes: [unaudited("Missing concepts")] };
  const loaded = await load("uncovered");
  const missing = height(loaded) ? explorer(missingSource(summary, loaded), state) : empty(nothing(loaded));
  return {
    ...view,
    nodes: [
      tiles([
        { label: "Concepts in the vocabulary", value: count(audited.vocabulary) },
        { label: "Of them with a triplet", value: share(audited.covered) },
      ]),
      el(
        "div",
        { class: "grid" },
        card({ title: "Missing concepts", note: [listed(loaded), loaded.note].filter(Boolean).join(" ") }, missing),
        typesCard(loaded.by_type),
      ),
    ],
  };
}

const nothing = ({ vocabulary }) => vocabulary ? "Nothing is missing." : "What the vocabulary holds is not known here.";

/** How many are missing, and how many of them are listed. */
function listed(loaded) {
  const { listed: some, all, where } = missingCount(loaded);
  if (some >= all) return loaded.vocabulary > 0 && `${count(all)} in all.`;
  return loaded.columns.tuis
    ? `${count(some)} of ${count(all)} are listed, the most expected of all and of each type.${where}`
    : `The first ${count(some)} of ${count(all)}.${where}`;
}

function typesCard(types) {
  const known = records(types).filter((type) => type.vocabulary).sort((a, b) => b.vocabulary - a.vocabulary);
  const items = known.slice(0, TYPES).map((type) => ({
    name: type.name,
    note: `${count(type.covered)} of ${count(type.vocabulary)}`,
    value: type.covered / type.vocabulary,
    href: `#uncovered?type=${encodeURIComponent(type.name)}`,
  }));
  const notes = [
    "Share of the vocabulary's concepts with a triplet; the largest types first.",
    known.length > TYPES && `These are ${TYPES} of ${count(known.length)} types; all can be chosen above.`,
    types.note,
  ];
  return card(
    { title: "Covered by semantic type", note: notes.filter(Boolean).join(" ") },
    items.length ? bars("Covered by semantic type", items, { head: ["", "Covered"], top: 1, show: share }) : empty(),
  );
}

function missingSource(summary, loaded) {
  const { cui, name, expected, covered_as: covered } = loaded.columns;
  const [texts, codes] = [name.map(folded), cui.map((code) => code.toLowerCase())];
  const types = missingTypes(summary, loaded);
  const joined = types.map((own) => own.join(", "));
  const counts = new Map(); // of listed rows by type
  for (const title of types.flat()) counts.set(title, (counts.get(title) ?? 0) + 1);
  const missing = new Map(records(loaded.by_type).map((row) => [named(row.name), row.vocabulary - row.covered]));
  const titles = [...new Set([...missing.keys(), ...counts.keys()])].sort();
  const sameName = (row) => covered?.[row] && `covered by that name as ${covered[row]}`;
  const unlisted = ({ type }) => {
    const [some, all] = [counts.get(type) ?? 0, missing.get(type) ?? 0];
    return type && some < all ? `Of this type ${count(some)} of ${count(all)} missing ones are listed` : null;
  };
  return {
    name: "not-covered",
    noun: "concept",
    label: "Concepts that are not covered",
    searched: "Name or CUI",
    heading: "Concept",
    count: height(loaded),
    texts,
    codes,
    title: (row) => name[row],
    sub: (row) => [cui[row], joined[row], sameName(row)].filter(Boolean).join(" · "),
    href: (row) => `#${cui[row]}`,
    sort: "-expected",
    unlisted,
    filters: [
      {
        id: "type",
        label: "Semantic type",
        options: titles.map((title) => [title, title]),
        test: (row, title) => types[row].includes(title),
      },
    ],
    columns: [
      { id: "cui", hidden: true, value: (row) => cui[row] },
      { id: "name", hidden: true, value: (row) => name[row], key: (row) => texts[row] },
      { id: "type", hidden: true, value: (row) => joined[row] },
      { id: "covered_as", hidden: true, value: (row) => covered?.[row] },
      {
        id: "expected",
        title: "Expected",
        value: (row) => expected[row],
        show: (row) => count(+expected[row].toPrecision(3)),
      },
    ],
  };
}

/** The names of each missing concept's semantic types. */
function missingTypes(summary, loaded) {
  const { type, tuis } = loaded.columns;
  const { tui: codes, name: names } = loaded.by_type.columns;
  if (tuis) {
    const titles = new Map(codes.map((code, row) => [code, named(names[row])]));
    return tuis.map((own) => (own.length ? own.map((code) => titles.get(code) ?? code) : [named(null)]));
  }
  const known = new Set([...summary.types, ...names]);
  return type.map((text) => typesIn(named(text), known));
}

/** The types that a text such as "Finding, Body Part, Organ, or Organ Component" names: a name may hold commas. */
function typesIn(text, known) {
  const parts = text.split(", ");
  const types = [];
  while (parts.length) {
    let size = parts.length;
    while (size > 1 && !known.has(parts.slice(0, size).join(", "))) size--;
    types.push(parts.splice(0, size).join(", "));
  }
  return types;
}
