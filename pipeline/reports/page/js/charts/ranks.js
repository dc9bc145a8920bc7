// Rank and frequency on logarithmic axes: the head and the tail of the concepts.

import { svg } from "../dom.js";
import { count, short } from "../format.js";
import { asTable } from "../table.js";
import { chart, decades, horizontal, vertical, written } from "./axes.js";

const RANKS_HEIGHT = 300;

export function rankChart({ rank, triplets }) {
  const last = rank.length - 1;
  const label =
    `Rank and frequency on logarithmic axes: the most frequent concept has ${count(triplets[0])} triplets, ` +
    `the one of rank ${count(rank[last])} has ${count(triplets[last])}.`;
  const picture = chart(label, RANKS_HEIGHT, (width) => drawnRanks(rank, triplets, width));
  const columns = [
    { title: "Rank", show: (i) => count(rank[i]) },
    { title: "Triplets", type: "number", show: (i) => count(triplets[i]) },
  ];
  const some = rank.map((_, i) => i).filter((i) => i % Math.ceil(rank.length / 25) === 0 || i === last);
  return [picture, asTable("Triplets of the concept at a rank", columns, some)];
}

function drawnRanks(rank, triplets, width) {
  const [across, up] = [decades(rank.at(-1)), decades(triplets[0])];
  const [left, right, top, floor] = [58, width - 12, 12, RANKS_HEIGHT - 46];
  const x = (value) => left + ((right - left) * Math.log10(value)) / Math.log10(across.at(-1));
  const y = (value) => floor - ((floor - top) * Math.log10(Math.max(1, value))) / Math.log10(up.at(-1));
  const path = rank.map((value, i) => `${i ? "L" : "M"}${x(value).toFixed(1)} ${y(triplets[i]).toFixed(1)}`).join("");
  const dots = rank.map((value, i) =>
    svg(
      "circle",
      { class: "dot", cx: x(value), cy: y(triplets[i]), r: 5 },
      svg("title", {}, `Rank ${count(value)}: ${count(triplets[i])} triplets`),
    )
  );
  return [
    ...up.flatMap((
      value,
    ) => [
      horizontal(y(value), left, right, value === 1 ? "axis" : "grid-line"),
      written(short(value), left - 8, y(value) + 4, "end"),
    ]),
    ...across.flatMap((
      value,
    ) => [
      vertical(x(value), top, floor, value === 1 ? "axis" : "grid-line"),
      written(short(value), x(value), floor + 18, value === across.at(-1) ? "end" : "middle"),
    ]),
    written("Rank of the concept", (left + right) / 2, RANKS_HEIGHT - 6, "middle", "label"),
    svg("text", {
      class: "label",
      "text-anchor": "middle",
      transform: `translate(12 ${(top + floor) / 2}) rotate(-90)`,
    }, "Triplets"),
    svg("path", { class: "line", d: path }),
    ...dots,
  ];
}
