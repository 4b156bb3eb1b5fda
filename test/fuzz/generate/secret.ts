/** What stands in headers whose values must never be seen in a log? */
export const SECRET = "SeCrEt-hunter2";
