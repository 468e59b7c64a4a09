// The kiosk starts again after a minute without a touch, and says so fifteen seconds before.
// Without scripts a meta refresh does it.
(() => {
  "use strict";
  const warning = document.getElementById("idle");
  const WARN = 45000;
  const RESET = 60000;
  let touched = Date.now();

  const touch = () => {
    touched = Date.now();
    if (warning && warning.open) warning.close();
  };
  const watch = () => {
    const idle = Date.now() - touched;
    if (idle >= RESET) location.replace(warning.dataset.start);
    else if (idle >= WARN && !warning.open) warning.showModal();
  };

  if (warning) {
    for (const kind of ["pointerdown", "keydown", "scroll"]) {
      document.addEventListener(kind, touch, { passive: true, capture: true });
    }
    setInterval(watch, 1000);
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // The next customer must not come back to this page with what was typed on it.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
