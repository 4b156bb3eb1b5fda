// Which commands do injections run?

const words = (list: string): string =>
  list
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll(".", "\\.").replaceAll("+", "\\+"))
    .join("|");

/** Tell much with no argument at all, and are no words of a language. */
export const ALONE = words(`
  whoami uname sysinfo ifconfig ipconfig netstat systeminfo tasklist printenv ls id pwd ps env hostname dir ver w who set phpinfo lsof
  arp route lsb_release getent uptime lscpu lsblk dmesg last quser vol gpresult driverquery`);

/** Of those, the names of columns, keys and things in ordinary lists. */
export const LIST_WORDS = new Set([
  "id",
  "ps",
  "env",
  "hostname",
  "dir",
  "ver",
  "w",
  "who",
  "set",
  "route",
  "last",
  "vol",
  "uptime",
  "host",
  "pwd",
  "arp",
]);

/** Run with an argument. */
export const WITH_ARGUMENT = words(`
  ls dir cat tac nl more less head tail od xxd rev strings hexdump base64 base32 grep egrep fgrep find locate awk gawk sed cut sort uniq
  wget curl lynx fetch nc ncat netcat socat telnet ftp tftp ssh scp rsync ping ping6 traceroute tracert nslookup dig host bash sh zsh ksh csh
  tcsh dash ash busybox python python2 python3 perl ruby php php5 php7 node lua java javac gcc cc g++ make tclsh expect chmod chown chgrp rm rmdir
  mv cp mkdir ln touch tar gzip gunzip unzip zip dd kill killall pkill sudo su doas passwd useradd adduser usermod userdel net net1 net.exe netsh
  reg reg.exe wmic sc schtasks at cmd cmd.exe powershell powershell.exe pwsh certutil certutil.exe bitsadmin mshta rundll32 regsvr32 cscript
  wscript type copy move del erase ren attrib icacls takeown start findstr fsutil echo printf sleep timeout env export set source eval exec nohup setsid xargs tee
  crontab systemctl service apt apt-get yum apk pip npm git svn docker kubectl iptables mysql mysqldump psql sqlite3 mail sendmail mkfifo mknod mount
  tcpdump openssl gdb strace time watch test which whereis file stat vi vim nano ed man uname id whoami hostname ps netstat ifconfig ipconfig ip ss
  waitfor vssadmin nltest dsquery invoke-expression iex iwr irm icm iwmi wmi invoke-webrequest invoke-command new-object start-process set-content add-content out-file get-wmiobject get-service get-process get-childitem get-content`);

/** English words, or common in lists: these need a path, an option or a variable behind them. */
export const ENGLISH = new Set(
  `more less head tail find locate cut sort host fetch make expect touch kill start type copy move del erase time watch test which file man set source
  at service mail mount env node java ruby php perl python git net reg sc export time cat dash ash tar zip ed pip ip ss su cc lua npm docker mysql lynx telnet dig strings rev stat sh cp timeout exec apt`.split(
    /\s+/,
  ),
);
