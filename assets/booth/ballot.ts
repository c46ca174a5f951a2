// A ballot: encrypted, proven, signed (FORMAT §8); and the opening of one that the
// voter spoils to see whether her device encrypts what she chose.

import type { Voter } from "./credential.ts";
import { slots } from "./election.ts";
import type { Election, Homomorphic, Question } from "./election.ts";
import { hash, random } from "./group.ts";
import { disjunction, schnorr } from "./proof.ts";
import type { Branch } from "./proof.ts";

// Choices has for every question as many integers as it has slots.
export type Choices = readonly (readonly number[])[];

// Ballot is ready to be cast, or to be spoiled and opened: never both.
export interface Ballot {
  readonly text: string;
  readonly tracker: string;
  // The opening tells everybody what the ballot holds; it is secret while the ballot may be cast.
  readonly opening: string;
}

// Ciphertext is an encryption with the randomness it was made with.
interface Ciphertext<E> {
  readonly r: bigint;
  readonly alpha: E;
  readonly beta: E;
}

type Pair = { readonly alpha: string; readonly beta: string };

// valid reports whether the choice is one that the question allows.
export function valid(question: Question, choice: readonly number[]): boolean {
  if (choice.length !== slots(question)) return false;
  if (question.kind === "nonhomomorphic") return choice.every((v) => Number.isInteger(v) && v >= 0 && v <= 255);
  if (!choice.every((v) => v === 0 || v === 1)) return false;
  const blank = question.blank && choice[0] === 1, chosen = sum(question.blank ? choice.slice(1) : choice);
  return blank ? chosen === 0 : chosen >= question.min && chosen <= question.max;
}

// ciphertexts is how many of them an answer has.
const ciphertexts = (q: Question): number => (q.kind === "nonhomomorphic" ? 1 : slots(q));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

// encryptBit hides 0 or 1 in the exponent, taking the same steps for both.
function encryptBit<E>({ group, powerY }: Election<E>, bit: number, r: bigint): Ciphertext<E> {
  const y = powerY(r);
  return { r, alpha: group.powerG(r), beta: [y, group.mul(y, group.generator)][bit]! };
}

// encryptVector hides integers in one element.
function encryptVector<E>({ group, powerY }: Election<E>, values: readonly number[], r: bigint): Ciphertext<E> {
  return { r, alpha: group.powerG(r), beta: group.mul(powerY(r), group.embed(values)) };
}

function pairs<E>(election: Election<E>, list: readonly Ciphertext<E>[]): Pair[] {
  const texts = election.group.texts(list.flatMap((c) => [c.alpha, c.beta]));
  return list.map((_, i) => ({ alpha: texts[2 * i]!, beta: texts[2 * i + 1]! }));
}

const joined = (list: readonly Pair[]): string => list.map((p) => `${p.alpha},${p.beta}`).join(",");

// product is the encryption of the sum.
function product<E>({ group }: Election<E>, list: readonly Ciphertext<E>[]): Ciphertext<E> {
  return list.reduce((a, b) => ({ r: a.r + b.r, alpha: group.mul(a.alpha, b.alpha), beta: group.mul(a.beta, b.beta) }));
}

// interval has a branch for each of the numbers from..to that `held` could be.
const interval = (r: bigint, held: number, from: number, to: number): Branch[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ r, gap: held - from - i }));

// The answer to a homomorphic question (FORMAT §8.1).
function homomorphic<E>(election: Election<E>, prefix: string, question: Homomorphic, choice: readonly number[], r: readonly bigint[]) {
  const held = choice.map((bit, i) => encryptBit(election, bit, r[i]!));
  const choices = pairs(election, held);
  const individual_proofs = choice.map((bit, i) =>
    disjunction(election, `prove|${prefix}|${joined([choices[i]!])}`, interval(r[i]!, bit, 0, 1)));
  const all = `${prefix}|${joined(choices)}`;
  const { min, max } = question;
  if (!question.blank) {
    const total = product(election, held);
    const overall_proof = disjunction(election, `prove|${all}|${joined(pairs(election, [total]))}`,
      interval(total.r, sum(choice), min, max));
    return { choices, individual_proofs, overall_proof };
  }
  const rest = product(election, held.slice(1)), chosen = sum(choice.slice(1));
  const [blank, r0] = [choice[0]!, r[0]!];
  const blank_proof = disjunction(election, `bproof0|${all}`, [{ r: r0, gap: blank }, { r: rest.r, gap: chosen }]);
  const overall_proof = disjunction(election, `bproof1|${all}`,
    [{ r: r0, gap: blank - 1 }, ...interval(rest.r, chosen, min, max)]);
  return { choices, individual_proofs, overall_proof, blank_proof };
}

