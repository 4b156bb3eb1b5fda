// Does this value climb out of its directory, or name a file or a wrapper that only attackers ask for?

import { matchOf, type Rule, type RuleSet, type Subject } from "./rule.ts";

const UNIX =
  /\/etc\/+(?:passwd(?!-\w)|shadow(?!-\w)|master\.passwd|gshadow|sudoers|security\/|spwd\.db)|\/proc\/+(?:self|version|cmdline|net|mounts|sched_debug|[0-9]{1,7})(?:\/+|$|[^\w])|\/root\/\.|\/\.ssh\/+(?:id_|authorized_keys|known_hosts|config)|\/\.aws\/credentials|\/\.(?:bash|mysql|psql|python|zsh|sh)_history|\/var\/run\/secrets\/|\/run\/secrets\/kubernetes/;
const UNIX_LESSER =
  /\/(?:private\/)?etc\/+(?:group|hosts|hostname|issue|motd|fstab|crontab|cron\.|resolv\.conf|profile|bashrc|inetd\.conf|mtab|network\/|ssh\/|ssl\/|my\.cnf|mysql\/|nginx\/|apache2?\/|httpd|php|init\.d|rc\.|os-release|[a-z-]{1,20}-release|environment|exports|vsftpd|ldap|samba|passwd|redis|aliases|logrotate|syslog|sysctl|updatedb|lighttpd|pure-ftpd|proftpd|[a-z0-9._-]{1,24}\.(?:conf|cnf|cfg|ini)|[a-z]{2,20}$)|\/var\/+(?:log|mail|spool|www|lib\/(?:mysql|mlocate)|lib\/php|htmp|apache|adm|cpanel|webmin|run\/utmp|nm2)|\/usr\/+(?:local\/+(?:etc|apache|php|nginx|www|cpanel|zend|mysql|pgsql|samba|lib)|home\/|lib\/(?:security|php|rpm|cron)|apache|pkgsrc|ports|sbin\/|internet\/)|\/(?:opt\/(?:lampp|xampp|apache|nginx|jboss|tomcat)|apache2?\/(?:logs?|conf)|logs?\/(?:access|error|pure)[._-]|xampp\/|boot\/(?:grub|initrd)|root\/|home\/[\w.$*-]{1,32}\/\.|dev\/(?:tcp|fd|random|urandom|stdin)|proc\/|sys\/class|bin\/sh|web\/conf|library\/webserver|volumes\/(?:macintosh|webbackup)|nginx\/conf|php[45]?\/(?:php\.ini|lib|bin)|php\.ini|my\.cnf|httpd\.conf|lib\/systemd)/;
const WINDOWS =
  /\b[a-z]:\/+(?:windows|winnt|inetpub|boot\.ini|autoexec\.bat|config\.sys|xampp|wamp|nsconfig|sysprep|unattend|pagefile\.sys|program files[^/]{0,8}\/+(?:apache|filezilla|mysql|php|vidalia|xampp)|programdata\/+(?:microsoft|mcafee|mysql)|apache|mysql|php|windows\.old|documents and settings\/+administrator|users\/+administrator\/+(?:ntuser|desktop|\.ssh))|(?:^|\/)boot\.ini(?:$|[^\w])|(?:^|\/)win\.ini(?:$|[^\w])|(?:windows|winnt|%windir%|%systemroot%)\/+(?:system32|repair|win\.ini|php\.ini|system\.ini|debug|panther|sysprep|syswow64|my\.(?:ini|cnf)|explorer|notepad|temp\/)|system32\/+(?:config|drivers|inetsrv|cmd|license|logfiles|eula)|\/repair\/(?:sam|system)|\/\/[?.]\/(?:[a-z]:|unc|globalroot)/;
