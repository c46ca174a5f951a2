// The finite-field groups BELENIOS-2048 and RFC-3526-2048 (FORMAT §2.1, §2.3). They
// are loaded only where an election uses them. BigInt takes time that depends on the
// numbers: who can measure it on the voter's device learns more from the device itself.

import type { Group, Power } from "./group.ts";

const padding = 8n;

function field(name: string, p: bigint, q: bigint, generator: bigint, capacity: number): Group<bigint> {
  const bits = q.toString(2).length;

  // power is a^k for public numbers.
  const power = (a: bigint, k: bigint): bigint => {
    let result = 1n;
    for (const bit of k.toString(2)) {
      result = (result * result) % p;
      if (bit === "1") result = (result * a) % p;
    }
    return result;
  };
  const member = (a: bigint): boolean => a > 0n && a < p && power(a, q) === 1n;

  // fixed keeps base^(d·2^(width·i)) for every window i and digit d, so that raising
  // it needs no squaring and one product a window.
  const width = bits > 1024 ? 7 : 6;
  const tables = (base: bigint): bigint[][] => {
    const windows: bigint[][] = [];
    for (let at = 0, step = base; at < bits; at += width) {
      const row = [1n];
      while (row.length < 1 << width) row.push((row.at(-1)! * step) % p);
      windows.push(row);
      step = (row.at(-1)! * step) % p;
    }
    return windows;
  };
  const fixed = (base: bigint): Power<bigint> => {
    let windows: bigint[][] | undefined;
    return (k) => {
      windows ??= tables(base);
      const digits = k.toString(2).padStart(windows.length * width, "0");
      return windows.reduce((product, row, i) => {
        const end = digits.length - i * width;
        return (product * row[parseInt(digits.slice(end - width, end), 2)]!) % p;
      }, 1n);
    };
  };

  return {
    name,
    order: q,
    generator,
    powerG: fixed(generator),
    capacity,
    parse(text) {
      if (!/^(0|[1-9][0-9]{0,616})$/.test(text)) throw new Error("an element of a finite field is a decimal number");
      const a = BigInt(text);
      if (!member(a)) throw new Error("the number is not in the group of prime order");
      return a;
    },
    texts: (elements) => elements.map(String),
    mul: (a, b) => (a * b) % p,
    fixed,
    embed(values) {
      if (values.length > capacity) throw new RangeError(`${name} hides at most ${capacity} integers`);
      let z = values.reduce((n, v) => n * 256n + BigInt(v), 0n) << padding;
      while (!member(z)) z++;
      return z;
    },
  };
}

// The parameters of FORMAT §13, in hex.
const p2048 = BigInt(
  "0xa3ef2d011fefb1b6e39e568fccdffb0fb7dc7ef3a791b6862791811d21fc35f21e6d36856b428030421f514ed40bfd4c" +
  "06e092a495af8d79a2f85e0fb11c0ede07dd973f9c53e50930c6e82ac36de1ae3fb8c3aabfff12ce27a5022ddd8912d1" +
  "07435012768a2cdd0a4091d8fa447f6c7ebc15a349fa318a6b4fe17d8d47e843a3e14dfa9b2162f4d7229abe93a188b4" +
  "6b006517d6f6747ebbb29c9ec3099b607f18fb1a8bc858279aa8599411d998d3e3fada9e010840d082d8c31911acdd4a" +
  "0e7992d0f18cc759cb5de0acf66a3882555bc810941e021b6a4ccfa04ee4008f878affa2375e2999b44f6cef17d70730" +
  "1e59e0e6351e051ed9cec4157646e64f",
);
const q2048 = 0xadb6066a73522565f4daa0f2579db7f2f0fa90c2168bc709e20263387d55c491n;
const g2048 = BigInt(
  "0x1307c1ab5f295885d7caa3a78a42415e31fd1c5807b61fb1e781878a52230a51988b98c259597f9c5a9dfd001d26ba31" +
  "d9d8976f01d95a1c8262ee68a0e92cea541e5219e0d0d094301b894236823fe1d4bc04e29f3748aefd4f10d5b1a356a8" +
  "643e673fd9d215fc8fe5fb9cf9fdb8ea88fdb1a3381a697fdf9c2458570b06d26aef1be365fdd90165f397c6b870df8c" +
  "1b9e519edcee8bb0f74b7a1615a274ba60a7ea574a61f552d2dde0ce514e0927c4ff49b1964c4a913731ae4268d60d7f" +
  "22127b6cbba44d453ac8b72fd04e0991b7aeff04867d8724ac638f5f34100d2d47aa680d43771902743d663f42d853c0" +
  "41e1c91fe3823f4bcf284308f1d7e653",
);

// The 2048-bit MODP prime of RFC 3526 (group 14).
const modp = BigInt(
  "0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd" +
  "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed" +
  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f" +
  "83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b" +
  "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510" +
  "15728e5a8aacaa68ffffffffffffffff",
);

export const groups: readonly Group<bigint>[] = [
  field("BELENIOS-2048", p2048, q2048, g2048, 0),
  field("RFC-3526-2048", modp, modp >> 1n, 2n, 254),
];
