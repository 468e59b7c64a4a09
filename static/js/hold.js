/* Counts down how long a time is kept, warns two minutes before the end, and says when it is over.
   The page says the same without it: until when, and a button to keep it longer. */
"use strict";
document.querySelectorAll("[data-hold-seconds]").forEach((hold) => {
  const end = performance.now() + 1000 * Number(hold.dataset.holdSeconds);
  const clock = hold.querySelector("[data-hold-clock]");
  hold.querySelector("[data-hold-left]").hidden = false;

  function say(place) {
    if (!place.textContent) place.textContent = place.dataset.text;
  }

  function tick() {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    clock.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
    if (left > 0 && left <= 120) say(hold.querySelector("[data-hold-warning]"));
    if (left === 0) {
      hold.querySelector("[data-hold-warning]").textContent = "";
      say(hold.querySelector("[data-hold-over]"));
      return;
    }
    setTimeout(tick, 1000);
  }
  tick();
});
// A page that the back button brings back is asked for again, so that it never shows a hold that has ended.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
