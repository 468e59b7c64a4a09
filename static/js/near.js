/* A button that asks the browser for a position and sends it, rounded to about a kilometre, to be
   answered with the name of the nearest municipality. Without it people write the name. */
"use strict";
document.querySelectorAll("[data-near]").forEach((place) => {
  if (!navigator.geolocation) return;
  const form = document.querySelector("[data-near-form]");
  const said = document.querySelector("[data-near-said]");
  const ask = place.querySelector("[data-near-ask]");
  const rounded = (degrees) => degrees.toFixed(2);

  function send({ coords }) {
    form.elements.latitude.value = rounded(coords.latitude);
    form.elements.longitude.value = rounded(coords.longitude);
    form.submit();
  }

  function sayWhyNot() {
    ask.disabled = false;
    said.textContent = said.dataset.text;
  }

  ask.addEventListener("click", () => {
    ask.disabled = true;
    said.textContent = "";
    navigator.geolocation.getCurrentPosition(send, sayWhyNot, { timeout: 15000, maximumAge: 600000 });
  });
  place.hidden = false;
});
