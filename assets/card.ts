// The card and its checker: keeps them for when there is no network, and checks
// cards on the device. Without it the server checks.

const cardCache = "odaq-card", checkCache = "odaq-check";
const lists = ["/card/keys.json", "/card/revoked.json"];
const page = document.querySelector<HTMLElement>("[data-keep-page]");

// keep stores the page, and what it is made of, in the cache of its name.
async function keep(name: string, paths: string[]): Promise<void> {
  await document.fonts.ready;
  const parts = [...document.querySelectorAll<HTMLLinkElement | HTMLScriptElement>("link[rel=stylesheet], script[src]")]
    .map((e) => (e instanceof HTMLLinkElement ? e.href : e.src));
  const fonts = performance.getEntriesByType("resource").map((e) => e.name).filter((u) => u.startsWith(location.origin + "/assets/"));
  const all = [...new Set([...paths, ...parts, ...fonts].map((u) => new URL(u, location.href).href))];
  const cache = await caches.open(name);
  // The checker is kept as the public sees it: it outlives a sign-out.
  const credentials = name === cardCache ? "same-origin" : "omit";
  await cache.addAll(all.map((u) => new Request(u, { cache: "reload", credentials })));
  for (const old of await cache.keys()) if (!all.includes(old.url)) await cache.delete(old);
}

async function start(): Promise<void> {
  if (!("serviceWorker" in navigator) || !page) return;
  const kind = page.dataset.keepPage;
  if (kind === "") await caches.delete(cardCache);
  await navigator.serviceWorker.register("/sw.js");
  if (kind === "card") await keep(cardCache, ["/me/card"]);
  if (kind === "check") await keep(checkCache, ["/card/check?lang=" + document.documentElement.lang, ...lists]);
}

// tell says whether the card is on the device: kept now, or before and now offline.
async function tell(): Promise<void> {
  const note = page?.querySelector<HTMLElement>("[data-kept]");
  if (note && "caches" in window) note.hidden = !(await caches.match("/me/card"));
}

type Signed = { list: string; key: number; signature: string };
type Keys = { keys: { id: number; public: string; from: string; to: string }[]; organisations: Record<string, Record<string, string>> };

const bytes = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const utf8 = (s: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(s) as Uint8Array<ArrayBuffer>;
const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

// decode reads base 32 (RFC 4648); undefined if it is no card. As on the server
// only one text stands for a card: the four bits left over must be 0.
function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  const s = text.replace(/\s+/g, "").toUpperCase();
  if (!/^[A-Z2-7]{132}$/.test(s)) return;
  const raw = new Uint8Array(82);
  let bits = 0, have = 0, at = 0;
  for (const c of s) {
    bits = (bits << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c);
    have += 5;
    if (have >= 8) {
      have -= 8;
      raw[at++] = bits >> have;
      bits &= (1 << have) - 1;
    }
  }
  return bits === 0 && raw[0] === 1 ? raw : undefined;
}

// crockford writes an organisation as the lists name it: 13 characters.
function crockford(n: bigint): string {
  let s = "";
  for (let i = 0; i < 13; i++, n >>= 5n) s = "0123456789abcdefghjkmnpqrstvwxyz"[Number(n & 31n)] + s;
  return s;
}

async function verify(publicKey: string, domain: string, message: Uint8Array, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", bytes(publicKey), { name: "Ed25519" }, false, ["verify"]);
  const start = utf8(domain + "\n"), all = new Uint8Array(start.length + message.length);
  all.set(start);
  all.set(message, start.length);
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, all);
}

// load reads a list and checks who signed it.
async function load<T>(path: string, keys?: Keys): Promise<T> {
  const signed = (await (await fetch(path)).json()) as Signed;
  const list = JSON.parse(signed.list) as T;
  const key = (keys ?? (list as Keys)).keys.find((k) => k.id === signed.key);
  if (!key || !(await verify(key.public, "odaq list", utf8(signed.list), bytes(signed.signature)))) throw new Error("list");
  return list;
}

