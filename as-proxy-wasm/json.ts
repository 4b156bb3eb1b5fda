// How is JSON read? Bounded, with the place of each error.
export { JsonKind, JsonResult, JsonValue } from "./assembly/json/value";
export { parseJson } from "./assembly/json/parser";
