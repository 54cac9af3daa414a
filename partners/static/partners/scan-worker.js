// Looks for a QR code in the pictures it is sent, beside the page, so that no tap has to wait for it.
"use strict";

onmessage = ({ data }) => {
  if (data.decoder) {
    importScripts(data.decoder);
    return;
  }
  // Ours are dark on white in every theme; looking for light ones, too, would take twice as long.
  const found = jsQR(data.pixels, data.width, data.height, { inversionAttempts: "dontInvert" });
  postMessage(found ? found.data : "");
};
