// Drift: what is here and was not there, and the other way round.

import { card, el, empty, select } from "../dom.js";
import { load, loadAudited } from "../data.js";
import { change, count, folded, named, quantity } from "../format.js";
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
  const tables = [{ ...concepts, id: "concept", title: "Concepts", columns: { key, ...others } }, ...drift.tables];
  const shown = tables.find(({ id }) => id === chosen) ?? tables[0];
  const names = tables.map(({ id, title }) => [id, title]);
  const pick = select("Of", names, shown.id, (id) => (location.hash = `compare/${id}`));
  const changes = shown.columns.key.length ? explorer(changeSource(shown), state) : empty(unchanged(shown));
  return {
    title: "Compare",
    lead: `This corpus beside ${other.name}.`,
    nodes: [
      el(
        "div",
        { class: "grid" },
        card({ title: "Headline figures" }, headline(drift.headline)),
        other.sides && card({ title: "What both sides were made with" }, origins(other.sides)),
        card({ title: "Gained, lost and changed", note: notes(other, drift), tools: [pick] }, changes),
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

/** What each side is and was made with: another recipe or vocabulary alone changes what is covered. */
function origins({ here, there }) {
  return table(
    "What both sides were made with",
    [
      { title: "Of", show: (id) => id[0].toUpperCase() + id.slice(1) },
      { title: "Here", show: (id) => named(here[id]) },
      { title: "There", show: (id) => named(there[id]) },
    ],
    ["name", "recipe", "vocabulary", "inventory", "pipeline"].filter((id) => here[id] || there[id]),
  );
}

/** What was compared and how, and what was not and why. */
function notes({ note, not_compared: left = [] }, { unit }) {
  const reasons = [...new Set(left.map(({ why }) => why))].map((why) => {
    const titles = left.filter((each) => each.why === why).map(({ title }) => title.toLowerCase());
    return `Not compared: ${titles.join(", ")} (${why}).`;
  });
  return [note, unit && `Both sides are counted in ${unit}s.`, ...reasons].filter(Boolean).join(" ");
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

const KINDS = ["gained", "lost", "changed", "same"];

function changeSource({ id, title, columns, totals = {}, whole = null }) {
  const { key, name, here, there, p, change: kinds, version_here: now, version_there: then } = columns;
  // What the other corpus has no name for goes by its key.
  const names = name.map((text, row) => named(text ?? key[row]));
  const kind = (row) => kinds?.[row] ?? kindOf(here[row], there[row]);
  const listed = Object.fromEntries(KINDS.map((each) => [each, key.filter((_, row) => kind(row) === each).length]));
  const versioned = (row) => (now?.[row] ?? then?.[row] ?? null) !== null;
  const version = (row) => versioned(row) && `version ${now[row] ?? "–"}, there ${then[row] ?? "–"}`;
  const code = (row) => key[row] !== names[row] && key[row];
  const sub = (row) => [kind(row), verdict(p[row]), version(row), code(row)].filter(Boolean).join(" · ");
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
    unlisted: (state) => unlisted(state.kind, listed, totals, whole),
    filters: [
      {
        id: "kind",
        label: "Kind",
        options: KINDS.map((value) => [value, value[0].toUpperCase() + value.slice(1)]),
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
      ...(now ? [versions("version_here", now), versions("version_there", then)] : []),
    ],
  };
}

/** What stands where a table lists no row. */
function unchanged({ totals }) {
  return totals?.same ? `Nothing differs: ${count(totals.same)} are the same on both sides.` : "Nothing to show.";
}

const versions = (id, values) => ({ id, hidden: true, value: (row) => values[row] });

/** The kind of a change where the data do not state it. */
function kindOf(here, there) {
  if (here === there) return "same";
  if (!there) return "gained";
  return here ? "changed" : "lost";
}

/**
 * What a table leaves out of the kind that is shown, or of each. Where it lists nothing that is the same, as that of
 * articles does, the whole table has none of it either.
 */
function unlisted(wanted, listed, totals, whole) {
  const cut = KINDS.filter((kind) => (!wanted || wanted === kind) && listed[kind] < (totals[kind] ?? 0));
  const differing = cut.filter((kind) => kind !== "same" || listed.same);
  const told = differing.map((kind) => `${count(listed[kind])} of ${count(totals[kind])} ${kind}`).join(", ");
  const sentences = [
    differing.length > 0 && `Listed are ${told}${whole ? `; all stand in ${whole}` : ""}`,
    cut.length > differing.length && `${count(totals.same)} that are the same are not listed`,
  ];
  return sentences.filter(Boolean).join(". ");
}
