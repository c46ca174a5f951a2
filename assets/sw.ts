// The service worker: shows the kept card and checker where there is no
// network, and forgets the card when its member signs out.
const worker = self as unknown as ServiceWorkerGlobalScope;
interface ServiceWorkerGlobalScope extends EventTarget {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
interface FetchEvent extends Event {
  request: Request;
  respondWith(r: Promise<Response>): void;
  waitUntil(p: Promise<unknown>): void;
}

const kept = ["/me/card", "/card/check", "/card/keys.json", "/card/revoked.json"];

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => (event as FetchEvent).waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (e) => {
  const event = e as FetchEvent, { request } = event, url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && /^\/sign-(in|out)/.test(url.pathname)) event.waitUntil(forget());
  if (request.method !== "GET") return;
  if (kept.includes(url.pathname)) event.respondWith(fresh(request, url.pathname));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(stored(request));
});

async function fresh(request: Request, path: string): Promise<Response> {
  try {
    const answer = await fetch(request);
    // Sent to sign-in: whoever held this card is signed out.
    if (path === "/me/card" && (answer.type === "opaqueredirect" || answer.redirected)) await forget();
    return answer;
  } catch (error) {
    const copy = await caches.match(path, { ignoreSearch: true, ignoreVary: true });
    if (copy) return copy;
    throw error;
  }
}

async function stored(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

function forget(): Promise<boolean> {
  return caches.delete("odaq-card");
}
