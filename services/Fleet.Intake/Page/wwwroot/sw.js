// Keeps the shell for when there is no network. Answers of the API are never kept.

const version = "1";
const cacheName = `shell-${version}`;
const shell = ["/index.html", "/app.css", "/app.js", "/api.js", "/cards.js", "/strings.js", "/app.webmanifest", "/icon.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(shell.map((path) => new Request(path, { cache: "reload" })))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

// A new version waits until the person agrees to it: two versions never mix on one screen.
self.addEventListener("message", (event) => event.data === "take-over" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (event.request.mode === "navigate" && (pathname === "/" || pathname === "/share")) event.respondWith(fresh(event.request, "/index.html"));
  else if (shell.includes(pathname)) event.respondWith(fresh(event.request, pathname));
});

async function dropOldCaches() {
  for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name);
}

async function fresh(request, path) {
  try {
    const answer = await fetch(request);
    if (answer.ok) return answer;
  } catch {
    // no network: what was kept must do
  }
  return (await caches.match(path, { cacheName })) ?? Response.error();
}
