// Proofs of what a ciphertext holds (FORMAT §8), as the one makes them who encrypted it.

import { challenge, mod, random } from "./group.ts";
import type { Group, Power } from "./group.ts";

// Proof shows knowledge of a secret number (FORMAT §1).
export interface Proof {
  readonly challenge: string;
  readonly response: string;
}

// Keys are what ballots are encrypted with: the group, and the tables of y.
export interface Keys<E> {
  readonly group: Group<E>;
  readonly publicKey: string; // str(y)
  readonly powerY: Power<E>;
}

// Branch claims that the ciphertext made with r holds a certain number; `gap` is how
// far the number it really holds is above that: the claim is true where it is 0.
export interface Branch {
  readonly r: bigint;
  readonly gap: number;
}

// schnorr proves knowledge of the exponent `secret` of an element.
export function schnorr<E>(group: Group<E>, prefix: string, secret: bigint): Proof {
  const w = random(group.order);
  const [a] = group.texts([group.powerG(w)]);
  const c = challenge(group.order, `${prefix}|${a}`);
  return { challenge: String(c), response: String(mod(w - secret * c, group.order)) };
}

// disjunction proves that one of the branches is true, and hides which.
//
// A verifier recomputes A = g^response·alpha^c and B = y^response·(beta/g^v)^c. Who
// knows r, alpha = g^r, needs no variable base for that, not even in a branch with
// an invented challenge: with w = response + r·c they are A = g^w and B = y^w·g^(gap·c).
export function disjunction<E>(keys: Keys<E>, prefix: string, branches: readonly Branch[]): Proof[] {
  const { group, powerY } = keys, q = group.order;
  const truth = branches.findIndex((b) => b.gap === 0);
  if (truth < 0) throw new RangeError("none of the branches is true");
  const drawn = branches.map((b) => ({ ...b, w: random(q), c: random(q) }));
  const commitments = drawn.flatMap(({ gap, w, c }) => {
    // Of a true branch the second product is thrown away: every branch takes the same steps.
    const y = powerY(w), shifted = group.mul(y, group.powerG(mod(BigInt(gap || 1) * c, q)));
    return [group.powerG(w), gap === 0 ? y : shifted];
  });
  let rest = challenge(q, `${prefix}|${group.texts(commitments).join(",")}`);
  drawn.forEach(({ c }, i) => {
    if (i !== truth) rest -= c;
  });
  return drawn.map(({ r, w, c }, i) => {
    const own = i === truth ? mod(rest, q) : c;
    return { challenge: String(own), response: String(mod(w - r * own, q)) };
  });
}
