// Quality of texts, links and pictures.

import { card, el, empty } from "../dom.js";
import { load, records } from "../data.js";
import { allOf, dimensionBars } from "../glance.js";
import { histogram } from "../charts/histogram.js";

const MOST = 10; // bars
const GROUPS = { text: "Texts", link: "Concepts", picture: "Pictures" };
const TABLES = {
  text: [["method", "How the caption was divided"], ["language", "Languages"]],
  link: [],
  picture: [["grain", "Grain"]],
};

export async function quality({ summary }) {
  const histograms = await load("histograms");
  const sections = [];
  for (const [group, heading] of Object.entries(GROUPS)) {
    const drawn = histograms.filter((entry) => (entry.group ?? "text") === group).map(histogramCard);
    const tables = await Promise.all(TABLES[group].map(([id, title]) => dimensionCard(summary, id, title)));
    if (drawn.length + tables.length) {
      sections.push(el("h2", { class: "group" }, heading), el("div", { class: "grid" }, drawn, tables));
    }
  }
  return {
    title: "Quality",
    lead: "How long and how much their own the texts are, how sure the links, how large the pictures.",
    nodes: sections,
  };
}

function histogramCard(entry) {
  const filled = entry.counts.some(Boolean);
  return card({ title: entry.title, note: entry.note, half: true }, filled ? histogram(entry) : empty());
}

async function dimensionCard(summary, id, title) {
  const rows = records(await load(`by_${id}`));
  return card({ title, half: true, tools: [allOf(id, title)] }, dimensionBars(summary, title, rows, MOST));
}
