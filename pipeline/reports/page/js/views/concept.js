// A concept's page.

import { card, el, empty, unaudited } from "../dom.js";
import { findConcept, loadConcept } from "../concept_index.js";
import { load, loadAudited, records } from "../data.js";
import { count, many, ratio, share } from "../format.js";
import { table } from "../table.js";
import { missingCount, tiles } from "../glance.js";
import { bars } from "../charts/bars.js";
import { yearChart } from "../charts/years.js";
import { loadSamples, sampleCard } from "../samples.js";

export async function concept({ summary, parts: [cui] }) {
  const row = await findConcept(summary, cui);
  const audited = await loadAudited();
  if (!row) return missing(cui, audited);
  const types = row.types.map((type) => summary.types[type]);
  const part = (value) => (row.mentions ? `${count(value)} (${share(value / row.mentions)})` : count(value));
  return {
    title: row.name,
    crumb: el("p", { class: "crumb" }, el("a", { href: "#concepts" }, "Concepts"), " / ", el("code", {}, cui)),
    nodes: [
      el("ul", { class: "tags", "aria-label": "Semantic types" }, types.map((type) => el("li", {}, type))),
      tiles([
        { label: "Triplets", value: count(row.triplets) },
        { label: "Articles", value: count(row.articles) },
        { label: "Mentions", value: count(row.mentions) },
        { label: "Negated mentions", value: part(row.negated) },
        { label: "Uncertain mentions", value: part(row.uncertain) },
      ]),
      audited
        ? el("div", { class: "grid" }, await cards(row, await loadConcept(summary, audited, cui)))
        : unaudited("Years, kinds of picture, triplets and neighbours"),
    ],
  };
}

async function cards(row, details) {
  const near = "Concepts that stand in the same triplets more often than chance would have it.";
  return [
    card(
      { title: "Years", note: "Triplets by year of publication.", half: true },
      details.years.length ? yearChart(`Triplets of ${row.name} by year`, details.years) : empty("No year is stated."),
    ),
    card(
      { title: "Kinds of picture", note: "Triplets by modality.", half: true },
      modalityBars(details.modalities, row),
    ),
    samplesCard(await loadSamples(details.examples), row),
    card({ title: "Neighbours", note: near }, neighbours(details.neighbours, row)),
  ];
}

function modalityBars(modalities, row) {
  if (!modalities.length) return empty();
  const falling = [...modalities].sort((a, b) => (a[0] === null) - (b[0] === null) || b[1] - a[1]);
  return bars(`Kinds of picture of ${row.name}`, falling.map(([name, value]) => ({ name, value })), {
    whole: row.triplets,
  });
}

function samplesCard(samples, row) {
  const part = `${many(samples.length, "sample")} of ${many(row.triplets, "triplet")}.`;
  const note = `${part} A dashed line is a mention that the text denies or leaves open; the word beside it says which.`;
  return card(
    { title: "Triplets", note },
    samples.length
      ? el("ul", { class: "samples" }, samples.map((sample) => sampleCard(sample, row.cui)))
      : empty("No sample of it was kept."),
  );
}

function neighbours(found, row) {
  if (!found.length) return empty("It stands beside no other concept often enough.");
  return table(
    `Concepts beside ${row.name}`,
    [
      { title: "Concept", show: ({ cui, name }) => [el("a", { href: `#${cui}` }, name), " ", el("code", {}, cui)] },
      { title: "Triplets together", type: "number", show: ({ together }) => count(together) },
      { title: "PMI", type: "number", show: ({ pmi }) => ratio(pmi) },
    ],
    found,
  );
}

/** A CUI without a triplet: what is known of it. */
async function missing(cui, audited) {
  const unknown = [empty("No triplet mentions it."), unaudited("The vocabulary's concepts")];
  return {
    title: cui,
    crumb: el("p", { class: "crumb" }, el("a", { href: "#concepts" }, "Concepts"), " / ", el("code", {}, cui)),
    nodes: audited ? listing(cui, await load("uncovered")) : unknown,
  };
}

/** What the list of missing concepts says of a CUI; it may be cut, so that what is not in it may still be known. */
function listing(cui, loaded) {
  const row = records(loaded).find((each) => each.cui === cui);
  if (row) {
    const type = row.type || "semantic type not stated";
    const text = `The vocabulary knows it as ${row.name} (${type}), and no triplet mentions it.`;
    return [empty(text), row.covered_as && sameName(row.covered_as)];
  }
  if (!loaded.vocabulary) return [empty("No triplet mentions it. What the vocabulary holds is not known here.")];
  const { listed, all, where } = missingCount(loaded);
  const text = "No triplet mentions it, and it is not listed among the " +
    (listed < all
      ? `${count(listed)} of ${count(all)} missing concepts that this page holds: the vocabulary may hold it.${where}`
      : `${many(all, "missing concept")}: the recipe links no such concept.`);
  return [empty(text)];
}

function sameName(cui) {
  return el("p", { class: "empty" }, "A concept of the same name is covered: ", el("a", { href: `#${cui}` }, cui), ".");
}
