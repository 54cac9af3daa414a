// Shared time: the timer's clock, chips that fill in, and a form that keeps what was typed until it has arrived.
"use strict";

(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // ── The clock: from the server's count on, by the time that passes here ──
  const two = (number) => String(number).padStart(2, "0");
  for (const clock of all("[data-clock]")) {
    const started = Date.now() - Number(clock.dataset.clock) * 1000;
    const tick = () => {
      const seconds = Math.max(Math.floor((Date.now() - started) / 1000), 0);
      clock.textContent = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    };
    tick();
    setInterval(tick, 1000);
  }
  // Another phone may have stopped it while this page was out of sight.
  let left = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (one("[data-clock]") && Date.now() - left > 60_000) location.reload();
  });

  // ── What is typed stays on this device until it has arrived (docs/decisions/0028) ──
  const KEEP_MS = 14 * 24 * 3600 * 1000;
  const nameOf = (who, entry) => `shared-time:${who}:${entry}`;
  const read = (name) => {
    try {
      const kept = JSON.parse(localStorage.getItem(name));
      return kept && Date.now() - kept.at < KEEP_MS ? kept.fields : null;
    } catch {
      return null;
    }
  };
  const write = (name, fields) => {
    try {
      localStorage.setItem(name, JSON.stringify({ at: Date.now(), fields }));
    } catch {
      // A full or forbidden storage: the form works without it.
    }
  };
  const forget = (name) => {
    try {
      localStorage.removeItem(name);
    } catch {
      // Nothing was kept.
    }
  };
  for (const sent of all("[data-forget]")) forget(nameOf(sent.dataset.who, sent.dataset.forget));

  const form = () => one("form.entry");
  const isKept = () => form()?.dataset.entry;
  const keptName = () => nameOf(form().dataset.who, form().dataset.entry);
  const fieldsOf = (of) => {
    const fields = {};
    for (const [name, value] of new FormData(of)) if (name !== "csrfmiddlewaretoken") fields[name] = value;
    return fields;
  };
  const fill = (fields) => {
    for (const field of form().elements) {
      if (!field.name || field.name === "csrfmiddlewaretoken" || field.type === "submit") continue;
      if (field.type === "radio") field.checked = fields[field.name] === field.value;
      else if (field.name in fields) field.value = fields[field.name];
    }
    const details = field("companion_relation")[0]?.closest("details");
    if (details && fields.companion_relation) details.open = true;
  };
  const field = (name) => all(`[name="${name}"]`, form());
  const value = (name) => {
    const found = field(name);
    return found[0]?.type === "radio" ? (found.find((radio) => radio.checked)?.value ?? "") : (found[0]?.value ?? "");
  };
  const choose = (name, wanted) => {
    for (const radio of field(name)) radio.checked = radio.value === wanted;
  };

  // ── Minutes of the clock ──
  const minutes = (text) => {
    const found = /^(\d\d):(\d\d)/.exec(text);
    return found ? Number(found[1]) * 60 + Number(found[2]) : null;
  };
  const clock = (count) => `${two(Math.floor((((count % 1440) + 1440) % 1440) / 60))}:${two((((count % 60) + 60) % 60))}`;
  const lasting = () => {
    const from = minutes(value("starts"));
    const to = minutes(value("ends"));
    return from === null || to === null ? null : (to - from + 1440) % 1440;
  };
  const said = (count) => {
    const rest = count % 60;
    if (count < 60) return `${rest}\u00a0min`;
    return rest ? `${Math.floor(count / 60)}\u00a0h\u00a0${two(rest)}` : `${count / 60}\u00a0h`;
  };

  // Whether the start was meant; before that, a duration moves the start and leaves the end, which is about now.
  let startIsMeant = false;
  const setMinutes = (count) => {
    const from = minutes(value("starts"));
    const to = minutes(value("ends"));
    if (from !== null && (startIsMeant || to === null)) field("ends")[0].value = clock(from + count);
    else if (to !== null) field("starts")[0].value = clock(to - count);
  };

  const draw = () => {
    if (!form()) return;
    const category = value("category");
    for (const ideas of all("[data-ideas]")) ideas.hidden = ideas.dataset.ideas !== category;
    const press = (selector, isOn) => {
      for (const button of all(selector)) button.setAttribute("aria-pressed", String(isOn(button)));
    };
    const count = lasting();
    press("[data-day]", (button) => button.dataset.day === value("day"));
    press("[data-minutes]", (button) => Number(button.dataset.minutes) === count);
    press("[data-idea]", (button) => button.textContent.trim() === value("did").trim());
    const sum = one("[data-sum]");
    if (sum && count) {
      const coins = Math.floor(count / Number(form().dataset.rate));
      const about = coins === 1 ? sum.dataset.one : sum.dataset.many.replace("#", coins);
      sum.textContent = count < 15 || count > 240 ? said(count) : `${said(count)} · ${about}`;
    } else if (sum) sum.textContent = "";
  };

  document.addEventListener("click", (event) => {
    const press = (selector) => event.target.closest(selector);
    const again = press("[data-again]");
    const day = press("[data-day]");
    const length = press("[data-minutes]");
    const idea = press("[data-idea]");
    if (again) {
      event.preventDefault();
      choose("category", again.dataset.again);
      choose("who", again.dataset.againWho);
      field("category")[0].closest(".card").scrollIntoView({ block: "end" });
    } else if (day) field("day")[0].value = day.dataset.day;
    else if (length) setMinutes(Number(length.dataset.minutes));
    else if (idea) {
      field("did")[0].value = idea.textContent.trim();
      // As if typed: what is left of the text is counted anew.
      field("did")[0].dispatchEvent(new Event("input", { bubbles: true }));
      return;
    } else if (press("[data-drop]")) {
      forget(keptName());
      location.reload();
      return;
    } else return;
    form().dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("input", (event) => {
    if (!form()?.contains(event.target) && event.target !== form()) return;
    if (event.target.name === "starts") startIsMeant = true;
    // One person: whoever was named last is meant.
    if (event.target.name === "who") {
      choose("companion_relation", "");
      field("companion_name")[0].value = "";
    } else if (/^companion_/.test(event.target.name)) choose("who", "");
    draw();
    if (isKept()) write(keptName(), fieldsOf(form()));
  });

  // ── Sending: an answer that does not come leaves everything where it is ──
  const PATIENCE_MS = 20_000;
  const warn = (which) => {
    for (const notice of all("[data-unsent]")) notice.hidden = notice.dataset.unsent !== which;
    one(`[data-unsent="${which}"]`)?.scrollIntoView({ block: "center" });
  };
  const send = async (sent, button) => {
    write(keptName(), fieldsOf(sent));
    if (!navigator.onLine) {
      warn("offline");
      return;
    }
    const stop = new AbortController();
    const patience = setTimeout(() => stop.abort(), PATIENCE_MS);
    sent.dataset.sending = "yes";
    button?.setAttribute("aria-busy", "true");
    let isLeaving = false;
    try {
      const answer = await fetch(location.href, {
        method: "POST",
        body: new FormData(sent, button),
        headers: { "X-Requested-With": "fetch" },
        signal: stop.signal,
      });
      if (answer.headers.get("content-type")?.includes("json") && answer.ok) {
        const { go } = await answer.json();
        isLeaving = true;
        forget(keptName());
        location.assign(go);
      } else if (answer.status === 422) show(await answer.text());
      else if (answer.redirected) location.assign(answer.url);
      // The session has ended, or the page was open too long: it comes back with what was typed.
      else if (answer.status === 403) location.reload();
      else warn("slow");
    } catch {
      warn(navigator.onLine ? "slow" : "offline");
    } finally {
      clearTimeout(patience);
      if (!isLeaving) {
        delete sent.dataset.sending;
        button?.removeAttribute("aria-busy");
      }
    }
  };
  const show = (page) => {
    const drawn = new DOMParser().parseFromString(page, "text/html");
    one("main").replaceWith(document.adoptNode(one("main", drawn)));
    for (const count of all("[data-count]")) document.getElementById(count.dataset.count)?.dispatchEvent(new Event("input", { bubbles: true }));
    draw();
    scrollTo(0, 0);
    one("[data-focus]")?.focus();
  };
  // Before app.js: what goes by fetch is not to be marked as sent.
  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (!sent.matches("form.entry[data-entry]")) return;
    event.preventDefault();
    if (!sent.dataset.sending) send(sent, event.submitter);
  }, true);

  // ── Coming back to what was typed ──
  if (isKept()) {
    const kept = read(keptName());
    const drawn = fieldsOf(form());
    const isNews = (name) => name !== "key" && (kept[name] ?? "") !== (drawn[name] ?? "");
    // What the server has drawn with its refusals is what was typed last.
    // A day and a tile without a word are no text to come back to; the next time they would be the wrong ones.
    if (kept && !kept.did && !kept.learned) forget(keptName());
    else if (kept && !("typed" in form().dataset) && [...Object.keys(kept), ...Object.keys(drawn)].some(isNews)) {
      fill(kept);
      one("[data-kept]").hidden = false;
    }
  }
  if (form()) {
    for (const group of all("[data-ideas]")) one("#id_did")?.closest(".field")?.after(group);
    startIsMeant = Boolean(isKept() && form().dataset.entry !== "new");
    draw();
  }
})();
