// Does this value run script in the browser of whoever sees it? By the context that it may be put into: as markup, in an
// attribute, in a script, as a URL.

import {
  findAttributeBreak,
  findScript,
  findScriptBreak,
  findScriptUrl,
  findTagBreak,
} from "./html/breakout.ts";
import { findMarkup, type MarkupFinding } from "./html/markup.ts";
import type { Rule, RuleSet, Subject } from "./rule.ts";

function markupRule(name: string, kind: MarkupFinding["kind"], looksFor: string): Rule {
  return {
    name,
    type: "xss",
    looksFor,
    find: (subject) => {
      if (subject.kind === "file" && isDocument(subject)) return undefined;
      const finding = findMarkup(subject.lower, subject.wordy);
      if (finding?.kind !== kind) return undefined;
      return subject.kind === "markup" && kind === "element" ? undefined : finding.match;
    },
  };
}

/** A page or a source file that somebody uploads has scripts of its own. */
function isDocument({ lower, wordy }: Subject): boolean {
  return wordy && !/^\s{0,8}(?:<\?xml[^>]{0,200}>\s{0,8})?<svg/.test(lower);
}

function breakRule(
  name: string,
  looksFor: string,
  find: (lower: string) => string | undefined,
): Rule {
  return {
    name,
    type: "xss",
    looksFor,
    find: ({ lower, strict, wordy }) => (strict || wordy ? undefined : find(lower)),
  };
}

const rules: readonly Rule[] = [
  markupRule("xss-script-element", "script", "a script element"),
  markupRule("xss-event-handler", "event", "an event handler in a tag"),
  markupRule("xss-script-url-attribute", "url", "an attribute whose URL runs script"),
  markupRule("xss-style", "style", "a style that runs script or loads foreign styles"),
  markupRule("xss-active-element", "element", "an element that loads active content"),
  breakRule("xss-tag-break", "a quote and bracket that end a tag, and a new tag", findTagBreak),
  breakRule("xss-attribute-break", "an event handler that would join a tag", findAttributeBreak),
  breakRule(
    "xss-script-break",
    "a quote that ends a string of a script, and a call",
    findScriptBreak,
  ),
  breakRule("xss-script-call", "a script that shows dialogs or reads the page", findScript),
  breakRule("xss-script-url", "a URL that runs script", findScriptUrl),
];

export const crossSiteScripting: RuleSet = { gate: /[<(=`[:]/, rules };
