// What was left out, by stage and reason, with examples.

import { card, el, empty, explained, unaudited } from "../dom.js";
import { load, loadAudited, records } from "../data.js";
import { count, many, share } from "../format.js";
import { csvButton } from "../csv.js";
import { table } from "../table.js";
import { bars } from "../charts/bars.js";

const SELECTION = "selection"; // the stage between panels and triplets

/** `#rejects/STAGE/REASON` opens the examples of that reason. */
export async function rejects({ parts }) {
  // A stage's name may hold a stroke, such as dedup/selection.
  const [stage, reason] = [parts.slice(0, -1).join("/"), parts.at(-1)];
  const [loaded, funnel] = await Promise.all([load("rejects"), load("funnel")]);
  const rows = records(loaded);
  const examples = (await loadAudited()) && records(await load("reject_examples"));
  const view = { title: "Rejects", lead: "What was dropped, by stage and reason, as the run recorded it." };
  const untold = untoldPanels(records(funnel), rows);
  const told = `The funnel has ${count(untold)} fewer triplets than panels; the rejects below do not tell them. ` +
    "Selection left them out: as duplicates, as withheld, or over a cap.";
  const banner = untold > 0 && el("p", { class: "banner" }, told);
  if (!rows.length) return { ...view, nodes: [banner || empty("No reject is recorded.")] };
  const whole = rows.reduce((sum, row) => sum + row.count, 0);
  const csv = csvButton("rejects", () => ({
    header: Object.keys(loaded.columns),
    rows: rows.map((row) => Object.values(row)),
  }));
  const items = rows.map((row) => ({
    name: words(row.reason),
    note: words(row.stage),
    value: row.count,
    href: `#rejects/${row.stage}/${row.reason}`,
  }));
  return {
    ...view,
    nodes: [
      banner,
      el(
        "div",
        { class: "grid" },
        card(
          { title: "By stage and reason", note: `${many(whole, "reject")} in all.`, tools: [csv] },
          bars("Rejects by stage and reason", items, { head: ["Reason", "Rejects"], whole }),
        ),
        card(
          { title: "Examples", note: "At most five of each reason." },
          examples
            ? rows.map((row) => exampleList(row, examples, whole, row.stage === stage && row.reason === reason))
            : unaudited("Examples"),
        ),
      ),
    ],
    target: "details[open]",
  };
}

/** Panels that are no triplet, less those that selection's rejects tell. */
function untoldPanels(steps, rows) {
  const after = Object.fromEntries(steps.map((step) => [step.step, step.count]));
  if (after.panels === undefined || after.triplets === undefined) return 0;
  const own = rows.filter((row) => row.stage.endsWith(SELECTION));
  return after.panels - after.triplets - own.reduce((sum, row) => sum + row.count, 0);
}

function exampleList(row, examples, whole, open) {
  const own = examples.filter((example) => example.stage === row.stage && example.reason === row.reason);
  const caption = `${words(row.reason)} (${words(row.stage)})`;
  const columns = [
    { title: "Id", show: (example) => [el("code", {}, example.id), explained(example.id)] },
    { title: "Detail", show: (example) => example.detail ?? "" },
  ];
  return el(
    "details",
    { open },
    el("summary", {}, `${caption}: ${count(row.count)}, ${share(row.count / whole)}`),
    own.length ? table(`Examples of ${caption}`, columns, own) : empty("No example was kept."),
  );
}

const words = (name) => name.replaceAll("_", " ");
