// Which version of the policy is this? The same as in package.json; a test holds the two equal.

export const VERSION = "0.1.0";
