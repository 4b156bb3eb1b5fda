// Which values must never stand in a log? Those of headers, parameters and fields whose names say that they are secrets.
import { lowerCase, mapCharacters } from "./ascii";

/** Looked for anywhere in a name, without regard to case, `-` and `_`. */
const SECRET_WORDS: StaticArray<string> = [
  "authorization",
  "cookie",
  "password",
  "passwd",
  "passphrase",
  "passcode",
  "secret",
  "token",
  "apikey",
  "authkey",
  "accesskey",
  "privatekey",
  "credential",
  "session",
  "sessid",
  "signature",
  "assertion",
  "jwt",
  "cardnumber",
];
/** Too short to be looked for inside of other words ("spinning", "compass"): the whole name, or a piece of it between `-` and `_`. */
const SECRET_PIECES: StaticArray<string> = [
  "pass",
  "pwd",
  "pin",
  "otp",
  "sid",
  "auth",
  "sig",
  "cvv",
  "cvc",
  "ssn",
];

/** Does a header, parameter or field of this name hold a credential? */
export function isCredentialName(name: string): bool {
  const lower = lowerCase(name);
  if (lower == "key") return true;
  const pieces = mapCharacters(lower, (code) => (code == 0x5f ? 0x2d : code)).split("-");
  for (let i = 0; i < pieces.length; i++)
    if (SECRET_PIECES.includes(unchecked(pieces[i]))) return true;
  const plain = pieces.join("");
  for (let i = 0; i < SECRET_WORDS.length; i++)
    if (plain.includes(unchecked(SECRET_WORDS[i]))) return true;
  return false;
}
