// Which rules are there?

import { commandInjection } from "./command-injection.ts";
import { crossSiteScripting } from "./cross-site-scripting.ts";
import { externalEntity } from "./external-entity.ts";
import { log4shell } from "./log4shell.ts";
import { nosqlInjection } from "./nosql-injection.ts";
import { pathTraversal } from "./path-traversal.ts";
import type { Rule, RuleSet } from "./rule.ts";
import { sqlInjection } from "./sql-injection.ts";
import { templateInjection } from "./template-injection.ts";

export const RULE_SETS: readonly RuleSet[] = [
  pathTraversal,
  sqlInjection,
  nosqlInjection,
  crossSiteScripting,
  log4shell,
  commandInjection,
  templateInjection,
  externalEntity,
];

export const RULES: readonly Rule[] = RULE_SETS.flatMap(({ rules }) => rules);