type Verdict = { state: string; number?: string; org?: string; until?: string; made?: string };

async function check(text: string): Promise<Verdict> {
  const keys = await load<Keys>(lists[0]);
  const revoked = await load<{ made: string; fingerprints: string | null }>(lists[1], keys);
  const raw = decode(text);
  if (!raw) return { state: "forged" };
  const view = new DataView(raw.buffer);
  const key = keys.keys.find((k) => k.id === view.getUint16(1));
  if (!key || !(await verify(key.public, "odaq card", raw.subarray(0, 18), raw.slice(18)))) return { state: "forged" };
  const number = String(view.getUint8(3) * 2 ** 32 + view.getUint32(4)).padStart(10, "0");
  const until = new Date(view.getUint16(8) * 864e5).toISOString().slice(0, 10);
  const names = keys.organisations[crockford(view.getBigUint64(10))] ?? {};
  const out = {
    made: revoked.made, number: number.slice(0, 4) + " " + number.slice(4, 8) + " " + number.slice(8), until,
    org: names[document.documentElement.lang] ?? names.kk ?? names.ru ?? names.en ?? "—",
  };
  const now = new Date(), today = new Date(+now - now.getTimezoneOffset() * 6e4).toISOString().slice(0, 10);
  if (until < today) return { ...out, state: "expired" };
  const print = new Uint8Array(await crypto.subtle.digest("SHA-256", raw)).subarray(0, 8), gone = bytes(revoked.fingerprints ?? "");
  for (let i = 0; i < gone.length; i += 8) if (same(gone.subarray(i, i + 8), print)) return { ...out, state: "revoked" };
  return { ...out, state: "valid" };
}

function show(v: Verdict): void {
  const answer = document.getElementById("answer")!;
  const template = document.querySelector<HTMLTemplateElement>(`template[data-verdict=${v.state}]`)!;
  answer.replaceChildren(template.content.cloneNode(true));
  const fill = (name: string, value = ""): void => {
    const at = answer.querySelector(`[data-${name}]`);
    if (at) at.textContent = value;
  };
  fill("number", v.number);
  fill("org", v.org);
  if (v.until) fill("until", day(v.until));
  const asOf = document.querySelector<HTMLElement>("[data-as-of]")!;
  asOf.hidden = !v.made;
  if (v.made) asOf.querySelector("b")!.textContent = new Date(v.made).toLocaleString(document.documentElement.lang);
  answer.scrollIntoView({ block: "nearest" });
}

// day writes a date as the server does.
function day(iso: string): string {
  if (document.documentElement.lang === "en") return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return iso.split("-").reverse().join(".");
}

const form = document.querySelector<HTMLFormElement>("form[data-check]");
const field = form?.querySelector("textarea");

async function submit(): Promise<void> {
  if (!form || !field) return;
  try {
    show(await check(field.value));
  } catch {
    // No Ed25519 in this browser, or no list: the server decides, if it can be reached.
    if (navigator.onLine) form.submit();
    else show({ state: "network" });
  }
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (field?.value.trim()) return void submit();
  document.getElementById("answer")!.replaceChildren();
  field?.focus();
});

type Detector = { detect(image: ImageBitmap): Promise<{ rawValue: string }[]> };
const Detector = (window as unknown as { BarcodeDetector?: new (o: object) => Detector }).BarcodeDetector;
const scan = form?.querySelector<HTMLElement>("[data-scan]");
if (Detector && scan && field) {
  scan.hidden = false;
  scan.querySelector("input")!.addEventListener("change", async (event) => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) return;
    const found = await new Detector({ formats: ["qr_code"] }).detect(await createImageBitmap(file));
    field.value = found[0]?.rawValue ?? "";
    if (field.value) void submit();
    else show({ state: "forged" });
  });
}

start().catch(() => {}).then(tell); // without a network the older copy stays
