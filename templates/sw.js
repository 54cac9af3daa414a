// Keeps files of the look and the pages for when there is no connection. Of what belongs to a person it keeps one thing,
// and the page itself puts it there: the code a youth has to show (see partners/hold.js).
const CACHE = "club-{{ version }}";
const CARDS = "cards";
const OFFLINE = "{% url 'offline' %}";
const COUNTER = "{% url 'partners:counter' %}";
const SHELL = "{% url 'partners:shell' %}";
const FILES = [{% for file in files %}"{{ file|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
// A counter does not wait longer than a customer.
const PATIENCE = 6000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) =>
      // Without credentials: the page kept must be the same for everybody.
      cache.addAll([...FILES, OFFLINE, SHELL].map((url) => new Request(url, { credentials: "omit", cache: "reload" }))),
    ).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("club-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const kept = async (path) => {
  const card = await (await caches.open(CARDS)).match(path);
  return card && Date.parse(card.headers.get("Expires")) > Date.now() ? card : caches.match(OFFLINE);
};

const counter = async (request) => {
  const late = new Promise((_resolve, reject) => setTimeout(reject, PATIENCE));
  try {
    const answer = await Promise.race([fetch(request), late]);
    // What stands before the server may still be there when the server is not.
    return answer.status >= 500 ? caches.match(SHELL) : answer;
  } catch {
    return caches.match(SHELL);
  }
};

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET") return;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate") {
    event.respondWith(path.startsWith(COUNTER) ? counter(request) : fetch(request).catch(() => kept(path)));
  } else if (FILES.includes(path)) {
    event.respondWith(caches.match(request, { ignoreSearch: true }).then((found) => found || fetch(request)));
  } else if (request.destination === "image") {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) || Response.error()));
  }
});
