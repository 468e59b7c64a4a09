/* Remembers on this device what has been ticked off for a visit. A thing whose words change is to be
   ticked again. The page works without it: boxes can be ticked, and the list printed. */
"use strict";
document.querySelectorAll("[data-checklist]").forEach((list) => {
  const key = "checklist:" + list.dataset.checklist;
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  const words = (box) => box.labels[0].textContent;

  function ticked() {
    try {
      return JSON.parse(localStorage.getItem(key)) || [];
    } catch {
      return [];
    }
  }

  function keep() {
    localStorage.setItem(key, JSON.stringify(boxes.filter((box) => box.checked).map(words)));
  }

  const before = ticked();
  boxes.forEach((box) => { box.checked = box.checked || before.includes(words(box)); });
  try {
    keep();
    list.addEventListener("change", keep);
    list.querySelector("[data-checklist-note]").hidden = false;
  } catch { /* Where nothing may be stored, the boxes are only there to be ticked. */ }

  const print = list.querySelector("[data-checklist-print]");
  print.hidden = false;
  print.querySelector("button").addEventListener("click", () => window.print());
});
