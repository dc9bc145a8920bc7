// Tables as CSV (RFC 4180), made in the page.

import { el } from "./dom.js";

/** The text of a CSV file. */
export function csvText(header, rows) {
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** A spreadsheet would run a text that begins like a formula: an apostrophe before it says that it is text. */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

function cell(value) {
  const plain = value === null || value === undefined ? "" : String(value);
  const text = typeof value === "string" && FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A button that hands out what is shown; `made` gives the header and the rows when it is pressed. */
export function csvButton(name, made) {
  const pressed = () => {
    const { header, rows } = made();
    const file = new Blob([csvText(header, rows)], { type: "text/csv" });
    const link = el("a", { href: URL.createObjectURL(file), download: `${name}.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return el("button", {
    type: "button",
    class: "small",
    click: pressed,
    "aria-label": `CSV of ${name.replace(/[-_]/g, " ")}`,
  }, "CSV");
}
