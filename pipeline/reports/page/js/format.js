// Numbers and names as people read them.

export const NOT_STATED = "not stated";

const COUNT = new Intl.NumberFormat("en");
const SHARE = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const RATIO = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const count = (value) => COUNT.format(value);
export const share = (value) => SHARE.format(value);
export const ratio = (value) => RATIO.format(value);
export const short = (value) => (Math.abs(value) < 10000 ? COUNT.format(value) : SHORT.format(value));

/** A figure in its unit: "share", "ratio", or a count. */
export function quantity(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return share(value);
  return unit === "ratio" ? ratio(value) : count(value);
}

/** A change with its sign; the minus is a true one. A share changes by points. */
export function change(value, unit = "") {
  if (!value) return "0";
  const size = Math.abs(value);
  return (value > 0 ? "+" : "−") + (unit === "share" ? `${(100 * size).toFixed(1)} points` : quantity(size, unit));
}

/** "1 triplet", "2 triplets". */
export const many = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** The name of a key of a dimension. */
export const named = (name) => (name === null || name === undefined || name === "" ? NOT_STATED : String(name));

/** Text as it is searched: lower case, without accents. */
export function folded(text) {
  const lower = text.toLowerCase();
  return /[^\x00-\x7f]/.test(lower) ? lower.normalize("NFD").replace(/\p{M}/gu, "") : lower;
}
