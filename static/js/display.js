// The lobby screen's clock, by the server's time, and its chime.
(() => {
  "use strict";
  let ahead = 0; // How far the server's clock is ahead of this screen's.
  let newest = null;
  let sound = null;

  const readClock = () => {
    const clock = document.querySelector("[data-clock]");
    if (clock) ahead = Number(clock.dataset.clock) * 1000 - Date.now();
  };
  const tick = () => {
    const clock = document.querySelector("[data-clock]");
    if (!clock) return;
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: clock.dataset.zone, hour: "numeric", minute: "2-digit", hour12: false,
    }).formatToParts(new Date(Date.now() + ahead));
    const of = (type) => parts.find((part) => part.type === type).value;
    clock.textContent = `${Number(of("hour"))}.${of("minute")}`;
  };

  const chime = () => {
    if (!sound) return;
    [660, 880].forEach((frequency, index) => {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      const at = sound.currentTime + index * 0.25;
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.2, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
      tone.connect(volume).connect(sound.destination);
      tone.start(at);
      tone.stop(at + 0.5);
    });
  };
  const listen = (aloud) => {
    const call = document.querySelector("[data-call]");
    const key = call ? call.dataset.call : null;
    if (aloud && key && key !== newest) chime();
    newest = key;
  };

  // Browsers allow sound only after a press, so it is off until somebody turns it on.
  const button = document.querySelector("[data-sound]");
  if (button && window.AudioContext) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (sound) sound.close();
      sound = sound ? null : new AudioContext();
      button.setAttribute("aria-pressed", String(Boolean(sound)));
      chime();
    });
  }

  readClock();
  listen(false);
  setInterval(tick, 1000);
  document.addEventListener("live:changed", () => {
    readClock();
    listen(true);
  });
})();
