/** Which mistakes does whoever starts the stand-in make? One line each. */

export class AnypointError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AnypointError";
  }
}
