// The data files: scripts in `data/` beside the page, each of which calls `medconcept(name, value)`.

/** A data file that is not there, or does not hold what it should; the message is for the reader. */
export class DataError extends Error {}

const loading = new Map();
const arrived = new Map();

window.medconcept = (name, value) => arrived.set(name, value);

/** The value of a data file, loaded once. Rejects with a DataError. */
export function load(name) {
  if (!loading.has(name)) loading.set(name, fetched(name));
  return loading.get(name);
}

function fetched(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `data/${name}.js`;
    script.onload = () => {
      script.remove();
      if (arrived.has(name)) resolve(arrived.get(name));
      else reject(new DataError(`The file data/${name}.js is damaged.`));
    };
    script.onerror = () => reject(new DataError(`The file data/${name}.js is missing.`));
    document.head.append(script);
  });
}

/** How many rows a columnar table has. */
export const height = (table) => table.rows ?? Object.values(table.columns)[0].length;

/** The rows of a columnar table as objects. */
export function records(table) {
  const entries = Object.entries(table.columns);
  return Array.from(
    { length: height(table) },
    (_, i) => Object.fromEntries(entries.map(([id, cells]) => [id, cells[i]])),
  );
}

/** What `medconcept audit` adds to what a build writes, or null before it ran: pages of concepts, samples, drift. */
export function loadAudited() {
  return load("details").catch(() => null);
}
