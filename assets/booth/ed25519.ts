// The group Ed25519 (FORMAT §2.2).

import { normalizeZ } from "@noble/curves/abstract/curve.js";
import { edwards } from "@noble/curves/abstract/edwards.js";
import type { EdwardsPoint } from "@noble/curves/abstract/edwards.js";
import type { Group, Power } from "./group.ts";

// The curve of RFC 8032 §5.1.
const Point = edwards({
  p: (1n << 255n) - 19n,
  n: (1n << 252n) + 27742317777372353535851937790883648493n,
  h: 8n,
  a: -1n + (1n << 255n) - 19n,
  d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
  Gx: 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an,
  Gy: 0x6666666666666666666666666666666666666666666666666666666666666658n,
});
const sign = 1n << 255n, padding = 14n, capacity = 30;

// The text is the RFC 8032 encoding with its bytes reversed: a number in hex.
const reversed = (hex: string): string => hex.match(/../g)!.reverse().join("");

function parse(text: string): EdwardsPoint {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error("an element of Ed25519 is 64 hex digits");
  const point = Point.fromHex(reversed(text));
  if (!point.isTorsionFree()) throw new Error("the point is not in the group of prime order");
  return point;
}

// fixed relies on multiply, which takes the same steps for every k but 0.
function fixed(base: EdwardsPoint): Power<EdwardsPoint> {
  base.precompute(6);
  return (k) => (k === 0n ? Point.ZERO : base.multiply(k));
}

function embed(values: readonly number[]): EdwardsPoint {
  if (values.length > capacity) throw new RangeError(`Ed25519 hides at most ${capacity} integers`);
  let z = values.reduce((n, v) => n * 256n + BigInt(v), 0n) << padding;
  for (;; z++) {
    try {
      return parse(z.toString(16).padStart(64, "0"));
    } catch {
      // One number in sixteen is a point of the group.
    }
  }
}

export const group: Group<EdwardsPoint> = {
  name: "Ed25519",
  order: Point.Fn.ORDER,
  generator: Point.BASE,
  powerG: fixed(Point.BASE),
  capacity,
  parse,
  texts: (points) =>
    normalizeZ(Point, [...points]).map(({ X, Y }) => (X & 1n ? Y + sign : Y).toString(16).padStart(64, "0")),
  mul: (a, b) => a.add(b),
  fixed,
  embed,
};
