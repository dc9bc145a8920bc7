// The window of a long table: of a hundred thousand rows only those in sight are in the document.

import { el } from "../dom.js";

const NARROW = matchMedia("(max-width: 620px)"); // as the style sheets have it
const BEYOND = 6; // rows that are drawn above and below what is in sight

export class RowWindow {
  /**
   * `draw(row)` gives the cells of a row below `heads`; the first holds its title, which takes the focus. All rows are
   * as many pixels high as `heights` says for a wide and for a narrow screen.
   */
  constructor(label, heads, draw, heights) {
    this.rows = [];
    this.draw = draw;
    this.heights = heights;
    this.body = el("tbody");
    const caption = el("caption", { class: "unseen" }, label);
    this.table = el("table", {}, caption, el("thead", {}, el("tr", {}, heads)), this.body);
    const listening = { scroll: () => this.show(), keydown: (event) => this.pressed(event) };
    this.node = el(
      "div",
      { class: "window", tabindex: "0", role: "region", "aria-label": label, ...listening },
      this.table,
    );
    new ResizeObserver(() => this.show()).observe(this.node);
  }

  /** Show other rows, from the first. */
  set(rows) {
    this.rows = rows;
    this.node.scrollTop = 0;
    this.drawn = null;
    this.table.setAttribute("aria-rowcount", rows.length + 1);
    this.show();
  }

  get height() {
    return NARROW.matches ? this.heights.narrow : this.heights.wide;
  }

  /** Draw the rows in sight. */
  show() {
    const first = Math.max(0, Math.floor(this.node.scrollTop / this.height) - BEYOND);
    const last = Math.min(this.rows.length, first + Math.ceil(this.node.clientHeight / this.height) + 2 * BEYOND);
    const drawn = `${first} ${last} ${this.height}`;
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    this.node.style.setProperty("--row", `${this.height}px`);
    const focused = this.place();
    const shown = this.rows.slice(first, last).map((row, i) =>
      el("tr", { class: "row", "aria-rowindex": first + i + 2, "data-at": first + i }, this.draw(row))
    );
    this.body.replaceChildren(this.space(first), ...shown, this.space(this.rows.length - last));
    if (focused !== null) (this.title(focused) ?? this.node).focus({ preventScroll: true });
  }

  space(rows) {
    const cell = el("td"); // of one column, for on a narrow screen there are fewer
    cell.style.height = `${rows * this.height}px`;
    return el("tr", { class: "space", "aria-hidden": "true" }, cell);
  }

  /** The place of the row that has the focus, or null. */
  place() {
    const row = this.body.contains(document.activeElement) && document.activeElement.closest("[data-at]");
    return row ? Number(row.dataset.at) : null;
  }

  /** What of a row takes the focus: its title, a link where the row has a page. */
  title(at) {
    return this.body.querySelector(`[data-at="${at}"] .title`);
  }

  /** Arrows, page, home and end move the focus from row to row. */
  pressed(event) {
    const at = this.place();
    const page = Math.floor(this.node.clientHeight / this.height) - 1;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (at === null || !(event.key in steps)) return;
    event.preventDefault();
    this.focus(Math.min(this.rows.length - 1, Math.max(0, at + steps[event.key])));
  }

  /** Bring a row into sight and focus it. */
  focus(at) {
    const head = this.table.tHead.offsetHeight;
    const room = this.node.clientHeight - head - this.height;
    const { scrollTop } = this.node;
    this.node.scrollTop = Math.min(at * this.height, Math.max(scrollTop, at * this.height - room));
    this.show();
    this.title(at)?.focus({ preventScroll: true });
  }
}
