// Sample triplets: the picture, the caption with its concepts marked, and where they come from.

import { el, explained } from "./dom.js";
import { load } from "./data.js";

const LONG = 400; // characters of a caption that is cut

/** The samples of references such as "012/PMC13901v1-f003-p02"; those that are not there are left out. */
export async function loadSamples(references) {
  const found = references.map(async (reference) => {
    const [file, id] = reference.split("/");
    const sample = (await load(`sample/${file}`))[id];
    return sample && { id, ...sample };
  });
  return (await Promise.all(found)).filter(Boolean);
}

/** A sample; the spans of the concept `cui` stand out, `label` is what is said of it first. */
export function sampleCard(sample, cui = null, label = null) {
  const facts = [sample.modality, sample.year, sample.journal, sample.split].filter(Boolean).join(" · ");
  const rights = sample.license ?? "no licence stated";
  return el(
    "li",
    { class: "sample" },
    thumb(sample),
    el(
      "div",
      { class: "told" },
      label && el("p", { class: "said" }, label),
      caption(sample, cui),
      explained(sample.id),
      el("p", { class: "meta" }, [facts, rights].filter(Boolean).join(" · ")),
      sample.attribution &&
        el("details", {}, el("summary", {}, "Credit"), el("p", { class: "meta" }, sample.attribution)),
    ),
  );
}

/** The caption; of a long one the first lines, and a button for all. */
function caption(sample, cui) {
  const text = el("p", { class: "caption", dir: "auto" }, markedCaption(sample, cui));
  if (sample.caption.length < LONG) return text;
  text.classList.add("cut");
  const whole = () => {
    const cut = text.classList.toggle("cut");
    button.textContent = cut ? "Whole caption" : "Less";
    button.setAttribute("aria-expanded", !cut);
  };
  const button = el(
    "button",
    { type: "button", class: "small all", "aria-expanded": "false", click: whole },
    "Whole caption",
  );
  return [text, button];
}

function thumb(sample) {
  if (!sample.thumb?.startsWith("data:image/")) return el("div", { class: "thumb none" }, "No picture kept");
  return el("div", { class: "thumb" }, el("img", { src: sample.thumb, alt: `Picture of ${sample.id}` }));
}

/** The caption as texts and marks. Offsets count code points, as Python's do. */
function markedCaption({ caption, spans }, cui) {
  const points = Array.from(caption);
  const nodes = [];
  let at = 0;
  for (const [start, end, concept, negated, uncertain] of apart(spans, cui)) {
    nodes.push(points.slice(at, start).join(""));
    nodes.push(conceptMark(points.slice(start, end).join(""), concept, concept === cui, negated, uncertain));
    at = end;
  }
  return [...nodes, points.slice(at).join("")];
}

function conceptMark(text, concept, here, negated, uncertain) {
  const told = [negated && "negated", uncertain && "uncertain"].filter(Boolean);
  const type = [here && "here", ...told].filter(Boolean).join(" ");
  const word = here ? text : el("a", { href: `#${concept}`, title: concept }, text);
  return el("mark", { class: type || null }, word, told.length > 0 && el("small", {}, told.join(", ")));
}

/** Spans that do not overlap, in order: those of the concept first, then the longer ones. */
function apart(spans, cui) {
  const wanted = [...spans].sort((a, b) =>
    (b[2] === cui) - (a[2] === cui) || b[1] - b[0] - (a[1] - a[0]) || a[0] - b[0]
  );
  const kept = [];
  for (const span of wanted) if (kept.every(([start, end]) => span[1] <= start || span[0] >= end)) kept.push(span);
  return kept.sort((a, b) => a[0] - b[0]);
}
