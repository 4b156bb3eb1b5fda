// @ts-check
/**
 * How does what a request brought become text of the page? Everything that comes from one is hostile: it is only ever put into the
 * page as text (textContent), and what would not show, or lie about what stands there, is made visible.
 *
 * @typedef {import("../journal/entries.ts").AttackEntry} Attack
 * @typedef {import("../journal/entries.ts").MessageEntry} Message
 */

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [className]
 * @param {...Node} children
 */
export function element(tag, text, className, ...children) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== "") node.textContent = text;
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** Bytes travel as latin1 text; people want to read UTF-8 where it is UTF-8. Control characters become visible. */
export function readable(/** @type {string} */ latin1) {
  let text = latin1;
  if (/^[\0-\xff]*$/.test(latin1)) {
    const bytes = Uint8Array.from(latin1, (character) => character.charCodeAt(0));
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      // not UTF-8: stays latin1
    }
  }
  return visible(text);
}

/** Control characters and those that turn the direction of text would lie about what stands there. */
export function visible(/** @type {string} */ text) {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export const requestLine = (/** @type {Attack | Message} */ entry) =>
  `${visible(entry.method)} ${readable(entry.path)} ${visible(entry.protocol)}`;