const WEB =
  /(?:^|[/;])(?:\.git\/|\.git$|\.svn\/|\.hg\/|\.bzr\/|\.env(?:$|[.?#;/\u0000])|\.ht(?:access|passwd|group)|\.aws\/|\.ssh\/|\.docker\/|\.kube\/|\.npmrc|\.dockercfg|\.dockerenv|\.netrc|\.pgpass|\.my\.cnf|\.bash(?:rc|_profile|_history)|\.profile$|\.vscode\/sftp|\.idea\/workspace|\.ds_store|web-inf(?:\/|$)|meta-inf(?:\/(?:manifest|context|maven)|$)|wp-config\.(?:php|bak|old|txt|save)|wp-config\.php|web\.config(?:$|[^\w])|id_(?:rsa|dsa|ed25519|ecdsa)(?:$|[^\w])|applicationhost\.config|configuration\.php(?:$|[-.~])|localsettings\.php|settings\.inc\.php|config\.inc\.php|credentials\.xml|secrets?\.ya?ml|database\.ya?ml|server\.key|shadow(?:\.bak)?$)/;
const WRAPPER =
  /(?:^|[\s"'=(,<>[|;:/])(?:php:\/\/(?:filter|input|memory|temp|fd|stdin|output)|expect:\/\/|phar:\/\/|compress\.(?:zlib|bzip2):\/\/|zip:\/\/|zlib:|glob:\/\/|rar:\/\/|ogg:\/\/|ssh2\.|netdoc:\/|jar:(?:file|https?):|data:\/\/text|data:text\/plain;base64,pd|local_file:|gopher:\/\/|dict:\/\/|view-source:file)/;
const FILE_URL = /(?:^|[\s"'=(,<>[|;:])(?:file|local_file|netdoc):\/{1,4}[\w.%~$*-]/;
const CLIMB = /(?:^|[^.\w-]|(?<=[\w-]))\.{2,4}(?:[;?]\/|\/{1,4})/g;
const TARGET =
  /\.{2}\/{1,4}(?:\.{1,4}\/{1,4}){0,64}(?:etc|proc|var|usr|home|root|boot|bin|tmp|opt|sys|dev|windows|winnt|win\.ini|boot\.ini|system32|program|inetpub|users|conf(?:ig)?|configuration|settings|secrets?|private|admin|backup|database|db|credentials?|passw(?:or)?d|shadow|keys?|web-inf|meta-inf|wp-|id_rsa|server|logs?|apache|httpd|nginx|php|app|application|source|master|internal)(?:$|[^a-z])|\.{2}\/{1,4}\.(?:env|git|ssh|aws|ht|svn|npmrc|bash|docker|kube|config)/;
const HARMLESS_END =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|css|scss|less|m?js|jsx|tsx?|vue|html?|md|mdx|pdf|woff2?|ttf|mp[34]|webm|map|json|xlsx?|docx?|pptx?|csv)(?:[?#][\w=&.-]{0,60})?["')\s>]?$/;

/** Back slashes, and what sloppy decoders take for a slash or a dot. Lower case turns the bytes C0 and C1 into E0 and E1. */
function asPath(lower: string): string {
  const path = lower
    .replaceAll("\\", "/")
    .replace(/0x2e|%(?:c0%)?2e|%2%e|[\u00e0\u00e1][\u00ae\u00ee\u00fe.n^]/g, ".")
    .replace(/0x(?:2f|5c)|%(?:c[01]%)?(?:2f|5c|af|9c)|%(?:2%f|5%c)|(?<=\.)2f|\uefc8|\uf025/g, "/")
    .replace(/[\u00e0\u00e1](?:[\u00af\u009c/\u001c]|%(?:8s|pc|9v|qf|bg%qf))|%bg%qf/g, "/");
  return dropControls(path).replace(/\/(?:\.\/){1,64}/g, "/");
}

/** A NUL or another control character next to dots is there to split them. */
function dropControls(path: string): string {
  return path.includes("..") || path.includes(".\u0000")
    ? path.replace(/[\u0000-\u0008\u000e-\u001f]/g, "")
    : path;
}

interface Climb {
  readonly steps: number;
  readonly odd: boolean;
  readonly match: string;
}

function climbOf(path: string): Climb | undefined {
  let steps = 0;
  let odd = false;
  for (const [match] of path.matchAll(CLIMB)) {
    steps += 1;
    if (/\.{3,4}\/{2}|[;?]\//.test(match)) odd = true;
  }
  if (/(?:^|\/)\.{2}$/.test(path)) steps += 1;
  const begin = path.indexOf("..");
  return steps === 0 ? undefined : { steps, odd, match: path.slice(begin, begin + 120) };
}

const LENIENT_KINDS: ReadonlySet<string> = new Set(["json", "xml", "text", "markup", "file"]);

const SEARCHED = /^(?:q|query|search|text|s)$/;

function findClimb(subject: Subject): string | undefined {
  if (subject.strict) return undefined;
  const path = asPath(subject.lower);
  const climb = climbOf(path);
  if (climb === undefined) return undefined;
  const target = TARGET.exec(path)?.[0];
  if (subject.wordy) return climb.steps >= 3 && target !== undefined ? target : undefined;
  if (climb.odd || isHidden(subject)) return climb.match;
  if (subject.kind === "path")
    return leavesRoot(path) || target !== undefined ? climb.match : undefined;
  if (target !== undefined && !HARMLESS_END.test(path)) return climb.match;
  const isLenient = LENIENT_KINDS.has(subject.kind) || SEARCHED.test(subject.field);
  if (HARMLESS_END.test(path) || /[<>]/.test(path))
    return climb.steps > 4 ? climb.match : undefined;
  return climb.steps >= (isLenient ? 3 : 2) || (!isLenient && /^\.{2}\//.test(path))
    ? climb.match
    : undefined;
}

/** An ordinary client encodes a path not at all, and a value once. */
function isHidden({ kind, decodings, lower }: Subject): boolean {
  const times = decodings.filter((name) => name.startsWith("percent")).length;
  if (lower.includes("\u0000") || decodings.includes("look-alike characters")) return true;
  return kind === "path" ? times >= 1 : times >= 2;
}

function leavesRoot(path: string): boolean {
  let depth = 0;
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    depth += segment.startsWith("..") ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

function findFile(subject: Subject): string | undefined {
  if (subject.kind === "file" || subject.kind === "markup") return undefined;
  const path = asPath(subject.lower).replace(/\/{2,}/g, "/");
  const certain = matchOf(UNIX, path) ?? matchOf(WINDOWS, path);
  if (certain !== undefined && (!subject.wordy || path.trimStart().startsWith(certain)))
    return certain;
  if (subject.wordy) return undefined;
  const lesser = UNIX_LESSER.exec(path);
  if (lesser === null || subject.strict) return undefined;
  const before = path.slice(Math.max(0, lesser.index - 3), lesser.index);
  const stands = before === "" || /\.\.$|[:=|;`'"]$/.test(before);
  return stands && !/\s/.test(path.slice(0, 40)) && isAskedFor(subject) ? lesser[0] : undefined;
}

/** "/home/", "/logs/" and the like are also paths of web sites. */
function isAskedFor({ kind, field, lower }: Subject): boolean {
  if (kind === "path") return /^\/(?:etc|proc|var\/log|root)\//.test(lower) || lower.includes("..");
  if (kind === "query" || kind === "form" || kind === "file name") return true;
  return kind === "json" && /file|path|dir|doc|page|template|include|src|url|name/.test(field);
}

const climb: Rule = {
  name: "ptrav-climb",
  type: "ptrav",
  looksFor: "steps up and out of a directory",
  find: findClimb,
};

const file: Rule = {
  name: "ptrav-system-file",
  type: "ptrav",
  looksFor: "a file of the operating system that no request has to name",
  find: findFile,
};

const web: Rule = {
  name: "ptrav-hidden-file",
  type: "ptrav",
  looksFor: "a file that a web server must never give out",
  find: (subject) => {
    const { kind, wordy, strict } = subject;
    if (wordy || strict || LENIENT_KINDS.has(kind) || kind === "header" || kind === "cookie")
      return undefined;
    const path = asPath(subject.lower).replace(/\/{2,}/g, "/");
    return /\s/.test(path.trim()) ? undefined : matchOf(WEB, path);
  },
};

const wrapper: Rule = {
  name: "ptrav-wrapper",
  type: "ptrav",
  looksFor: "a stream wrapper or scheme that reads local files",
  find: ({ lower, wordy, strict, kind }) => {
    if (wordy || strict) return undefined;
    const isLenient = LENIENT_KINDS.has(kind);
    const path = asPath(lower);
    return matchOf(WRAPPER, path) ?? (isLenient ? undefined : matchOf(FILE_URL, path));
  },
};

export const pathTraversal: RuleSet = {
  gate: /\.\.|\/|\\|[a-z]:|\.(?:ini|conf|php|git|env|ht)|id_|%|0x/,
  rules: [climb, file, web, wrapper],
};
