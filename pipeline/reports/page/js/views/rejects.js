// What was left out, by stage and reason, with examples.

import { card, el, empty, unaudited } from "../dom.js";
import { load, loadAudited, records } from "../data.js";
import { count, many, share } from "../format.js";
import { csvButton } from "../csv.js";
import { table } from "../table.js";
import { bars } from "../charts/bars.js";

/** `#rejects/STAGE/REASON` opens the examples of that reason. */
export async function rejects({ parts: [stage, reason] }) {
  const rows = records(await load("rejects"));
  const examples = (await loadAudited()) && records(await load("reject_examples"));
  const lead = "Every drop is a row with a stage and a reason. Nothing leaves without one.";
  if (!rows.length) return { title: "Rejects", lead, nodes: [empty("Nothing was left out.")] };
  const whole = rows.reduce((sum, row) => sum + row.count, 0);
  const csv = csvButton(
    "rejects",
    () => ({ header: ["stage", "reason", "count"], rows: rows.map((row) => [row.stage, row.reason, row.count]) }),
  );
  const items = rows.map((row) => ({
    name: words(row.reason),
    note: words(row.stage),
    value: row.count,
    href: `#rejects/${row.stage}/${row.reason}`,
  }));
  return {
    title: "Rejects",
    lead,
    nodes: [
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

function exampleList(row, examples, whole, open) {
  const own = examples.filter((example) => example.stage === row.stage && example.reason === row.reason);
  const caption = `${words(row.reason)} (${words(row.stage)})`;
  const columns = [
    { title: "Id", show: (example) => el("code", {}, example.id) },
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
