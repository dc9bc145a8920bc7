// What charts with axes share.

import { el, svg } from "../dom.js";

/** A chart that is drawn for the width it has, anew when that changes; `label` tells a screen reader what it shows. */
export function chart(label, height, draw) {
  const figure = el("figure", { class: "chart" });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.round(figure.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label });
    picture.append(...draw(width));
    figure.replaceChildren(picture);
  }).observe(figure);
  return figure;
}

/** At most about `wanted` round numbers from 0 to `top`, and none between whole ones. */
export function ticks(top, wanted = 4) {
  const rough = top / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const sizes = [1, 2, 2.5, 5, 10].map((factor) => factor * power);
  const step = sizes.find((size) => size >= rough && Number.isInteger(size)) ?? 1;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step);
}

/** The powers of ten from 1 to the first that reaches `top`. */
export function decades(top) {
  return Array.from({ length: Math.max(1, Math.ceil(Math.log10(top))) + 1 }, (_, i) => 10 ** i);
}

export const horizontal = (y, from, to, type = "grid-line") =>
  svg("line", { class: type, x1: from, x2: to, y1: y, y2: y });
export const vertical = (x, from, to, type = "grid-line") =>
  svg("line", { class: type, x1: x, x2: x, y1: from, y2: to });
export const written = (text, x, y, anchor = "middle", type = null) =>
  svg("text", { x, y, "text-anchor": anchor, class: type }, text);
