// Duplicates side by side, and what stands in which split.

import { card, el, empty, unaudited } from "../dom.js";
import { load, loadAudited, records } from "../data.js";
import { count, many, ratio } from "../format.js";
import { table } from "../table.js";
import { tiles } from "../glance.js";
import { bars } from "../charts/bars.js";
import { loadSamples, sampleCard } from "../samples.js";

export async function duplicates() {
  const view = {
    title: "Duplicates and splits",
    lead: "Panels that show the same picture are one group; no picture may stand in two splits.",
  };
  if (!(await loadAudited())) return { ...view, nodes: [unaudited("Duplicates and splits")] };
  const found = await load("duplicates");
  const examples = await Promise.all(found.examples.map(sideBySide));
  const leaks = records(found.splits).reduce((sum, row) => sum + row.leaks, 0);
  // The leaks of two splits may be of one picture, so that only a count of pictures is one.
  const shared = found.shared === undefined
    ? { label: "Triplets whose picture is in two splits", value: count(leaks) }
    : { label: "Pictures in two splits", value: count(found.shared) };
  return {
    ...view,
    nodes: [
      tiles([
        { label: "Groups of duplicates", value: count(found.groups) },
        { label: "Panels in them", value: count(found.members) },
        shared,
      ]),
      el(
        "div",
        { class: "grid" },
        counted(
          "Groups by size",
          "How many panels show the same picture.",
          "Groups",
          records(found.sizes).map((row) => ({ name: many(row.size, "panel"), value: row.groups })),
        ),
        counted(
          "How they were found",
          "By equal pixels, by perceptual hash, or by embedding; then confirmed pixel by pixel.",
          "Panels",
          records(found.kinds).map((row) => ({ name: row.kind, value: row.members })),
        ),
        card(
          { title: "Splits", note: "A leak is a triplet whose picture stands in another split, too." },
          splitsTable(records(found.splits)),
        ),
        card({
          title: "Side by side",
          note: `${many(examples.length, "example")}; the first of each stands for the others. ` +
            "A picture that is no sample is grey, as it was compared.",
        }, examples.length ? examples : empty()),
      ),
    ],
  };
}

function counted(title, note, unit, items) {
  return card(
    { title, note, half: true },
    items.length ? bars(title, items, { head: ["", unit] }) : empty("No group was found."),
  );
}

function splitsTable(rows) {
  const counts = ["articles", "figures", "triplets", "leaks"].map((id) => ({
    title: id[0].toUpperCase() + id.slice(1),
    type: "number",
    show: (row) => count(row[id]),
  }));
  return table("Splits", [{ title: "Split", show: (row) => row.split }, ...counts], rows);
}

/** A group's members; those in the pool of samples with their pictures. */
async function sideBySide({ group, size, samples, members }) {
  const kept = new Map((await loadSamples(samples)).map((sample) => [sample.id, sample]));
  const cards = members.map((member, i) => {
    const what = i
      ? `${member.kind}${typeof member.similarity === "number" ? `, similarity ${ratio(member.similarity)}` : ""}`
      : "stands for the group";
    const label = `${what} · ${member.published ? "in the corpus" : "left out"}`;
    return sampleCard({ spans: [], thumb: null, ...member, ...kept.get(member.id) }, null, label);
  });
  const more = size > members.length ? `, ${many(members.length, "panel")} shown` : "";
  return el(
    "div",
    { class: "pair" },
    el("h3", {}, `${many(size, "panel")}${more} `, el("code", {}, group)),
    el("ul", { class: "samples" }, cards),
  );
}
