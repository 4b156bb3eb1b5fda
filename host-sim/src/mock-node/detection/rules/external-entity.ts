// Does this XML make its parser fetch something, or grow without bounds?

import { matchOf, type Rule, type RuleSet } from "./rule.ts";

const EXTERNAL =
  /<!entity\s{1,20}(?:%\s{1,20})?[^\s>]{1,80}\s{1,20}(?:system|public)\s{1,20}["'][^"'>]{0,120}/;
const EXTERNAL_DTD =
  /<!doctype\s{1,20}[^\s>[]{1,80}\s{1,20}(?:system|public\s{1,8}["'][^"']{0,200}["'])\s{1,20}["'](?!https?:\/\/(?:www\.)?(?:w3\.org|apple\.com|oasis-open\.org|java\.sun\.com|xml\.org|docbook\.org|hibernate\.(?:org|sourceforge\.net)|mybatis\.org|springframework\.org)|about:legacy)[^"'>]{0,120}/;
const GROWING =
  /<!entity\s{1,20}(?:%\s{1,20})?[^\s>]{1,80}\s{1,20}["'][^"'>]{0,200}(?:[&%][\w.-]{1,40};[^"'&>]{0,4}){2}/;
const PARAMETER =
  /<!entity\s{1,20}%\s{1,20}[^\s>]{1,80}\s{1,20}["'][^>]{0,200}(?:<|&#x0{0,4}25;|&#37;|%)/;
const INCLUDE =
  /<(?:xi|[a-z]{1,12}):include\b[^>]{0,300}href\s{0,4}=\s{0,4}["'][^"'>]{0,100}|http:\/\/www\.w3\.org\/2001\/xinclude/;
const STYLESHEET =
  /<xsl:[\w-]{1,20}\b[^>]{0,200}(?:document\s{0,4}\(|system-property\s{0,4}\(|unparsed-text\s{0,4}\(|php:function)/;

function rule(name: string, looksFor: string, ...patterns: RegExp[]): Rule {
  return {
    name,
    type: "xxe",
    looksFor,
    find: ({ lower, wordy, kind }) => {
      if (wordy && kind !== "doctype" && kind !== "markup") return undefined;
      for (const pattern of patterns) {
        const match = matchOf(pattern, lower);
        if (match !== undefined) return match;
      }
      return undefined;
    },
  };
}

const rules: readonly Rule[] = [
  rule(
    "xxe-external-entity",
    "an entity or a DTD that the parser would fetch",
    EXTERNAL,
    EXTERNAL_DTD,
  ),
  rule("xxe-entity-expansion", "entities made of entities", GROWING, PARAMETER),
  rule("xxe-include", "an XInclude", INCLUDE),
  rule("xxe-stylesheet", "a stylesheet function that reads files or system properties", STYLESHEET),
];

export const externalEntity: RuleSet = {
  gate: /<!entity|<!doctype|:include|xinclude|<xsl:/,
  rules,
};
