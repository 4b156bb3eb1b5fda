// Does this value run a command on the server: through a shell, or through the interpreter of a language?

import { matchOf, type Rule, type RuleSet, type Subject } from "./rule.ts";
import { findAlone, findWithArgument } from "./shell/injection.ts";
import { shellNormalForm } from "./shell/normal-form.ts";

const SHELLSHOCK = /^\s{0,8}\(\)\s{0,4}\{/;
const REVERSE_SHELL =
  /\/dev\/(?:tcp|udp)\/|\bbash\s{1,4}-i\b|\bnc(?:at)?(?:\.\w{1,12})?\s{1,4}(?:-\w{1,6}\s{1,4}){0,4}-[a-z]{0,4}e[a-z]{0,3}\b|mkfifo\s{1,4}\/tmp|\bsh\s{1,4}-i\b|\b(?:curl|wget)\b[^\n|]{3,200}\|\s{0,4}(?:sudo\s{1,4})?(?:ba|z|da)?sh\b|\b(?:echo|printf|cat|base64|base32|xxd|rev|tr|nc)\b[^\n|]{0,200}\|\s{0,4}(?:\/bin\/)?(?:ba|z|da)?sh\s{0,4}(?:[;|&#]|$)|base64\s{1,4}(?:-d|--decode)[^\n]{0,20}\|\s{0,4}(?:ba)?sh\b/;
const BINARY =
  /(?:^|[\s;|&`("'=])\/(?:usr\/)?(?:local\/)?s?bin\/(?:ba|z|k|c|da)?(?:sh|cat|ls|id|nc|ncat|ping|echo|uname|ps|wget|curl|whoami|perl|python[23]?|nslookup|rm|touch|sleep|ifconfig|mail|telnet|kill|chmod|cp|tftp)(?=\s{1,8}[-/"'\w$.]|[\s"'`;|&)]{0,4}$|[;|&`<>])/;
const WILDCARD =
  /\/(?:[b?*][i?*][n?*]|[u?*][s?*][r?*]\/[b?*][i?*][n?*]|[e?*][t?*][c?*])\/[\w?*[\]-]{1,16}/g;
const FILE_COMMAND =
  /(?:^|[\s;|&`("'])(?:cat|tac|nl|more|less|head|tail|type|grep|strings|od|xxd|cp|mv|rm|vi|find|ls|chmod|wget|curl)\s{1,8}(?:-\w{1,8}\s{1,4}){0,3}["']?(?:\/etc\/|\/proc\/|\/var\/|\/root|\/home\/|\/bin|\/tmp\/|\/\s{0,4}$|-rf\b|\.\.\/|c:\\|~\/|\$)/;
const WINDOWS =
  /\bcmd(?:\.exe)?\s{1,4}\/[ckr]\b|%comspec%|\bpowershell(?:\.exe)?\s{1,4}(?:-{1,2}[a-z]|["'&{(]|iex|invoke|\/[ce])|\b(?:iex|invoke-expression)\s{0,4}[(\s]\s{0,4}[("'$]?\s{0,4}(?:new-object|\(?iwr|invoke-webrequest|\$|\[|["'(])|downloadstring\s{0,4}\(|downloadfile\s{0,4}\(|new-object\s{1,4}(?:system\.)?net\.(?:webclient|sockets)|\s-e(?:nc|ncodedcommand)\s{1,4}[a-z0-9+/=]{16}|certutil(?:\.exe)?\s{1,4}-\w|bitsadmin\s{1,4}\/transfer|\b(?:start|invoke)-(?:process|webrequest|restmethod|command)\s{1,4}[-"'$\w]|regsvr32\s{1,4}\/|mshta\s{1,4}(?:https?|vbscript|javascript):|wscript\.shell|\bnet1?\s{1,4}(?:user|localgroup)\s{1,4}\w{1,20}\s{1,4}[\w*]{1,20}\s{0,4}\/add/;
const PHP =
  /<\?(?:php|=)|<\?\s{1,8}(?:system|echo|eval|passthru|exec|phpinfo)|<script\s{1,8}language\s{0,4}=\s{0,4}["']?php|\b(?:system|shell_exec|passthru|popen|proc_open|pcntl_exec|phpinfo|call_user_func(?:_array)?|create_function|array_map|assert|base64_decode|file_get_contents|file_put_contents|readfile|highlight_file|show_source|include|require|eval|exec|print_r|var_dump|echo|die|scandir|unlink|fopen|move_uploaded_file|ini_set|putenv|extract|parse_str|usort|preg_replace|gzinflate|str_rot13|getenv|dl|symlink)\s{0,4}\(\s{0,4}(?:["'$`(]|\)|base64_decode|file_get_contents|chr\(|getenv|hex2bin|system|phpinfo|shell_exec|current|array|__dir__|__file__)|\$_(?:get|post|request|cookie|server|files|session|env)\s{0,4}[[{]|\$globals\[/;
const PHP_ORDINARY =
  /^(?:echo|print_r|die|include|require|extract|exec|var_dump|array_map|fopen|usort|system|eval|assert|unlink|dl)\s{0,4}\(/;
const PYTHON =
  /__import__\s{0,4}\(|\bos\s{0,4}\.\s{0,4}(?:system|popen|exec[lv]p?e?|spawn\w{0,4}|environ|listdir)\s{0,4}[([]|\bsubprocess\s{0,4}\.\s{0,4}(?:popen|call|check_output|run|getoutput|check_call)|\bimport\s{1,4}(?:os|subprocess|socket|pty)\b\s{0,4}[;,\n]|__(?:builtins|globals|subclasses|mro|class|base|bases|reduce|getattribute|code)__|\bexec\s{0,4}\(\s{0,4}["'](?:import|print)|pty\.spawn|pickle\.loads|yaml\.load\(/;
const JAVA =
  /getruntime\s{0,4}\(\s{0,4}\)|\bruntime\s{0,4}\.\s{0,4}(?:exec|getruntime)|java\.lang\.(?:runtime|processbuilder|class|system|thread|reflect|string\b)|new\s{1,4}(?:java\.lang\.)?processbuilder|\bprocessbuilder\s{0,4}\(|class\.forname\s{0,4}\(|#_memberaccess|#context\s{0,4}\[|@(?:java|org|ognl|javax)\.[\w.]{1,80}@|class\.module\.classloader|class(?:\.|\[['"])(?:classloader|protectiondomain)|getclass\s{0,4}\(\s{0,4}\)\s{0,4}\.|scriptenginemanager|javax\.(?:script|naming|el)\.|xwork2?\.methodaccessor|#(?:a|cmd|req|res|rt|dm|ognlutil|container|iswin|p|process)\s{0,4}=\s{0,4}[(@#'"n]|bsh\.interpreter|new\s{1,4}javax?\.|groovy(?:shell|\.lang)|\.execute\(\)\.text|commons\.collections|urlclassloader|springframework\.[\w.]{1,80}(?:factory|context)|defineclass\(/;
const NODE =
  /(?:require|import)\s{0,4}\(?\s{0,4}["'`](?:node:)?(?:child_process|fs|vm|net|os|http|module)["'`]|process\s{0,4}\.\s{0,4}(?:mainmodule|binding|dlopen|env\b|exit\s{0,4}\()|\bchild_process\b|global\s{0,4}\.\s{0,4}process|(?:spawn|exec|execfile)sync\s{0,4}\(|__proto__\s{0,4}["'\]]{0,2}\s{0,4}[.:[=]|constructor\s{0,4}["'\]]{0,2}\s{0,4}[.[]\s{0,4}["']?prototype|_\$\$nd_func\$\$_|process\.kill\s{0,4}\(/;
const RUBY =
  /%x[({[|]|\b(?:io|open3)\.p?(?:open|read|capture)|kernel\.(?:exec|system|open|`)|open\s{0,4}\(\s{0,4}["']\||\bfile\.(?:open|read)\s{0,4}\(|dir\.(?:entries|glob)|send\(:(?:system|exec|eval)|instance_eval/;
const SSI =
  /<!--\s{0,8}#\s{0,8}(?:exec|include|echo|config|printenv|set|fsize|flastmod)\b|<esi:(?:include|inline|debug|vars)/;
const SERIALIZED =
  /^(?:ro0ab|h4siaaa)[\w+/=-]{8}|^(?:aced0005|\u00ac\u00ed\u0000\u0005)|(?:^|[;{"'=])[oc]:\+?[0-9]{1,4}:"[\w\\]{1,120}":[0-9]{1,4}:\{|!!(?:python\/|javax?\.|ruby\/|com\.|org\.)|!ruby\/|\bc(?:os|posix|subprocess|__builtin__)\n(?:system|popen|eval|exec)|"?\$type"?\s{0,4}:\s{0,4}"system\.|objectdataprovider|typeconfusedelegate|^aaeaaad/;
const PRELOAD =
  /\b(?:ld_preload|ld_library_path|prompt_command|bash_env|php_value\s{1,4}auto_prepend)\s{0,4}[=\s]/;
const WEB_SHELL =
  /(?:<\?(?:php|=)?|<%|<jsp:)[^\u0001]{0,400}(?:(?:system|eval|assert|exec|shell_exec|passthru|popen|proc_open|base64_decode|gzinflate|create_function|preg_replace|call_user_func|move_uploaded_file|file_put_contents|include|require)\s{0,4}\(?\s{0,4}[@(]{0,3}\$|\$_(?:get|post|request|cookie)\s{0,4}\[|phpinfo\s{0,4}\(|(?:system|exec|shell_exec|passthru)\s{0,4}\(|getruntime\s{0,4}\(|processbuilder|eval\s{0,4}\(?\s{0,4}request|execute\s{0,4}\(?\s{0,4}request|wscript\.shell|process\.start|request\.(?:item|form|querystring)\[)|<\?=\s{0,4}`/;

function signature(name: string, looksFor: string, pattern: RegExp, certain = false): Rule {
  return {
    name,
    type: "rce",
    looksFor,
    find: ({ lower, wordy, strict }) =>
      (wordy || strict) && !certain ? undefined : matchOf(pattern, lower),
  };
}

/** As sent, and as a shell would see it. */
function shellRule(
  name: string,
  looksFor: string,
  find: (text: string, subject: Subject) => string | undefined,
): Rule {
  return {
    name,
    type: "rce",
    looksFor,
    find: (subject) => {
      if (subject.wordy || subject.strict) return undefined;
      const normal = shellNormalForm(subject.lower);
      return (
        find(subject.lower, subject) ??
        (normal === subject.lower ? undefined : find(normal, subject))
      );
    },
  };
}

/** "/bin/bash" alone is somebody's choice of a shell; in JSON any program may be named. */
function isPathAlone(text: string, match: string, kind: string): boolean {
  if (match.trim() !== text.trim()) return false;
  return kind === "json" || /\/(?:ba|z|k)?sh$/.test(text.trim());
}

const COMMAND_FIELDS = /^(?:cmd|command|exec|execute|shell|run|ping|cli|system|daemon|upload_cmd)$/;

/** Code in back ticks is how people write about commands: an attack has little else around it. */
function isMarkdown(text: string): boolean {
  const outside = withoutTicks(text);
  return outside !== text && (outside.match(/\b[a-z]{2,}\b/g)?.length ?? 0) > 2;
}

function withoutTicks(text: string): string {
  return text.replace(/`[^`]{0,200}`/g, " ");
}

/** A parameter named for it runs its value whole, with no separator before. */
function commandText(text: string, { field, kind }: Subject): string {
  const shown = isMarkdown(text) ? withoutTicks(text) : text;
  return kind !== "json" && COMMAND_FIELDS.test(field) ? `;${shown}` : shown;
}

function findPhp({ lower, wordy, strict }: Subject): string | undefined {
  if (wordy || strict) return undefined;
  const match = matchOf(PHP, lower);
  if (match === undefined || !PHP_ORDINARY.test(match)) return match;
  if (match.endsWith(")")) return undefined;
  // Many languages have these names: only as the whole value, or with PHP's own marks, are they PHP.
  return /^["';.\s)}\]$@{]{0,12}(?:echo|print|die|exec|system|eval|assert|include|require)\b/.test(
    lower,
  ) || /\$_|;\s{0,4}(?:\/\/|#|$)|^[^\s]{0,60}$/.test(lower)
    ? match
    : undefined;
}

const rules: readonly Rule[] = [
  shellRule("rce-command", "a shell command after a separator", (text, subject) => {
    const shown = commandText(text, subject);
    return findWithArgument(shown) ?? findAlone(shown, subject.field);
  }),
  shellRule("rce-binary", "a program of the system, called by its path", (text, { kind }) => {
    const match = BINARY.exec(text)?.[0];
    return match !== undefined && !isPathAlone(text, match, kind) ? match : undefined;
  }),
  shellRule("rce-wildcard", "a program's path spelled with wildcards", (text) =>
    text.match(WILDCARD)?.find((match) => /\?[\w?*/[]/.test(match)),
  ),
  shellRule("rce-file-command", "a command that reads or destroys files of the system", (text) =>
    isMarkdown(text) ? undefined : matchOf(FILE_COMMAND, text),
  ),
  {
    name: "rce-reverse-shell",
    type: "rce",
    looksFor: "a shell that calls home, or a download piped into a shell",
    find: ({ lower, strict, wordy, kind }) =>
      (strict && kind === "file") || wordy
        ? undefined
        : matchOf(REVERSE_SHELL, shellNormalForm(lower)),
  },
  signature(
    "rce-shellshock",
    "a Bash function definition as Shellshock needs it",
    SHELLSHOCK,
    true,
  ),
  shellRule("rce-windows", "a command of Windows or PowerShell", (text) => matchOf(WINDOWS, text)),
  { name: "rce-php", type: "rce", looksFor: "PHP code", find: findPhp },
  {
    name: "rce-web-shell",
    inBinary: true,
    type: "rce",
    looksFor: "a script that runs on the server what it is sent",
    find: ({ lower }) => matchOf(WEB_SHELL, lower),
  },
  signature("rce-python", "Python that reaches the system or its own internals", PYTHON),
  signature("rce-java", "Java, OGNL or Spring expressions that reach the runtime", JAVA),
  signature(
    "rce-ognl",
    "OGNL that opens up Struts",
    /#_memberaccess|%\{\(?#\w{1,40}\s{0,4}=|@ognl\.ognlcontext@|class\.module\.classloader/,
    true,
  ),
  signature("rce-node", "JavaScript that reaches the process or pollutes prototypes", NODE),
  signature("rce-ruby", "Ruby that runs commands", RUBY),
  signature("rce-server-side-include", "a server-side include", SSI, true),
  signature(
    "rce-serialized-object",
    "a serialized object that runs code when it is read",
    SERIALIZED,
  ),
  signature("rce-preload", "an environment variable that loads foreign code", PRELOAD),
];

export const commandInjection: RuleSet = {
  gate: /[^a-z0-9\s,]|ro0ab|aced|aaeaaad|h4si|sleep|whoami|\n/,
  rules,
};
