// The line to the server, and what waits for it: code, time and key of a scan lie on this device until they are booked.
"use strict";

{
  const page = document.getElementById("theke");
  const box = document.getElementById("waiting");
  const line = document.getElementById("line");
  const SHOP = "theke.shop";
  const RESULTS = "theke.results";
  const COUNT = "theke.waiting"; // for signing out on another page, see app.js
  const CALM = 4_000;
  const SOON = 2_000;
  const PATIENCE = 5_000;

  // ── What waits, on the device ──
  let count = "";
  let shop = page.dataset.shop || localStorage.getItem(SHOP) || "";
  let opened = null;
  // A code is good at one shop alone, so each shop that uses this device has a store of its own.
  const store = () => {
    opened ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open(`theke-${shop}`, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("scans", { keyPath: "key" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
    return opened;
  };
  const inStore = async (mode, work) => {
    const db = await store();
    return new Promise((resolve, reject) => {
      // "strict": kept is said only once it is on the disk.
      const transaction = db.transaction("scans", mode, { durability: "strict" });
      const asked = work(transaction.objectStore("scans"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };
  // A browser that keeps nothing has nothing waiting; that it can keep nothing is said when there is something to keep.
  const all = async () => (await inStore("readonly", (scans) => scans.getAll()).catch(() => [])).sort((a, b) => a.at - b.at);
  // A device whose clock is set back while it waits still knows how long this page has been open.
  const since = new Map();
  const keep = async (scan) => {
    await inStore("readwrite", (scans) => scans.put({ key: scan.key, code: scan.code, at: scan.at }));
    since.set(scan.key, performance.now());
    await draw();
    beat();
  };
  const elapsed = (scan) => {
    const own = since.has(scan.key) ? performance.now() - since.get(scan.key) : 0;
    return Math.max(0, Math.round(Math.max(Date.now() - scan.at, own)));
  };
  const waits = async (code) => (await all()).find((scan) => scan.code === code);

  // ── What became of it: titles and prices, for this window ──
  const results = JSON.parse(sessionStorage.getItem(RESULTS) || "[]");
  const note = (result) => {
    results.push(result);
    sessionStorage.setItem(RESULTS, JSON.stringify(results));
  };

  const fill = (name, values) => {
    const row = document.getElementById(name).content.cloneNode(true);
    for (const [key, value] of Object.entries(values)) {
      for (const place of row.querySelectorAll(`[data-fill-in="${key}"]`)) place.textContent = value;
    }
    return row;
  };
  const clock = (at) => new Date(at).toLocaleTimeString("de-DE", { hour: "2-digit", minute: "2-digit" });

  const draw = async () => {
    const scans = await all();
    box.hidden = !scans.length && !results.length;
    box.querySelector("[data-one]").hidden = scans.length !== 1;
    box.querySelector("[data-many]").hidden = scans.length < 2;
    box.querySelector("[data-none]").hidden = scans.length !== 0;
    box.querySelector("[data-number]").textContent = scans.length;
    box.querySelector("[data-clear]").hidden = !results.length;
    localStorage.setItem(COUNT, scans.length);
    count = scans.length ? `${box.querySelector("h2").innerText}.` : "";
    for (const place of line.querySelectorAll('[data-fill-in="waiting"]')) place.textContent = count;
    box.querySelector("ul").replaceChildren(
      ...scans.map((scan) => fill("scan-waits", { at: clock(scan.at) })),
      ...results.map((one) => fill(one.title ? "scan-booked" : "scan-team", { ...one, at: clock(one.at) })),
    );
  };

  // ── The line ──
  let up = page.dataset.shell === undefined;
  let signedOut = false;
  let sending = false;
  let timer = 0;

  const set = (now, out = false) => {
    const changed = now !== up || out !== signedOut;
    [up, signedOut] = [now, out];
    if (!changed && line.dataset.drawn) return;
    line.dataset.drawn = "yes";
    page.dataset.line = out ? "out" : now ? "up" : "down";
    line.replaceChildren();
    if (!now) line.append(fill(out ? "line-out" : "line-down", { waiting: count }));
  };

  const ask = async (address, more = {}) => {
    const giveUp = new AbortController();
    const late = setTimeout(() => giveUp.abort(), PATIENCE);
    try {
      return await fetch(address, { cache: "no-store", redirect: "manual", ...more, signal: giveUp.signal });
    } finally {
      clearTimeout(late);
    }
  };

  // Without a cookie: a page that lies open must not keep a session alive for a day.
  const isThere = async () => {
    if (!navigator.onLine) return false;
    try {
      return (await ask(page.dataset.health, { credentials: "omit" })).status < 500;
    } catch {
      return false;
    }
  };

  // Whose counter this is right now, and the token that forms need; false if nobody's.
  const introduce = async () => {
    const answer = await ask(page.dataset.pulse);
    if (answer.status >= 500) throw new Error("no server");
    if (!answer.ok) return false;
    const told = await answer.json();
    theke.csrf = told.csrf;
    for (const field of document.querySelectorAll("#theke [name=csrfmiddlewaretoken]")) field.value = told.csrf;
    if (told.shop !== shop) {
      shop = told.shop;
      opened = null;
    }
    localStorage.setItem(SHOP, shop);
    return true;
  };

  const beat = async () => {
    clearTimeout(timer);
    try {
      const there = await isThere();
      if (!there) set(false);
      else if (!up || signedOut || (shop && (await all()).length)) {
        const known = await introduce();
        set(known, !known);
        if (known) await send();
      }
    } catch {
      set(false);
    }
    clearTimeout(timer);
    timer = setTimeout(beat, up || signedOut ? CALM : SOON);
  };

  const send = async () => {
    // One window at a time. The server would book once all the same; this only spares it the question.
    const work = async (lock) => {
      if (lock === null || sending) return;
      sending = true;
      try {
        for (const scan of await all()) if (!(await sendOne(scan))) break;
      } finally {
        sending = false;
        await draw();
      }
    };
    await (navigator.locks ? navigator.locks.request("theke-send", { ifAvailable: true }, work) : work());
    theke.sent?.((await all()).length);
  };

  // True if the next one may follow.
  const sendOne = async (scan) => {
    const body = new URLSearchParams({ code: scan.code, key: scan.key, elapsed_ms: elapsed(scan) });
    const answer = await ask(page.dataset.late, { method: "POST", body, headers: { "X-CSRFToken": theke.csrf } });
    if (answer.status >= 500) throw new Error("no server");
    if (answer.status === 429 || answer.status === 409) return true; // its turn comes with a later beat
    if (!answer.ok) return false; // signed out between two questions: the next beat says so
    const told = await answer.json();
    note({ at: scan.at, title: told.title ?? "", price: told.price ?? "" });
    await inStore("readwrite", (scans) => scans.delete(scan.key));
    await draw();
    return true;
  };

  box.querySelector("[data-clear]").addEventListener("click", () => {
    results.length = 0;
    sessionStorage.removeItem(RESULTS);
    draw();
    theke.focus?.();
  });
  addEventListener("online", beat);
  addEventListener("offline", () => set(false));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });

  Object.assign(theke, {
    isUp: () => up,
    lost: () => { set(false); clearTimeout(timer); timer = setTimeout(beat, SOON); },
    keep, waits, clock, fill,
    results: () => results.length,
  });
  if (shop) localStorage.setItem(SHOP, shop);
  if (up) page.dataset.line = "up";
  else set(false);
  draw();
  beat();
}
