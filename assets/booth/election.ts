// The election file (FORMAT §4).

import { group as ed25519 } from "./ed25519.ts";
import { hash } from "./group.ts";
import type { Group } from "./group.ts";
import type { Keys } from "./proof.ts";

// Homomorphic is a question whose answers are chosen or not, min to max of them.
export interface Homomorphic {
  readonly kind: "homomorphic";
  readonly question: string;
  readonly answers: readonly string[];
  readonly blank: boolean;
  readonly min: number;
  readonly max: number;
}

// NonHomomorphic is a question whose answers each get an integer: a rank or a grade.
export interface NonHomomorphic {
  readonly kind: "nonhomomorphic";
  readonly question: string;
  readonly answers: readonly string[];
  readonly extra: unknown;
}

export type Question = Homomorphic | NonHomomorphic;

// Election is what a ballot is made for.
export interface Election<E> extends Keys<E> {
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
  readonly fingerprint: string; // φ, of the file's own bytes
  readonly questions: readonly Question[];
}

// slots is how many integers a choice for the question has: one an answer, and before
// them one for "blank" where that is allowed.
export const slots = (q: Question): number => q.answers.length + (q.kind === "homomorphic" && q.blank ? 1 : 0);

type Fields = { readonly [name: string]: unknown };

function need(ok: boolean, what: string): asserts ok {
  if (!ok) throw new Error(`the election file is wrong: ${what}`);
}

const isText = (v: unknown): v is string => typeof v === "string";
const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
const isObject = (v: unknown): v is Fields => typeof v === "object" && v !== null && !Array.isArray(v);

function question(value: unknown): Question {
  need(isObject(value), "a question");
  const outer = value, inner = "type" in outer ? outer.value : outer;
  need(isObject(inner), "a question");
  const { answers, question, blank, min, max } = inner;
  need(isText(question), "the text of a question");
  need(Array.isArray(answers) && answers.length > 0 && answers.every(isText), "the answers");
  if ("type" in outer) {
    need(outer.type === "NonHomomorphic", "the type of a question");
    return { kind: "nonhomomorphic", question, answers, extra: outer.extra };
  }
  need(isCount(min) && isCount(max) && min <= max && max <= answers.length, "the bounds of a question");
  need(blank === undefined || typeof blank === "boolean", "blank");
  return { kind: "homomorphic", question, answers, blank: blank === true, min, max };
}

async function named(name: unknown): Promise<Group<unknown>> {
  const known = name === ed25519.name ? [ed25519] : (await import("./ff.ts")).groups;
  const found = known.find((g) => g.name === name);
  need(found !== undefined, "the group");
  return found as Group<unknown>;
}

// load reads an election file and makes the tables of its key. The text must be the
// file's exactly: its hash is what every ballot names.
export async function load(text: string): Promise<Election<unknown>> {
  const file: unknown = JSON.parse(text);
  need(isObject(file), "no object");
  const { version, uuid, name, description, questions, public_key: publicKey } = file;
  need(version === 1, "the version");
  need(isText(uuid) && /^[1-9A-HJ-NP-Za-km-z]{14,}$/.test(uuid), "the uuid");
  need(isText(name) && isText(description), "the name");
  need(isText(publicKey), "the public key");
  need(Array.isArray(questions) && questions.length > 0, "the questions");
  const group = await named(file.group);
  const powerY = group.fixed(group.parse(publicKey));
  for (const power of [group.powerG, powerY]) power(1n); // makes the tables
  const read = questions.map(question);
  need(read.every((q) => q.kind === "homomorphic" || q.answers.length <= group.capacity), "too many answers for the group");
  return { uuid, name, description, fingerprint: hash(text), questions: read, group, publicKey, powerY };
}
