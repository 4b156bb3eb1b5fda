/** How is an option told in the help? With what it must have or has by default, and nothing of values that say nothing. */
import type { HelpConfiguration } from "commander";

export const helpText: HelpConfiguration = {
  optionDescription({ description, mandatory, argChoices = [], defaultValue }) {
    const facts = [
      mandatory ? "required" : "",
      argChoices.join(", "),
      typeof defaultValue === "string" && defaultValue !== "" ? `default: ${defaultValue}` : "",
    ].filter((fact) => fact !== "");
    return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
  },
};
