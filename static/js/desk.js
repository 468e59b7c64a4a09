// Keyboard shortcuts of the desk: single letters, never while typing, and they can be switched off.
// A button with data-shortcut-twice wants its letter twice within three seconds.
(() => {
  "use strict";
  const KEY = "desk-shortcuts";
  const form = document.querySelector("[data-shortcuts]");
  const box = document.getElementById("shortcuts");
  if (!form) return;

  const stored = () => {
    try { return localStorage.getItem(KEY) !== "off"; } catch { return true; }
  };
  form.hidden = false;
  box.checked = stored();
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEY, box.checked ? "on" : "off"); } catch { /* Kept for this page only. */ }
  });

  // What a wrong key must not do is done by the second of two presses; the first shows the button.
  const TWICE = 3000;
  let first = { id: null, at: 0 };
  const isSecond = (button) => {
    const second = first.id === button.form.action && Date.now() - first.at < TWICE;
    first = { id: button.form.action, at: Date.now() };
    button.focus();
    return second;
  };

  let pressed = false;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (!box.checked || typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = document.querySelector(`[data-shortcut="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!button || pressed) return;
    if ("shortcutTwice" in button.dataset && !isSecond(button)) return;
    pressed = true;
    button.click();
  });

  // A double click is one press.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    pressed = false;
    for (const sent of document.querySelectorAll("[data-sent]")) delete sent.dataset.sent;
  });
})();
