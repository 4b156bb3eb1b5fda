// Does this text run a command of its own, after a separator or inside a substitution?

import { ALONE, ENGLISH, LIST_WORDS, WITH_ARGUMENT } from "./commands.ts";

const SEPARATOR = "(?:[;|&`\\n\\r]|\\$\\(|[<>]\\()";
const PLACE = "(?:/(?:usr/)?(?:local/)?s?bin/|c:\\\\windows\\\\system32\\\\)?";
const STARTS = "[\\s;|&!({'\"]{0,6}(?:sudo\\s{1,4}|\\w{1,16}=\\S{0,32}\\s{1,4})?";

const RUN_ALONE = new RegExp(
  `(${SEPARATOR})${STARTS}${PLACE}(${ALONE})(?:\\.exe)?(?=$|\\s{0,8}(?:$|[;|&\`)#\\n\\r<>'"}]|-{1,2}\\w|/))`,
  "g",
);
const RUN_WITH = new RegExp(
  `(${SEPARATOR})${STARTS}${PLACE}(${WITH_ARGUMENT})(?:\\.exe)?((?:\\s{1,8}|(?=[<>(]))[^\\s;|&)\`][^;|&\`\\n]{0,80})`,
  "g",
);

const CLEAR_ARGUMENT =
  /^(?:-{1,2}[a-z0-9]|\/[\w.?*~$]|~\/|\.{1,2}[/\\]|\$[\w({]|[<>]|\*|[a-z]:[\\/]|\\\\|%\w{1,20}%|https?:|ftp:|["'][/\w$-]{1,60}["']|\(|[\w.-]{1,40}\/[\w./-]{1,60}$|[\w-]{1,40}\.(?:sh|py|pl|exe|php|txt|conf|ini|log|jsp|bat|ps1|passwd|htpasswd|html?|env|yml|xml|bak|key)\b)/;
const HOST =
  /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[\w-]{1,60}(?:\.[\w-]{1,60}){1,6}|localhost)(?::[0-9]{1,5})?(?:$|[\s/;|&#'")])/;
const ONE_WORD = /^["']?[\w.:@%=+-]{1,60}["']?\s{0,4}(?:$|[;|&#)`'"])/;
const HOST_COMMANDS =
  /^(?:ping6?|nslookup|dig|host|telnet|nc|ncat|netcat|ssh|wget|curl|ftp|tftp|traceroute|tracert|fetch|lynx)$/;
const SPEAKING =
  /^(?:echo|printf|wget|curl|rm|ls|mkdir|chmod|whoami|id|ping|type|nslookup|net|uname|base64|touch|exec|eval|export)$/;

export function findAlone(text: string, field: string): string | undefined {
  for (const match of text.matchAll(RUN_ALONE)) {
    const [whole, separator = "", command = ""] = match;
    if (!isList(text, match.index, separator, command, field)) return whole;
  }
  return undefined;
}

const LIST_FIELDS =
  /^(?:fields?|sort(?:_?by)?|columns?|cols|select|include|expand|order(?:_?by)?|keys?|tags?|group(?:_?by)?|embed|populate|attributes|props|filter|labels?)$/;

/** `fields=name;id` and "name | id | price" are lists of words. */
function isList(
  text: string,
  at: number,
  separator: string,
  command: string,
  field: string,
): boolean {
  if (!LIST_WORDS.has(command) || separator === "$(") return false;
  if (separator === "\n" || separator === "\r")
    return text.slice(0, at).trim() !== "" && !/[0-9]$/.test(text.slice(0, at).trim());
  if (separator === "`") return !text.slice(at).includes(`${command}\``);
  if (LIST_FIELDS.test(field)) return true;
  const before = text.slice(0, at).trim();
  if (before === "" || /[0-9)'"/.]$/.test(before)) return false;
  const items = text.split(/[;|&]{1,2}/).map((item) => item.trim());
  return (
    (items.length >= 3 && items.every((item) => /^[\w .-]{1,40}$/.test(item))) || /\s/.test(before)
  );
}

export function findWithArgument(text: string): string | undefined {
  for (const [whole, separator = "", command = "", tail = ""] of text.matchAll(RUN_WITH)) {
    if (takesArgument(command, tail.trim(), separator)) return whole.slice(0, 100);
  }
  return undefined;
}

function takesArgument(command: string, argument: string, separator: string): boolean {
  if (command === "sleep" || command === "timeout" || command === "waitfor")
    return /^(?:\/t\s{1,4})?[0-9.]{1,6}[smhd]?\s{0,4}(?:$|[;|&#)`'"}])/.test(argument);
  if (HOST_COMMANDS.test(command) && HOST.test(argument)) return true;
  if (CLEAR_ARGUMENT.test(argument)) return true;
  if (command === "find" && /^\/\s{1,4}-/.test(argument)) return true;
  if (SPEAKING.test(command) && /[\w"']\s{0,4}>{1,2}\s{0,4}[/\w.&~]/.test(argument)) return true;
  if (command === "net")
    return /^(?:user|localgroup|view|share|group|accounts|start|use)\b/.test(argument);
  if (command === "reg") return /^(?:add|query|delete|save|export)\b/.test(argument);
  if (command === "netsh") return true;
  if (command === "wmic")
    return /^(?:process|os|service|useraccount|computersystem|logicaldisk|product|startup|share|qfe|bios)\b/.test(
      argument,
    );
  if (command === "cat")
    return (
      separator === "$(" ||
      /[<>]\(/.test(separator) ||
      /^[\w-]{0,40}\.\w{1,8}\s{0,4}$/.test(argument)
    );
  if (ENGLISH.has(command))
    return (separator === "$(" || /[<>]\(/.test(separator)) && ONE_WORD.test(argument);
  return SPEAKING.test(command) ? ONE_WORD.test(argument) : false;
}
