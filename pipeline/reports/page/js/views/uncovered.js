// What is not covered: the most expected concepts of the vocabulary without a triplet.

import { card, el, empty, unaudited } from "../dom.js";
import { height, load, loadAudited, records } from "../data.js";
import { count, folded, named, share } from "../format.js";
import { tiles } from "../glance.js";
import { bars } from "../charts/bars.js";
import { explorer } from "../explorer/explorer.js";

const TYPES = 20; // bars

export async function uncovered({ state }) {
  const view = {
    title: "Not covered",
    lead: "Concepts of the vocabulary that no triplet mentions, those first that one would most expect.",
  };
  const audited = await loadAudited();
  if (!audited) return { ...view, nodes: [unaudited("Missing concepts")] };
  const loaded = await load("uncovered");
  const missing = height(loaded) ? explorer(missingSource(loaded), state) : empty("Nothing is missing.");
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
        typesCard(records(loaded.by_type)),
      ),
    ],
  };
}

/** How many are missing, and how many of them are listed. */
function listed(loaded) {
  const all = loaded.vocabulary - loaded.covered;
  return height(loaded) < all ? `The first ${count(height(loaded))} of ${count(all)}.` : `${count(all)} in all.`;
}

function typesCard(types) {
  const known = types.filter((type) => type.vocabulary).sort((a, b) => b.vocabulary - a.vocabulary);
  const items = known.slice(0, TYPES).map((type) => ({
    name: type.name,
    note: `${count(type.covered)} of ${count(type.vocabulary)}`,
    value: type.covered / type.vocabulary,
    href: `#uncovered?type=${encodeURIComponent(type.name)}`,
  }));
  const note = "Share of the vocabulary's concepts with a triplet; the largest types first.";
  return card(
    { title: "Covered by semantic type", note },
    items.length ? bars("Covered by semantic type", items, { head: ["", "Covered"], top: 1, show: share }) : empty(),
  );
}

function missingSource(loaded) {
  const { cui, name, type, expected } = loaded.columns;
  const [texts, codes] = [name.map(folded), cui.map((code) => code.toLowerCase())];
  const types = [...new Set(type.map(named))].sort().map((title) => [title, title]);
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
    sub: (row) => `${cui[row]} · ${named(type[row])}`,
    sort: "-expected",
    filters: [{ id: "type", label: "Semantic type", options: types, test: (row, title) => named(type[row]) === title }],
    columns: [
      { id: "cui", hidden: true, value: (row) => cui[row] },
      { id: "name", hidden: true, value: (row) => name[row], key: (row) => texts[row] },
      { id: "type", hidden: true, value: (row) => type[row] },
      {
        id: "expected",
        title: "Expected",
        value: (row) => expected[row],
        show: (row) => count(+expected[row].toPrecision(3)),
      },
    ],
  };
}
