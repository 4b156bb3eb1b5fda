// Does this value make a template engine compute something? Placeholders such as {{name}} and ${user.name} are what templates
// are for; arithmetic, calls into objects and directives are not.

import { matchOf, type Rule, type RuleSet, type Subject } from "./rule.ts";

const DOUBLE =
  /\{\{[-{!#&^~\s]{0,4}([^{}]{1,300}|[^{}]{0,100}\{[^{}]{0,200}\}[^{}]{0,100})\}{2,3}/g;
const STATEMENT = /\{%[-\s]{0,4}([^%]{1,300})[-\s]{0,4}%\}/g;
const DOLLAR = /[$#*@~]\{{1,2}([^{}]{1,300})\}/g;
const ERB = /<%[=#-]?\s{0,8}([^%]{1,300})%>/g;

const ARITHMETIC =
  /(?:^|[^\w.'"-])["']?[0-9]{1,12}["']?\s{0,4}(?:\*{1,2}|\+|-|\/|%)\s{0,4}["']?[0-9]{1,12}["']?(?:$|[^\w.'"/:-])/;
const TIMES =
  /^[^a-z]{0,8}["']?[0-9]{1,12}["']?\s{0,4}[*]{1,2}\s{0,4}["']?[0-9]{1,12}["']?[^a-z]{0,8}$/;
const REACH =
  /__\w{2,20}__|^[0-9]{1,6}\?[a-z]|["']\s{0,4}\*\s{0,4}[0-9]|^#?with\s{1,4}["']|^\s{0,4}\.[a-z]{1,30}\s{1,4}["'`]|@\w{2,20}\s{0,4}\(|\b(?:md5|sleep|phpinfo|system|exec|passthru)\s{0,4}\(|\bdump\s{0,4}\(|\.get[a-z]{3,40}\s{0,4}\(\s{0,4}\)\s{0,4}\.|\bconfig(?:uration)?\b\s{0,4}(?:$|[.[|(])|\bself\b\s{0,4}(?:$|[.[|])|\b(?:request|cycler|lipsum|joiner|namespace|get_flashed_messages|url_for|session|settings|_self|app|dump|this|range|handler|env|process|global|root|require)\s{0,4}(?:[.[|(]\s{0,4}["']?(?:__|application|environ|args|config|settings|server|request|user|session|env|display|register|get|set|constructor|mainmodule|query|attr|headers|cookies|init|globals|\)|[0-9]))|\|\s{0,4}(?:attr|filter|map|reduce|sort|system|passthru|exec|join|slice|inspect|raw_exec|debug|e\('|file_excerpt|shell_exec|call)\s{0,4}[('"]|constructor\s{0,4}[.([]|\bt\s{0,4}\(\s{0,4}(?:java|org|javax|com)?[\w.$]{0,80}\)|getclass|forname|getruntime|\bruntime\b|classloader|processbuilder|java\.|javax\.|freemarker\.|\?\s{0,2}(?:new|api|lower_abc|eval|interpret)\b|#?(?:rt|this|root|request|session|application|parameters|_memberaccess|ctx|vars)\s{0,4}[.[]\s{0,4}(?:get|set|add|class|exec|\[)|pagecontext|servletcontext|applicationscope|sessionscope|(?:request|param|header|cookie|initparam)scope|(?:system|exec|popen|passthru|shell_exec|eval|phpinfo|file_get_contents|readfile|file|dir|open|spawn|include|print|md5|fetch|alert|sleep|import|load)\s{0,4}\(\s{0,4}["'`)\\$0-9[/]|`[^`]{1,80}`|["']\s{0,4}\.\s{0,4}(?:class|join|constructor|getclass|replace|toupper|concat|execute|length|repeat)|\(\s{0,4}\)\s{0,4}[.[]\s{0,4}__|\[\s{0,4}["'](?:__|constructor|\\x)|\bnew\s{1,4}[\w.]{2,80}\s{0,4}\(|\bsmarty\.|\$smarty|\bphp\b|\bself::|<\?|@[\w.]{2,60}@|\b(?:file|io|kernel|dir|process|env|open|system)\s{0,2}[.:]{1,2}\s{0,2}(?:open|read|popen|entries|exec|spawn|system|glob|version|cwd|exit)|\.(?:exec|execute|invoke|eval|popen|getoriginalrequest|fromcharcode|mainmodule|binding|getenv|getproperties|getmethod|getdeclared\w{1,20}|newinstance|class\b)\s{0,4}[.([]?|\?\.class|\b7\s{0,4}\*\s{0,4}'7'|\b\*\s{0,4}["'][0-9]/;

const JINJA_STATEMENT =
  /\b(?:import|include|extends|debug|set|raw|print|php|with|macro|do|exec|evaluate|from|call|autoescape)\b/;
const VELOCITY =
  /#set\s{0,4}\(\s{0,4}\$\w{1,40}\s{0,4}=|#(?:evaluate|include|parse|foreach|if|macro)\s{0,4}\(\s{0,4}["'$]|\$class\.inspect|\$\w{1,20}\.(?:getclass|class\.forname|inspect)/;
const FREEMARKER =
  /<#(?:assign|include|import|list|if|setting|function|macro|attempt)\b|\[#(?:assign|include)\b|\?\s{0,4}new\s{0,4}\(\s{0,4}\)|freemarker\.template|<@\w{1,40}\s/;
const SMARTY =
  /\{\/?(?:php|literal|math|include_php|fetch|eval|self::|system|exec|passthru|phpinfo)\b|\{\$smarty\b|\{smarty\.|\{(?:if|assign|function)\s{1,8}[^{}]{0,80}(?:system|exec|passthru|phpinfo|readfile|shell_exec)\s{0,4}\(|\{(?:system|exec|passthru|phpinfo|shell_exec|readfile|file_get_contents)\s{0,4}\(|\{['"][^'"{}]{0,60}['"]\|(?:system|exec|passthru|\w{1,20})\}?/;
const SINGLE = /^[^\w]{0,12}\{\s{0,4}[0-9]{1,9}\s{0,4}\*\s{0,4}[0-9]{1,9}\s{0,4}\}[^\w]{0,4}$/;
const RAZOR =
  /@\(\s{0,4}[0-9]{1,9}\s{0,4}[*+]\s{0,4}[0-9]{1,9}|@\{\s{0,8}(?:var|int|string|system)\b|@\(?(?:system|html\.raw|environment)\.|@\([^)]{0,60}(?:system\.|process\.|typeof)/;
const THYMELEAF =
  /__\$\{|\[\[\s{0,4}[$*#~@]\{|\[\(\s{0,4}[$*]\{|\bth:(?:text|utext|inline|with|fragment|onclick)\s{0,4}=|\|\s{0,4}[$]\{[^}]{0,80}\}\s{0,4}\|/;
const PUG =
  /^#\{\s{0,8}|^\s{0,8}-\s{1,4}var\s{1,4}x\s{0,4}=\s{0,4}root|\n\s{0,8}-\s{1,4}var\b[^\n]{0,80}(?:require|process)/;
const OTHER =
  /\$\{\{<%\[%|<c:(?:out|set|import|if|foreach)\b|\$\{\s{0,4}["']|\$\{\s{0,4}\(?\s{0,4}#|<xsl:(?:value-of|copy-of|variable|include|import)\b[^>]{0,200}(?:document\(|system-property|php:function|unparsed-text)|\{\{=\s{0,4}[^{}]{1,80}\}\}|\$eval\s{0,4}\(|\{\{\s{0,4}\$(?:on|eval|new|parse)/;
/** Names that, printed, tell of the application itself. */
const TELLING_NAME =
  /__|^\s{0,4}(?:self|config|request|_self|this|settings|_context|app)\s{0,4}$|\.(?:class|constructor|environ|config|settings|env)\b|secret|^\s{0,4}\$smarty|smarty\./;
/** LaTeX writes ${x}^{2}$, build files ${project.version}. */
const PLAIN_NAME = /^[\s\w.$:-]{1,80}$/;

function findIn(
  text: string,
  pattern: RegExp,
  wants: (body: string) => boolean,
): string | undefined {
  for (const [whole, body = ""] of text.matchAll(pattern)) {
    if (wants(body)) return whole;
  }
  return undefined;
}

/** `strictly`: in prose and code only what reaches into the server counts. */
function isComputed(body: string, strictly: boolean): boolean {
  if (TIMES.test(body) || (!strictly && ARITHMETIC.test(body))) return true;
  if (PLAIN_NAME.test(body)) return TELLING_NAME.test(body);
  return REACH.test(body);
}

function rule(
  name: string,
  looksFor: string,
  find: (subject: Subject) => string | undefined,
): Rule {
  return {
    name,
    type: "ssti",
    looksFor,
    find: (subject) =>
      subject.strict && subject.kind !== "structured header" ? undefined : find(subject),
  };
}

const rules: readonly Rule[] = [
  rule(
    "ssti-double-braces",
    "a computed expression in double braces, as Jinja, Twig or Angular run it",
    ({ lower, wordy }) => findIn(lower, DOUBLE, (body) => isComputed(body, wordy)),
  ),
  rule("ssti-statement", "a statement of Jinja or Twig", ({ lower, wordy }) =>
    wordy
      ? findIn(lower, STATEMENT, (body) => /__|import\s{1,4}os|popen|system\(/.test(body))
      : findIn(lower, STATEMENT, (body) => JINJA_STATEMENT.test(body) || isComputed(body, false)),
  ),
  rule("ssti-expression", "a computed expression in ${…}, #{…}, *{…} or @{…}", ({ lower, wordy }) =>
    findIn(lower, DOLLAR, (body) => isComputed(body, wordy)),
  ),
  rule("ssti-erb", "Ruby, JavaScript or Java in <% … %>", ({ lower, wordy }) =>
    wordy
      ? undefined
      : findIn(
          lower,
          ERB,
          (body) =>
            isComputed(body, false) ||
            /\b(?:system|exec|require|import|file|dir|io|runtime|response|request|eval|process|out)\b/.test(
              body,
            ),
        ),
  ),
  rule(
    "ssti-directive",
    "a directive of Velocity, FreeMarker or Smarty",
    ({ lower, wordy, strict }) =>
      wordy || strict
        ? undefined
        : (matchOf(VELOCITY, lower) ??
          matchOf(FREEMARKER, lower) ??
          matchOf(SMARTY, lower) ??
          matchOf(SINGLE, lower)),
  ),
  rule(
    "ssti-other",
    "an expression of Razor, Thymeleaf, Pug, JSTL or XSLT",
    ({ lower, wordy, strict }) =>
      wordy || strict
        ? undefined
        : (matchOf(RAZOR, lower) ??
          matchOf(THYMELEAF, lower) ??
          matchOf(OTHER, lower) ??
          findPug(lower)),
  ),
];

function findPug(lower: string): string | undefined {
  const match = matchOf(PUG, lower);
  return match !== undefined &&
    (!match.startsWith("#{") || isComputed(lower.slice(2).replace(/\}[^}]{0,20}$/, ""), false))
    ? match
    : undefined;
}

export const templateInjection: RuleSet = {
  gate: /[{%}]|<[#%@c]|\[#|#(?:set|evaluate|include|parse|foreach|if|macro)|@\(|@[shei]|\$class|<xsl|th:|- var/,
  rules,
};
