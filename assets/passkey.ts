// Passkeys: asks the server for options, the device for a signature, and sends it back.
// Elements with data-passkey stay hidden where the browser cannot do it.

interface Options {
  publicKey: never;
}

async function post(url: string, body?: unknown): Promise<Response> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? "{}" : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

async function run(box: HTMLElement): Promise<void> {
  const { publicKey } = (await (await post(box.dataset.begin ?? "")).json()) as Options;
  const credential = box.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  const done = await post(box.dataset.finish ?? "", (credential as PublicKeyCredential).toJSON());
  location.assign(((await done.json()) as { next: string }).next);
}

const able = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

for (const box of document.querySelectorAll<HTMLElement>("[data-passkey]")) {
  const button = box.querySelector("button");
  const failed = box.querySelector<HTMLElement>("[data-failed]");
  if (!able || !button || box.dataset.ready) continue;
  box.dataset.ready = "1";
  box.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    if (failed) failed.hidden = true;
    run(box).catch(() => {
      button.disabled = false;
      if (failed) failed.hidden = false;
    });
  });
}
