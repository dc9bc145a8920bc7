// Addresses: `#view/part?key=value`; a concept's page is `#C0024109`.

const CUI = /^C\d{7,}$/;

/** The CUI that a reader wrote, in whatever case, or null. */
export function cuiOf(text) {
  const cui = text.trim().toUpperCase();
  return CUI.test(cui) ? cui : null;
}

/** What an address names: the view, the parts after it, and the state of its fields. */
export function parsed(hash) {
  const [path, query = ""] = hash.replace(/^#/, "").split("?");
  const [view, ...rest] = path.split("/");
  const state = new URLSearchParams(query);
  const cui = cuiOf(view);
  return cui
    ? { view: "concept", parts: [cui], state }
    : { view: view || "overview", parts: rest, state };
}

/** The address of a view with the state of its fields; what is empty is left out. */
export function address(view, state = {}) {
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value)).toString();
  return `#${view}${query && `?${query}`}`;
}

let later = 0;

/**
 * Keep the state of the view's fields in the address: a link to it shows the same, and "back" leaves the view. Browsers
 * refuse to note every letter of a quick typist, for whom it waits so many milliseconds.
 */
export function keep(state, wait = 0) {
  clearTimeout(later);
  const { hash } = location;
  const { view, parts } = parsed(hash);
  const note = () =>
    location.hash === hash && history.replaceState(null, "", address([view, ...parts].join("/"), state));
  if (wait) later = setTimeout(note, wait);
  else note();
}
