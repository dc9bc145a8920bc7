// Elements made of attributes and text nodes. Nothing is ever read as HTML: captions and names come from other people.

const SVG = "http://www.w3.org/2000/svg";

/** An element; `children` are nodes or texts, null and false are left out. A function is what listens to an event. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Say something to a screen reader. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** A part of a view with its heading; `tools` stand beside the heading. */
export function card({ title, note = null, half = false, tools = [] }, ...children) {
  const id = `card-${slug(title)}`;
  const heading = el("div", {}, el("h2", { id }, title), note && el("p", { class: "note" }, note));
  const head = el("div", { class: "head" }, heading, ...tools);
  return el("section", { class: half ? "card half" : "card", "aria-labelledby": id }, head, ...children);
}

const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/** What stands where there is nothing to show. */
export function empty(text = "Nothing to show.") {
  return el("p", { class: "empty" }, text);
}

/** What stands where a build has written nothing yet; `what` is what the audit adds. */
export function unaudited(what) {
  return el("p", { class: "empty" }, `${what} come with `, el("code", {}, "medconcept audit OUT"), ".");
}

/** The command that tells every step of a panel, a figure or an article. */
export function explained(id) {
  return el("p", { class: "meta" }, el("code", {}, `medconcept explain OUT ${id}`));
}

/** A select field with its label; `options` are pairs of a value and its name. */
export function select(label, options, value, changed) {
  const field = el(
    "select",
    { id: `choose-${slug(label)}`, change: () => changed(field.value) },
    options.map(([key, name]) => el("option", { value: key }, name)),
  );
  field.value = value;
  return el("label", { class: "field" }, label, field);
}
