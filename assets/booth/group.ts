// The group an election is held in (FORMAT §2), and the numbers modulo its order.

import { sha256 } from "@noble/hashes/sha2.js";

// Power raises one element to a number of 0 to q-1, which may be secret.
export type Power<E> = (k: bigint) => E;

// Group is a cyclic group of prime order, written multiplicatively. Elements are
// never changed and may be shared.
export interface Group<E> {
  readonly name: string;
  readonly order: bigint; // q
  readonly generator: E; // g
  readonly powerG: Power<E>;
  // How many integers of 0 to 255 an element can hide; 0 where it can hide none.
  readonly capacity: number;
  // parse reads the canonical text of a member and throws at anything else.
  parse(text: string): E;
  // texts are the canonical texts of elements: cheaper together than one by one.
  texts(elements: readonly E[]): string[];
  mul(a: E, b: E): E;
  // fixed is for an element that is raised many times: the first time makes the tables
  // for the others.
  fixed(base: E): Power<E>;
  // embed hides at most `capacity` integers. Its time depends on them.
  embed(values: readonly number[]): E;
}

// mod is n modulo q, never negative.
export function mod(n: bigint, q: bigint): bigint {
  const r = n % q;
  return r < 0n ? r + q : r;
}

// random draws a number of 0 to q-1, each with the same chance.
export function random(q: bigint): bigint {
  const bits = q.toString(2).length;
  for (;;) {
    const n = number(crypto.getRandomValues(new Uint8Array((bits + 7) >> 3))) >> BigInt(-bits & 7);
    if (n < q) return n;
  }
}

// number reads bytes, the greatest first.
export function number(bytes: Uint8Array): bigint {
  let hex = "0x0";
  for (const b of bytes) hex += b.toString(16).padStart(2, "0");
  return BigInt(hex);
}

const digest = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));

// hash is H64: the SHA-256 in base 64 without padding (FORMAT §1).
export const hash = (text: string): string => btoa(String.fromCharCode(...digest(text))).slice(0, 43);

// challenge is Hq: the SHA-256 as a number modulo q (FORMAT §1).
export const challenge = (q: bigint, text: string): bigint => number(digest(text)) % q;
