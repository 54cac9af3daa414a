// Signing in by finger, face or PIN: asks the browser for the passkey and sends its answer with the form.
// Without JavaScript or in an old browser the forms stay hidden; the password is always there.
"use strict";

// A block of its own: names of app.js are known here too.
{
  const forms = document.querySelectorAll("form[data-passkey]");
  const known = window.webauthnJSON?.supported();

  const optionsOf = async (form) => {
    if (form.dataset.passkeyOptions) return JSON.parse(document.getElementById(form.dataset.passkeyOptions).textContent);
    const answer = await fetch(form.dataset.passkeyFrom, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`no options: ${answer.status}`);
    return answer.json();
  };

  const WHY = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known", SecurityError: "address" };

  const complain = (form, error) => {
    const box = form.querySelector("[data-passkey-error]");
    const why = WHY[error.name] ?? "other";
    for (const text of box.querySelectorAll("[data-when]")) text.hidden = text.dataset.when !== why;
    box.hidden = false;
  };

  for (const form of forms) {
    form.hidden = !known;
    if (!known) continue;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button[type=submit]");
      if (button.getAttribute("aria-busy")) return;
      button.setAttribute("aria-busy", "true");
      try {
        const options = await optionsOf(form);
        const credential =
          form.dataset.passkey === "create"
            ? await window.webauthnJSON.create(options.creation_options)
            : await window.webauthnJSON.get(options.request_options);
        form.elements.credential.value = JSON.stringify(credential);
        const own = form.querySelector("[data-passkey-remember]");
        if (own) own.value = document.getElementById(own.dataset.passkeyRemember).checked ? "yes" : "";
        form.submit();
      } catch (error) {
        complain(form, error);
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  }
  for (const text of document.querySelectorAll("[data-passkey-missing]")) text.hidden = Boolean(known);
}