// The answer to a non-homomorphic question (FORMAT §8.2).
function vector<E>(election: Election<E>, prefix: string, choice: readonly number[], r: bigint) {
  const [choices] = pairs(election, [encryptVector(election, choice, r)]);
  const proof = schnorr(election.group, `raweg|${prefix}|${election.publicKey},${joined([choices!])}`, r);
  return { choices: choices!, proof };
}

// make encrypts choices for the election and signs them with the voter's key.
export function make<E>(election: Election<E>, voter: Voter, choices: Choices): Ballot {
  const { group, fingerprint, questions, uuid } = election;
  if (choices.length !== questions.length) throw new RangeError("there is not one choice a question");
  const prefix = `${fingerprint}|${voter.credential}`;
  const randomness: string[][] = [];
  const answers = questions.map((question, i) => {
    const choice = choices[i]!;
    if (!valid(question, choice)) throw new RangeError(`question ${i + 1} does not allow this choice`);
    const r = Array.from({ length: ciphertexts(question) }, () => random(group.order));
    randomness.push(r.map(String));
    return question.kind === "nonhomomorphic"
      ? vector(election, prefix, choice, r[0]!)
      : homomorphic(election, prefix, question, choice, r);
  });
  const unsigned = { election_uuid: uuid, election_hash: fingerprint, credential: voter.credential, answers };
  const h = hash(JSON.stringify(unsigned));
  const signature = { hash: h, proof: schnorr(group, `sig|${h}`, voter.secret) };
  // All that stands in it is ASCII without quotes: JSON.stringify writes the canonical text.
  const text = JSON.stringify({ ...unsigned, signature });
  const tracker = hash(text);
  return { text, tracker, opening: JSON.stringify({ tracker, choices, randomness }) };
}

// Opening is what the maker of a ballot knows of it, as in odaq/belenios/ballot.
interface Opening {
  readonly tracker: string;
  readonly choices: Choices;
  readonly randomness: readonly (readonly string[])[];
}

// audit checks that the opening of a spoiled ballot is true, and returns the choices
// that the ballot held. It throws where the ballot holds anything else: the device
// that made it must not be trusted. Whether the ballot's proofs are right is for the
// server to say.
export function audit<E>(election: Election<E>, text: string, opening: string): Choices {
  const { questions, group } = election;
  const { tracker, choices, randomness } = JSON.parse(opening) as Opening;
  const ballot = JSON.parse(text) as { election_hash: string; answers: { choices: Pair | Pair[] }[] };
  const need = (ok: boolean, what: string): void => {
    if (!ok) throw new Error(`the opening does not fit the ballot: ${what}`);
  };
  need(JSON.stringify(ballot) === text && JSON.stringify({ tracker, choices, randomness }) === opening, "the text");
  need(tracker === hash(text), "the tracker");
  need(ballot.election_hash === election.fingerprint, "the election");
  need([choices, randomness, ballot.answers].every((list) => list.length === questions.length), "the number of answers");
  questions.forEach((question, i) => {
    const choice = choices[i]!, at = `question ${i + 1}`;
    need(valid(question, choice), at);
    need(randomness[i]!.length === ciphertexts(question), at);
    const r = randomness[i]!.map((digits) => {
      need(/^(0|[1-9][0-9]*)$/.test(digits) && BigInt(digits) < group.order, at);
      return BigInt(digits);
    });
    const again = question.kind === "nonhomomorphic"
      ? pairs(election, [encryptVector(election, choice, r[0]!)])[0]
      : pairs(election, choice.map((bit, j) => encryptBit(election, bit, r[j]!)));
    need(JSON.stringify(again) === JSON.stringify(ballot.answers[i]!.choices), at);
  });
  return choices;
}
