/** The names under which a machine reaches itself and nobody else. */
export const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "::1"]);
