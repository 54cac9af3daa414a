// The device's camera in the page. What it reads goes to theke.seen; nothing of a picture ever leaves the device.
"use strict";

{
  const lens = document.getElementById("lens");
  const video = document.getElementById("lens-video");
  const says = document.getElementById("lens-says");
  const button = (name) => lens.querySelector(`[data-lens="${name}"]`);
  const REMEMBER = "theke.camera";
  const EVERY = 90; // milliseconds between two looks, if the last one is through
  const WIDE = 640;
  const CLOSE = 480;

  let stream = null;
  let starting = false;
  let wanted = false; // by the person; a hidden tab stops the camera without changing this
  let looking = false;
  let facing = "environment";
  let turn = 0;
  let failed = 0;
  let read = null; // a function: canvas → promise of a text or ""

  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });

  const detector = async () => {
    if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats().catch(() => [])).includes("qr_code")) {
      const own = new BarcodeDetector({ formats: ["qr_code"] });
      return async () => (await own.detect(canvas))[0]?.rawValue ?? "";
    }
    const worker = new Worker(lens.dataset.worker);
    worker.postMessage({ decoder: lens.dataset.decoder });
    return () =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = reject;
        const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
        worker.postMessage({ pixels: data, width, height }, [data.buffer]);
      });
  };

  // The whole picture and its middle by turns: a code far away needs the pixels, one close up the room.
  const draw = () => {
    const { videoWidth: w, videoHeight: h } = video;
    turn += 1;
    if (turn % 2) {
      const scale = Math.min(1, WIDE / Math.max(w, h));
      canvas.width = Math.round(w * scale);
      canvas.height = Math.round(h * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
    } else {
      const side = Math.min(w, h);
      const cut = side * 0.7;
      canvas.width = canvas.height = Math.round(Math.min(CLOSE, cut));
      context.drawImage(video, (w - cut) / 2, (h - cut) / 2, cut, cut, 0, 0, canvas.width, canvas.height);
    }
  };

  const look = async () => {
    if (!stream || looking) return;
    looking = true;
    try {
      if (theke.mayScan() && video.readyState >= 2 && video.videoWidth) {
        draw();
        const text = await read();
        failed = 0;
        // Asked again: a tap may have come while the picture was read.
        if (text && theke.mayScan()) theke.seen(text);
      }
    } catch {
      // One picture that could not be read, the next one comes at once; many: it is not the picture.
      failed += 1;
      if (failed > 10) {
        stop();
        say("camera-busy");
      }
    } finally {
      looking = false;
      if (stream) setTimeout(look, EVERY);
    }
  };

  const say = (name) => {
    says.replaceChildren();
    if (name) says.append(document.getElementById(name).content.cloneNode(true));
  };

  const show = () => {
    lens.dataset.on = stream ? "yes" : "no";
    button("start").hidden = Boolean(stream);
    for (const name of ["stop", "torch", "turn"]) button(name).hidden = !stream;
    if (!stream) return;
    const track = stream.getVideoTracks()[0];
    button("torch").hidden = !track.getCapabilities?.().torch;
    button("torch").setAttribute("aria-pressed", "false");
    navigator.mediaDevices.enumerateDevices().then((devices) => {
      button("turn").hidden = devices.filter((device) => device.kind === "videoinput").length < 2;
    });
  };

  const WHY = { NotAllowedError: "camera-refused", SecurityError: "camera-refused", NotFoundError: "camera-none", OverconstrainedError: "camera-none" };

  const start = async () => {
    if (stream || starting) return;
    starting = true;
    say("");
    try {
      const video = { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } };
      stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      starting = false;
      say(navigator.mediaDevices ? WHY[error.name] || "camera-busy" : "camera-none");
      show();
      return;
    }
    starting = false;
    if (!wanted || document.hidden) {
      stop();
      return;
    }
    // Pulled out or taken by another program.
    stream.getVideoTracks()[0].addEventListener("ended", () => { stop(); say("camera-busy"); });
    video.srcObject = stream;
    await video.play().catch(() => {});
    read ||= await detector();
    show();
    look();
  };

  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    show();
  };

  const want = (on) => {
    wanted = on;
    localStorage.setItem(REMEMBER, on ? "on" : "off");
    if (on) start();
    else stop();
  };

  lens.addEventListener("click", (event) => {
    const name = event.target.closest("[data-lens]")?.dataset.lens;
    if (name === "start") want(true);
    if (name === "stop") want(false);
    if (name === "turn") {
      facing = facing === "environment" ? "user" : "environment";
      stop();
      start();
    }
    if (name === "torch") {
      const on = button("torch").getAttribute("aria-pressed") !== "true";
      stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] })
        .then(() => button("torch").setAttribute("aria-pressed", String(on)))
        .catch(() => {});
    }
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stop();
    else if (wanted) start();
  });

  theke.sayAtLens = say;
  lens.hidden = false;
  show();
  if (localStorage.getItem(REMEMBER) === "on") want(true);
}
