// The counter: camera, hand scanner and keyboard lead to one place, and every answer is swapped in where it is read
// aloud. Without a connection the same steps go on with what lies in the page.
"use strict";

const theke = {};

{
  const page = document.getElementById("theke");
  const till = document.getElementById("till");
  const scan = document.getElementById("scan-form");
  const sound = document.getElementById("sound");
  const ALPHABET = "34679CDFGHJKMNPQRTVWXY";
  const SOUND = "theke.sound";
  const GONE = 3000; // milliseconds without a code before the same one counts as shown again

  let current = null; // what the shown item was scanned as: {code, at}
  let done = ""; // the code last dealt with: its phone may still be before the camera
  let doneSeen = 0;
  let drawn = null;

  // ── Reading, as partners/codes.py does ──
  const readCode = (text) => {
    const address = /^https?:\/\//i.test(text) ? text.toLowerCase().split("/")[2].split("#")[0] : null;
    if (address !== null && address !== page.dataset.host) return { wrong: "say-foreign" };
    const token = /(?:^|[^0-9a-f])([0-9a-f]{32})$/.exec(text.trim().toLowerCase());
    if (token) return { code: token[1] };
    if (address !== null) return { wrong: "say-foreign" };
    const code = text.replace(/[\s\-–—_.]+/g, "").toUpperCase();
    if ([...code].some((symbol) => !ALPHABET.includes(symbol))) return { wrong: "say-symbol" };
    return code.length === 8 ? { code } : { wrong: "say-length" };
  };

  // ── What stands on the counter ──
  const step = () => till.querySelector("[data-step]")?.dataset.step ?? "other";
  const focus = () => {
    const target = till.querySelector("[autofocus]") || till.querySelector("button, a");
    target?.focus();
  };
  const put = (name, values = {}) => {
    const stack = document.createElement("div");
    stack.className = "stack";
    stack.append(theke.fill(name, values));
    till.replaceChildren(stack);
    shown();
    focus();
  };
  const finish = (tone) => {
    done = current?.code || done;
    doneSeen = Date.now();
    current = null;
    play(tone);
  };
  const shown = () => {
    const what = step();
    page.dataset.step = what;
    if (till.firstElementChild === drawn) return; // settled twice, drawn once
    drawn = till.firstElementChild;
    if (what === "receipt" || what === "kept") finish("yes");
    if (what === "refused") finish("no");
    if (what !== "ask") return;
    // What was refused stands there to be compared with the phone; the next one is typed over it.
    if (till.querySelector("[role=alert]")?.textContent.trim()) finish("no");
    current = null;
    const field = till.querySelector("[name=code]");
    if (field?.value) field.select();
  };

  // ── A tone, if somebody wants one ──
  let audio = null;
  const play = (what) => {
    if (localStorage.getItem(SOUND) !== "on") return;
    audio ||= new AudioContext();
    const notes = { yes: [[880, 0], [1318, 0.11]], no: [[196, 0], [156, 0.16]], seen: [[1046, 0]] }[what];
    for (const [pitch, after] of notes) {
      const [tone, volume, from] = [audio.createOscillator(), audio.createGain(), audio.currentTime + after];
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.2, from);
      volume.gain.exponentialRampToValueAtTime(0.001, from + 0.18);
      tone.connect(volume).connect(audio.destination);
      tone.start(from);
      tone.stop(from + 0.2);
    }
  };
  const showSound = () => sound.setAttribute("aria-pressed", String(localStorage.getItem(SOUND) === "on"));
  sound.addEventListener("click", () => {
    localStorage.setItem(SOUND, localStorage.getItem(SOUND) === "on" ? "off" : "on");
    showSound();
    play("yes");
  });

  // ── A code came, whichever way ──
  const take = (text) => {
    if (theke.isUp()) {
      scan.elements.code.value = text;
      scan.requestSubmit();
    } else {
      askOffline(text);
    }
  };
  const askOffline = async (text) => {
    const read = readCode(text);
    if (read.wrong) {
      put("till-ask");
      const field = till.querySelector("[name=code]");
      field.value = text.slice(0, 40);
      till.querySelector("[role=alert]").append(theke.fill(read.wrong, {}));
      field.select();
      play("no");
      return;
    }
    const before = await theke.waits(read.code);
    if (before) {
      current = { code: read.code };
      put("till-waits", { at: theke.clock(before.at) });
      return;
    }
    current = { code: read.code, at: Date.now() };
    put("till-later");
    play("seen");
  };
  const newKey = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
  };
  const keep = async (key) => {
    try {
      await theke.keep({ ...current, key });
    } catch {
      put("till-no-room");
      return;
    }
    put("till-kept", { at: theke.clock(current.at) });
  };

  let lastForeign = 0;
  theke.mayScan = () => !page.querySelector(".htmx-request") && ["ask", "receipt", "kept", "refused"].includes(step());
  theke.seen = (text) => {
    const read = readCode(text);
    if (read.wrong) {
      // A carton of milk: said, but not every tenth of a second.
      if (Date.now() - lastForeign > 3000) theke.sayAtLens("say-foreign");
      lastForeign = Date.now();
      return;
    }
    theke.sayAtLens("");
    if (read.code === done && (step() !== "ask" || Date.now() - doneSeen < GONE)) {
      doneSeen = Date.now();
      return;
    }
    play("seen");
    take(read.code);
  };

  // ── On the way to the server ──
  const lookUp = (detail) => detail.requestConfig?.verb === "post" && detail.requestConfig.path === page.dataset.counter;
  const redeems = (detail) => detail.elt?.matches?.("[data-redeem]");
  const goesOn = (detail) => detail.requestConfig?.verb === "get" && detail.requestConfig.path === page.dataset.counter;

  page.addEventListener("htmx:beforeRequest", (event) => {
    const { detail } = event;
    if (lookUp(detail)) {
      const text = detail.requestConfig.parameters.code ?? "";
      current = { code: readCode(text).code ?? text, at: Date.now(), text };
    }
    if (theke.isUp()) return;
    event.preventDefault();
    withoutLine(detail);
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    page.addEventListener(name, (event) => {
      const { detail } = event;
      event.stopPropagation(); // said here, in the middle of the page, and not in a corner
      if (name === "htmx:responseError" && detail.xhr.status < 500) return;
      theke.lost();
      withoutLine(detail);
    });
  }
  const withoutLine = (detail) => {
    if (lookUp(detail)) askOffline(current.text);
    // The answer is lost, or the question: the key tells, when the line is back.
    else if (redeems(detail) && current) keep(detail.elt.elements.request_id.value);
    else if (redeems(detail)) theke.sayAtLens("say-tap-again");
    else if (goesOn(detail)) put("till-ask");
    else theke.sayAtLens("say-needs-line");
  };

  page.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target?.id !== "till") return;
    if (!xhr.responseText.includes('id="till"')) {
      // Signed out meanwhile, or another page altogether.
      event.detail.shouldSwap = false;
      location.assign(page.dataset.counter);
      return;
    }
    if (xhr.status >= 400 && xhr.status < 500) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  page.addEventListener("htmx:afterSettle", shown);

  // ── Taps on what lies in the page ──
  till.addEventListener("click", (event) => {
    const name = event.target.closest("[data-offline]")?.dataset.offline;
    if (name === "keep") keep(newKey());
    if (name === "next") put("till-ask");
  });
  till.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-ask]")) return;
    event.preventDefault();
    event.stopPropagation();
    take(event.target.elements.code.value);
  });
  theke.focus = focus;
  // The kept page has done its work: the real one has the shop's name and today's list.
  theke.sent = (left) => {
    const idle = ["ask", "kept"].includes(step()) && !till.querySelector("[name=code]")?.value;
    if (page.dataset.shell !== undefined && !left && idle) location.replace(page.dataset.counter);
  };

  // ── A hand scanner is a fast keyboard that knows nothing of focus ──
  let typed = "";
  let last = 0;
  const FAST = 120;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.matches?.("input:not([type=radio], [type=checkbox]), textarea, select")) return;
    const now = performance.now();
    if (now - last > FAST && event.key.length === 1) typed = "";
    if (event.key === "Enter" && typed.length >= 8 && now - last <= FAST * 3) {
      // Not for the button that has the focus: it belongs to the customer before.
      event.preventDefault();
      event.stopImmediatePropagation();
      const text = typed;
      typed = "";
      take(text);
      return;
    }
    if (event.key.length !== 1) return;
    if (event.key === " " && !typed) return; // presses the button that has the focus
    typed += event.key;
    last = now;
    const field = till.querySelector("[name=code]");
    if (field) {
      // By hand or by scanner: from here on the field takes it.
      field.focus();
      typed = "";
    } else {
      event.preventDefault();
    }
  }, true);

  showSound();
  sound.hidden = !("AudioContext" in window);
  addEventListener("DOMContentLoaded", () => {
    if (page.dataset.shell !== undefined) put("till-ask");
    else shown();
  });
}
