// Which rows of a long table are shown, and in which order.

/**
 * The rows of `source` that match, as indices in order. `state` is {q, sort, and a value for each filter}: every word
 * of `q` must stand in the row's name or code; `sort` is a column's id, with "-" before it the largest first. While no
 * sort is chosen, rows whose name or code is `q` come first, then those that begin with it.
 */
export function matching(source, state, fold) {
  const query = fold((state.q ?? "").trim());
  const found = searched(source, query);
  const filters = source.filters.filter((filter) => state[filter.id]);
  const [same, begins, others] = [[], [], []];
  for (const row of ordered(source, state.sort || source.sort)) {
    if (!found[row] || !filters.every((filter) => filter.test(row, state[filter.id]))) continue;
    if (!query || state.sort) others.push(row);
    else if (source.texts[row] === query || source.codes[row] === query) same.push(row);
    else (source.texts[row].startsWith(query) ? begins : others).push(row);
  }
  return [...same, ...begins, ...others];
}

/** For each row 1 if all words of the query stand in it. All rows are one string, which is searched at a stroke. */
function searched(source, query) {
  source.all ??= joined(source);
  const { text, starts } = source.all;
  const [first, ...words] = query.split(/\s+/).sort((a, b) => b.length - a.length);
  const found = new Uint8Array(source.count);
  if (!first) return found.fill(1);
  let row = 0;
  for (let at = text.indexOf(first); at >= 0; at = text.indexOf(first, starts[row + 1])) {
    while (starts[row + 1] <= at) row++;
    const own = words.length ? text.slice(starts[row], starts[row + 1]) : "";
    found[row] = words.every((word) => own.includes(word)) ? 1 : 0;
  }
  return found;
}

/** Names and codes of all rows in one string, a line each, and where each line starts. */
function joined({ count, texts, codes }) {
  const lines = Array.from({ length: count }, (_, row) => `${texts[row]} ${codes[row]}\n`);
  const starts = new Uint32Array(count + 1);
  lines.forEach((line, row) => (starts[row + 1] = starts[row] + line.length));
  return { text: lines.join(""), starts };
}

/** All rows in the order of a sort, kept for the next search; equal ones stay in the order of the file. */
function ordered(source, sort) {
  source.orders ??= new Map();
  if (!source.orders.has(sort)) source.orders.set(sort, sortedRows(source, sort));
  return source.orders.get(sort);
}

function sortedRows(source, sort) {
  const rows = Array.from({ length: source.count }, (_, row) => row);
  const column = source.columns.find(({ id }) => id === sort.replace(/^-/, ""));
  if (!column) return rows;
  const values = rows.map(column.key ?? column.value);
  const sign = sort.startsWith("-") ? -1 : 1;
  return rows.sort((a, b) => after(values[a], values[b], sign) || a - b);
}

/** What has no value stands last in both directions. */
function after(a, b, sign) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return a < b ? -sign : sign;
}
