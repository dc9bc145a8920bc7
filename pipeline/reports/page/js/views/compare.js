// Drift: what is here and was not there, and the other way round.

import { card, el, empty, select } from "../dom.js";
import { load, loadAudited } from "../data.js";
import { change, folded, named, quantity } from "../format.js";
import { table } from "../table.js";
import { explorer } from "../explorer/explorer.js";

const CHANCE = 0.01; // below it a change is said to be more than chance

/** `#compare/modality` shows what changed in that dimension, `#compare` in the concepts. */
export async function compare({ parts: [chosen], state }) {
  const other = (await loadAudited())?.compare;
  if (!other) {
    const command = el("code", {}, "medconcept audit OUT --compare OTHER");
    const how = el("p", { class: "empty" }, "Nothing was compared. ", command, " fills this view.");
    return { title: "Compare", lead: "What changed between this corpus and another.", nodes: [how] };
  }
  const [drift, concepts] = await Promise.all(["compare", "compare_concepts"].map(load));
  const { cui: key, ...others } = concepts.columns;
  const tables = [{ id: "concept", title: "Concepts", columns: { key, ...others } }, ...drift.tables];
  const shown = tables.find(({ id }) => id === chosen) ?? tables[0];
  const names = tables.map(({ id, title }) => [id, title]);
  const pick = select("Of", names, shown.id, (id) => (location.hash = `compare/${id}`));
  const changes = shown.columns.key.length ? explorer(changeSource(shown), state) : empty();
  return {
    title: "Compare",
    lead: `This corpus beside ${other.name}.`,
    nodes: [
      el(
        "div",
        { class: "grid" },
        card({ title: "Headline figures" }, headline(drift.headline)),
        card({ title: "Gained, lost and changed", note: other.note, tools: [pick] }, changes),
      ),
    ],
  };
}

function headline(rows) {
  return table(
    "Headline figures, here and there",
    [
      { title: "Figure", show: (row) => row.label },
      { title: "Here", type: "number", show: (row) => quantity(row.here, row.unit) },
      { title: "There", type: "number", show: (row) => quantity(row.there, row.unit) },
      { title: "Change", type: "number", show: (row) => row.here === null || row.there === null ? "–" : signed(row.here - row.there, row.unit) },
    ],
    rows,
  );
}

/** A change with its sign, coloured by it. */
function signed(value, unit) {
  return el("span", { class: value > 0 ? "gain" : value < 0 ? "loss" : null }, change(value, unit));
}

/** Whether a change is more than chance, in words. */
function verdict(p) {
  if (p === null || p === undefined) return "not tested";
  const shown = p < 0.001 ? "p < .001" : `p = ${p.toFixed(3).replace(/^0/, "")}`;
  return p < CHANCE ? `${shown}, more than chance` : `${shown}, may be chance`;
}

function changeSource({ id, title, columns: { key, name, here, there, p } }) {
  // What the other corpus has no name for goes by its key.
  const names = name.map((text, row) => named(text ?? key[row]));
  const kind = (row) => (there[row] === 0 ? "gained" : here[row] === 0 ? "lost" : "changed");
  const sub = (row) => [kind(row), verdict(p[row]), key[row] !== names[row] && key[row]].filter(Boolean).join(" · ");
  return {
    name: `compare-${id}`,
    noun: "row",
    label: `${title}, here and there`,
    searched: "Search",
    heading: title,
    count: key.length,
    texts: names.map(folded),
    codes: key.map((code) => String(code ?? "").toLowerCase()),
    title: (row) => names[row],
    sub,
    href: id === "concept" ? (row) => `#${key[row]}` : null,
    sort: "-size",
    narrow: "change",
    filters: [
      {
        id: "kind",
        label: "Kind",
        options: [["gained", "Gained"], ["lost", "Lost"], ["changed", "Changed"]],
        test: (row, wanted) => kind(row) === wanted,
      },
      {
        id: "chance",
        label: "Test",
        options: [["more", "More than chance"]],
        test: (row) => p[row] !== null && p[row] < CHANCE,
      },
    ],
    columns: [
      { id: "key", hidden: true, value: (row) => key[row] },
      { id: "name", hidden: true, value: (row) => name[row], key: (row) => names[row] },
      { id: "kind", hidden: true, value: kind },
      { id: "here", title: "Here", value: (row) => here[row] },
      { id: "there", title: "There", value: (row) => there[row] },
      {
        id: "change",
        title: "Change",
        value: (row) => here[row] - there[row],
        show: (row) => signed(here[row] - there[row]),
      },
      { id: "size", hidden: true, value: (row) => Math.abs(here[row] - there[row]) },
      { id: "p", hidden: true, value: (row) => p[row] },
    ],
  };
}
