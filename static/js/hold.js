/* Counts down how long a time is kept, warns two minutes before the end, and says when it is over.
   The page says the same without it: until when, and a button to keep it longer. */
"use strict";
document.querySelectorAll("[data-hold-seconds]").forEach((hold) => {
  // By the clock on the wall: the other one stands still while a laptop sleeps.
  const end = Date.now() + 1000 * Number(hold.dataset.holdSeconds);
  const clock = hold.querySelector("[data-hold-clock]");
  const extend = hold.querySelector("[data-hold-extend]");
  const warning = hold.querySelector("[data-hold-warning]");
  const over = hold.querySelector("[data-hold-over]");
  hold.querySelector("[data-hold-left]").hidden = false;

  function say(place) {
    if (!place.textContent) place.textContent = place.dataset.text;
    // From now on it stays in sight, however far down the page somebody types, and the field that
    // has the focus stays clear of it, with its label.
    hold.classList.add("hold--urgent");
    document.documentElement.style.scrollPaddingTop = `calc(${hold.offsetHeight}px + 5rem)`;
  }

  function show(left) {
    clock.textContent = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0");
  }

  function tick() {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    show(left);
    if (left > 0 && left <= 120) say(warning);
    if (left === 0) {
      warning.textContent = "";
      say(over);
      if (extend && extend !== document.activeElement) extend.remove();
      return;
    }
    setTimeout(tick, 1000);
  }
  show(Number(hold.dataset.holdSeconds));
  // A moment later, so that a screen reader knows the places before something is said in them.
  setTimeout(tick, 1000);
});
// A page that the back button brings back is asked for again, so that it never shows a hold that has ended.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
