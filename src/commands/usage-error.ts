/** Wrong use or wrong input: one line that says what, where, and what to write instead. buildtop ends with 2. */
export class UsageError extends Error {}
