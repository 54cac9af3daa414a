// A QR scanned with a phone's camera: the token stands behind the # and never reached the server.
// At a signed-in counter it goes into the form; nothing is sent before somebody taps.
"use strict";

const token = location.hash.slice(1);
const form = document.getElementById("scan-form");
if (form && /^[0-9a-f]{32}$/.test(token)) {
  form.elements.code.value = token;
  form.hidden = false;
  document.getElementById("scan-typing")?.remove();
}
