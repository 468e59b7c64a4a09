/* Gives the proof of work that a page asks for (components/too_fast.html) and sends its form.
   ALTCHA's widget gets the challenge and solves it in workers; nobody has to do anything. */
const place = document.querySelector("[data-proof]");
const widget = document.querySelector("altcha-widget");

// Without `crypto.subtle`, on a page without TLS, the browser cannot: the page says to wait.
if (place && globalThis.crypto.subtle) {
  globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker(place.dataset.worker));
  place.querySelector("[data-proof-works]").hidden = false;
  widget.addEventListener("verified", () => {
    if ("goesOn" in place.dataset) widget.closest("form").requestSubmit();
  });
}
