// Which view is shown, and what is the same in all of them.

import { el, empty } from "./dom.js";
import { DataError, load } from "./data.js";
import { address, cuiOf, parsed } from "./route.js";
import { startTheme } from "./theme.js";
import { overview } from "./views/overview.js";
import { coverage } from "./views/coverage.js";
import { concepts } from "./views/concepts.js";
import { concept } from "./views/concept.js";
import { uncovered } from "./views/uncovered.js";
import { quality } from "./views/quality.js";
import { rejects } from "./views/rejects.js";
import { duplicates } from "./views/duplicates.js";
import { compare } from "./views/compare.js";

const VIEWS = { overview, coverage, concepts, concept, uncovered, quality, rejects, duplicates, compare, nowhere };
const NAMES = {
  overview: "Overview",
  coverage: "Coverage",
  concepts: "Concepts",
  uncovered: "Not covered",
  quality: "Quality",
  rejects: "Rejects",
  duplicates: "Duplicates",
  compare: "Compare",
};

const main = document.getElementById("main");
const corpusTitle = document.title;
let shown = 0;

/** Show the view that the address names. What is loaded for an address that was left meanwhile is dropped. */
async function show(focus) {
  const turn = ++shown;
  const route = parsed(location.hash);
  const view = VIEWS[Object.hasOwn(VIEWS, route.view) ? route.view : "nowhere"];
  navigation(route.view === "concept" ? "concepts" : route.view);
  main.setAttribute("aria-busy", "true");
  const drawn = await load("summary")
    .then((summary) => view({ ...route, summary }))
    .catch(fault);
  if (turn !== shown) return;
  // A field that leads to another address keeps the focus, so that its next option is a key away.
  const field = main.contains(document.activeElement) && document.activeElement.id;
  const heading = el("h1", { tabindex: "-1" }, drawn.heading ?? drawn.title);
  const lead = drawn.lead && el("p", { class: "lead" }, drawn.lead);
  main.replaceChildren(...[drawn.crumb, heading, lead, ...drawn.nodes].filter(Boolean));
  main.removeAttribute("aria-busy");
  document.title = `${drawn.title} – ${corpusTitle}`;
  if (!focus) return;
  const same = field && document.getElementById(field);
  if (same) {
    same.focus({ preventScroll: true });
    return;
  }
  window.scrollTo(0, 0);
  heading.focus({ preventScroll: true });
  if (drawn.target && route.parts.length) main.querySelector(drawn.target)?.scrollIntoView({ block: "center" });
}

/** What an address shows that names no view. */
function nowhere({ view }) {
  const told = `The address names "${view}": no view of this page, and no CUI such as C0024109.`;
  return { title: "No such view", nodes: [empty(told)] };
}

/** What stands for a view that cannot be drawn; a fault of the page itself goes to the console. */
function fault(error) {
  const known = error instanceof DataError;
  if (!known) console.error(error);
  const told = known ? `${error.message} Run medconcept audit again.` : `The page is at fault: ${error.message}`;
  return { title: "This view cannot be shown", nodes: [el("p", { class: "banner", role: "alert" }, told)] };
}

function navigation(current) {
  const links = Object.entries(NAMES).map(([id, name]) =>
    el("a", { href: `#${id}`, "aria-current": id === current && "page" }, name)
  );
  const bar = document.getElementById("views");
  const held = bar.contains(document.activeElement);
  bar.replaceChildren(...links);
  const here = links.find((link) => link.hasAttribute("aria-current")) ?? links[0];
  // Where the bar is wider than the screen, the current view stays in sight.
  bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  if (held) here.focus({ preventScroll: true });
}

/** The search above all views leads to the concepts; "/" goes to it from anywhere. */
function startSearch() {
  const field = document.getElementById("find-text");
  document.getElementById("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    field.value = "";
    location.hash = cuiOf(text) ?? address("concepts", { q: text });
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    (main.querySelector("input[type=search]") ?? field).focus();
  });
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.querySelector("h1").focus();
});
window.addEventListener("hashchange", () => show(true));
startTheme(document.getElementById("theme"));
startSearch();
show(false);
