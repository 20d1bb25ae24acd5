/**
 * Stands for `object-hash`, of which ink-table makes the keys of its rows. The content itself is as good a key, and does
 * not load Node's cryptography before the first picture.
 */
export const sha1 = (row: unknown): string => JSON.stringify(row);
