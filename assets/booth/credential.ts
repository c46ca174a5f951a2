// The voter's private credential (FORMAT §3).

import { number } from "./group.ts";
import type { Election } from "./election.ts";

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

// CredentialError says what is wrong with a credential, so that a page can tell the
// voter in her language.
export class CredentialError extends Error {
  constructor(readonly reason: "length" | "alphabet" | "checksum") {
    super(`not a credential: ${reason}`);
  }
}

// normalise reads a credential as a person types it, with spaces, with any dashes or
// without, and returns its one true form, XXX-XXX-XXX-XXX-XXX. Another form would
// give another key.
export function normalise(typed: string): string {
  const text = typed.replace(/[\s\p{Pd}\u2212\u200b]/gu, "");
  const digits = [...text].map((c) => alphabet.indexOf(c));
  if (digits.includes(-1)) throw new CredentialError("alphabet");
  if (digits.length !== 15) throw new CredentialError("length");
  const n = digits.slice(0, 14).reduce((n, d) => n * 58n + BigInt(d), 0n);
  if ((n + BigInt(digits[14]!)) % 53n !== 0n) throw new CredentialError("checksum");
  return text.match(/.../g)!.join("-");
}

// Voter holds the key with which a ballot is signed.
export interface Voter {
  readonly secret: bigint; // s
  readonly credential: string; // str(g^s), the public credential
}

// derive makes the voter's key of her credential.
export async function derive<E>(election: Election<E>, typed: string): Promise<Voter> {
  const utf8 = (s: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(s) as Uint8Array<ArrayBuffer>;
  const password = await crypto.subtle.importKey("raw", utf8(normalise(typed)), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt: utf8(election.uuid), iterations: 1000 }, password, 256);
  const { order, powerG, texts } = election.group;
  const secret = number(new Uint8Array(bits)) % order;
  const [credential] = texts([powerG(secret)]);
  return { secret, credential: credential! };
}
