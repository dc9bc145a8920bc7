// The first view: headline figures, the funnel, and each dimension at a glance.

import { card, el } from "../dom.js";
import { load, records } from "../data.js";
import { count, quantity, ratio, share } from "../format.js";
import { allOf, dimensionBars, dimensionYears, tiles } from "../glance.js";
import { bars } from "../charts/bars.js";
import { rankChart } from "../charts/ranks.js";

const GLANCE = 8; // rows of a dimension in this view

export async function overview({ summary }) {
  const names = ["funnel", "by_modality", "by_license", "by_split", "by_year", "ranks"];
  const [funnel, modality, license, split, year, ranks] = await Promise.all(names.map(load));
  const empty = summary.headline.some(({ id, value }) => id === "triplets" && !value);
  const told = "This corpus holds no triplets. The funnel and the rejects tell where its articles went.";
  return {
    title: "Overview",
    lead: "What this corpus holds, where it comes from, and what was left on the way.",
    nodes: [
      empty && el("p", { class: "banner", role: "status" }, told),
      tiles(summary.headline.map(({ label, value, unit }) => ({ label, value: quantity(value, unit) }))),
      el(
        "div",
        { class: "grid" },
        funnelCard(records(funnel)),
        glance(summary, "modality", "Kinds of picture", modality),
        el(
          "div",
          { class: "stack" },
          glance(summary, "license", "Licences", license),
          glance(summary, "split", "Splits", split),
        ),
        card({ title: "Years", tools: [allOf("year", "Years")] }, ...dimensionYears(records(year))),
        ranks.columns.rank.length > 0 && ranksCard(ranks),
      ),
    ],
  };
}

function glance(summary, id, title, table) {
  return card({ title, half: true, tools: [allOf(id, title)] }, dimensionBars(summary, title, records(table), GLANCE));
}

function funnelCard(steps) {
  const note = "What remains after each step; the unit changes on the way.";
  const items = steps.map(({ step, count: value, note: told }) => ({ name: step, value, note: told }));
  const tools = [el("a", { href: "#rejects" }, "What was left out")];
  const drawn = bars("Counts after each step", items, { head: ["", "Count"] });
  return card({ title: "From articles to triplets", note, tools }, drawn);
}

function ranksCard(ranks) {
  const { concepts, singletons, gini, columns } = ranks;
  const told = [
    { label: "Concepts", value: count(concepts) },
    { label: "With one triplet only", value: `${count(singletons)} (${share(singletons / concepts)})` },
    { label: "Gini coefficient", value: ratio(gini) },
  ];
  const note = "How triplets spread over concepts: few in the head, most in the tail. " +
    "Gini: 0 where all have as many, 1 where one has all.";
  return card({ title: "Head and tail", note }, tiles(told), ...rankChart(columns));
}
