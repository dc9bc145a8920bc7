// A crossing of two dimensions in the order and the size that people read.

import { named, NOT_STATED } from "./format.js";

const OTHER = "other";
const EARLIER = "earlier"; // than the years that are shown

/** The lines of a crossing by the name of each: years in time, others by size, what has no name of its own last. */
export function arranged(id, names, lines) {
  const titles = names.map(named);
  const sums = lines.map((line) => sum(line));
  const last = (row) => [OTHER, NOT_STATED].indexOf(titles[row]);
  const order = titles.map((_, row) => row).sort((a, b) =>
    last(a) - last(b) || (id === "year" ? titles[a] - titles[b] : sums[b] - sums[a]) || 0
  );
  return { names: order.map((row) => titles[row]), lines: order.map((row) => lines[row]) };
}

/** At most so many lines: the newest years or the largest lines, and the sum of the others in one line. */
export function shortened(id, { names, lines }, most) {
  if (names.length <= most) return { names, lines };
  const years = id === "year";
  const pool = years ? EARLIER : OTHER;
  const last = names.filter((name) => name !== pool && [OTHER, NOT_STATED].includes(name));
  const own = names.filter((name) => name !== pool && !last.includes(name));
  const room = most - last.length - 1;
  const kept = years ? own.slice(-room) : own.slice(0, room);
  const line = (name) => lines[names.indexOf(name)];
  const pooled = transposed(names.filter((name) => ![...kept, ...last].includes(name)).map(line)).map(sum);
  const shown = years ? [pool, ...kept, ...last] : [...kept, pool, ...last];
  return { names: shown, lines: shown.map((name) => (name === pool ? pooled : line(name))) };
}

/** Rows as columns. */
export const transposed = (lines) => lines[0].map((_, place) => lines.map((line) => line[place]));

const sum = (line) => line.reduce((total, value) => total + value, 0);
