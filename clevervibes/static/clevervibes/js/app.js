// Small helps on top of pages that work without them.
"use strict";

document.documentElement.classList.add("js");

const all = (selector, root = document) => root.querySelectorAll(selector);

// ── A form is sent once, however often somebody taps ──
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.matches("[hx-post], [hx-get], [data-many]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Not disabled: a disabled button would leave its name out of what is sent.
  event.submitter?.setAttribute("aria-busy", "true");
});
// Coming back with the browser's button shows the page as it was left, spinner included.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of all("form[data-sent]")) delete form.dataset.sent;
  for (const button of all("button[aria-busy]")) button.removeAttribute("aria-busy");
});

// ── Signing out empties the device; what a counter still has to book is booked first ──
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-sign-out]") || !Number(localStorage.getItem("theke.waiting"))) return;
  // Once: nobody is kept from leaving by what cannot be booked.
  if (sessionStorage.getItem("theke.leaving")) return;
  sessionStorage.setItem("theke.leaving", "yes");
  event.preventDefault();
  location.assign("/theke/");
});

// ── Clicks that need a little more than a link ──
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  const around = event.target.closest("dialog");
  if (around && (event.target === around || event.target.closest("[data-close]"))) around.close();

  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
  if (event.target.closest("[data-print]")) print();

  const reveal = event.target.closest("[data-reveal]");
  if (reveal) {
    const field = document.getElementById(reveal.dataset.reveal);
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(shown));
  }

  const copy = event.target.closest("[data-copy]");
  if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => copy.setAttribute("data-copied", ""));

  const share = event.target.closest("[data-share]");
  // Whoever closes the phone's sheet without sending has not failed.
  if (share) navigator.share({ url: share.dataset.share }).catch(() => {});

  const fill = event.target.closest("[data-fill]");
  if (fill) {
    event.preventDefault();
    document.getElementById(fill.dataset.fill).value = fill.dataset.value;
    document.getElementById(fill.dataset.then)?.focus();
  }

  for (const menu of all("[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of all("[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// ── Fields: what is left of a text, the dash of a code, filters that need no button ──
const count = (output) => {
  const field = document.getElementById(output.dataset.count);
  output.textContent = `${field.value.length} / ${output.dataset.max}`;
};
document.addEventListener("input", (event) => {
  for (const output of all(`[data-count="${CSS.escape(event.target.id)}"]`)) count(output);
  if (event.target.matches("[data-code]")) {
    const typed = event.target.value.toUpperCase().replace(/[^A-Z0-9]/g, "").slice(0, 8);
    event.target.value = typed.length > 4 ? `${typed.slice(0, 4)}-${typed.slice(4)}` : typed;
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// ── Toasts leave by themselves, but wait while somebody reads them; errors stay ──
const READING_TIME = 7000;
const startToast = (toast) => {
  if (toast.dataset.started || toast.matches(".toast--error")) return;
  toast.dataset.started = "yes";
  let timer;
  const run = () => { timer = setTimeout(() => toast.remove(), READING_TIME); };
  const wait = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, wait);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, run);
  run();
};

const prepare = (root) => {
  for (const output of all("[data-count]", root)) count(output);
  for (const button of all("[data-reveal]", root)) button.hidden = false;
  for (const button of all("[data-share]", root)) button.hidden = !navigator.share;
  for (const toast of all("[data-toast]", root)) startToast(toast);
  all("[data-focus]", root)[0]?.focus();
};
prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.target));

// ── An answer that did not come is said, not swallowed ──
const complain = () => {
  const template = document.getElementById("toast-offline");
  if (template) document.getElementById("toasts")?.append(template.content.cloneNode(true));
};
document.addEventListener("htmx:sendError", complain);
document.addEventListener("htmx:responseError", complain);

// Without a connection there is nothing to register; what was kept before goes on.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
