// The index of concepts, in parts of ten thousand by falling triplets, and what is known of each.

import { load } from "./data.js";
import { folded } from "./format.js";
import { sha256 } from "./sha256.js";

const PART = 10000;

const partName = (number) => `concepts-${String(number).padStart(2, "0")}`;

const partNames = (summary) => Array.from({ length: summary.parts.concepts }, (_, number) => partName(number));

/** All concepts in one columnar table, with `folded`, the text that is searched. */
export async function loadConcepts(summary) {
  const tables = await Promise.all(partNames(summary).map(load));
  const columns = {};
  for (const id of ["cui", "name", "types", "triplets", "articles", "mentions", "negated", "uncertain"]) {
    columns[id] = tables.flatMap((table) => table.columns[id]);
  }
  return { columns, rows: columns.cui.length, folded: columns.name.map(folded) };
}

/** A concept's row of the index, or null; the frequent ones are found without loading the others. */
export async function findConcept(summary, cui) {
  for (const part of partNames(summary)) {
    const { columns } = await load(part);
    const at = columns.cui.indexOf(cui);
    if (at >= 0) return rowAt(columns, at);
  }
  return null;
}

/** What a concept's page shows beside its row: pairs of years and of modalities with counts, neighbours, samples. */
export async function loadConcept(summary, audited, cui) {
  const details = (await load(`concept/${sha256(cui).slice(0, audited.hex)}`))[cui];
  const [first, ...counts] = details.years;
  return {
    years: counts.map((triplets, i) => [first + i, triplets]),
    modalities: details.modalities.map(([place, triplets]) => [summary.modalities[place], triplets]),
    neighbours: await Promise.all(details.neighbours.map(neighbour)),
    examples: details.examples,
  };
}

/** A neighbour is stated by its place in the whole index. */
async function neighbour([place, together, pmi]) {
  const { columns } = await load(partName(Math.floor(place / PART)));
  return { ...rowAt(columns, place % PART), together, pmi };
}

function rowAt(columns, at) {
  return Object.fromEntries(Object.entries(columns).map(([id, cells]) => [id, cells[at]]));
}
