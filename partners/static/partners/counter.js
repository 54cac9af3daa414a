// The counter answers in place: refusals are swapped in like every other answer, so that they are read aloud.
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target?.id !== "till" || xhr.status < 400 || xhr.status >= 500) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});
