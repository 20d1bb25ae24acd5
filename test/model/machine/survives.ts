import fc from "fast-check";

/** No text makes the reader throw: nothing at all, anything, and a good answer cut or with something foreign in it. */
export function survives(good: string, read: (text: string) => unknown): void {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      read(text);
    }),
  );
  fc.assert(
    fc.property(fc.nat(good.length), fc.nat(good.length), fc.string({ maxLength: 20 }), (a, b, between) => {
      read(good.slice(0, a));
      read(good.slice(a));
      read(good.slice(0, Math.min(a, b)) + between + good.slice(Math.max(a, b)));
    }),
  );
}
