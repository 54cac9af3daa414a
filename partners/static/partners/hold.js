// The code on a youth's phone: it stays bright, survives a tunnel and a reload, and turns into the receipt.
"use strict";

{
  const CARDS = "cards";
  const place = document.getElementById("hold");
  const live = () => place?.querySelector("[data-live]");

  // ── Asked only while somebody looks; an answer that does not come is no news ──
  place?.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches("[data-live]") && document.hidden) event.preventDefault();
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    place?.addEventListener(name, (event) => event.target.matches("[data-live]") && event.stopPropagation());
  }

  // ── The screen stays on while the code is shown ──
  let lock = null;
  const stayAwake = async () => {
    if (!("wakeLock" in navigator) || document.hidden || !live() || (lock && !lock.released)) return;
    // Refused when the battery is low: the code is readable all the same.
    lock = await navigator.wakeLock.request("screen").catch(() => null);
  };
  document.addEventListener("visibilitychange", stayAwake);

  // ── Kept for when there is no connection: the code alone, without a name; not on a phone several people use ──
  const prune = async (cards) => {
    for (const request of await cards.keys()) {
      const card = await cards.match(request);
      const until = card.headers.get("Expires");
      if (until && Date.parse(until) <= Date.now()) await cards.delete(request);
    }
  };
  const keep = async () => {
    if (!("caches" in window)) return;
    const cards = await caches.open(CARDS);
    await prune(cards);
    if (!live() || !place.dataset.card) {
      await cards.delete(location.pathname);
      return;
    }
    const card = await fetch(place.dataset.card, { cache: "no-store", redirect: "error" });
    if (card.ok) await cards.put(location.pathname, card);
    const picture = place.querySelector("img")?.currentSrc;
    if (picture) await cards.add(picture);
  };
  const settled = () => {
    if (!live()) lock?.release();
    keep().catch(() => {}); // no room, or no line: the page itself shows the code
  };
  place?.addEventListener("htmx:afterSettle", settled);
  // Cancelled or with a new code: the kept one is no good from here on.
  place?.addEventListener("submit", () => { if ("caches" in window) caches.open(CARDS).then((cards) => cards.delete(location.pathname)); });

  stayAwake();
  settled();
}
