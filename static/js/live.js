// Keeps a part of the page as it is on the server. Markup:
//   <div data-live="/live/…" data-source="/page/" data-live-every="60">  the part; its page is asked
//     for the fragment (HX-Request) whenever the stream says "changed". data-live-every: and each 60 s.
//   [data-live-status], [data-live-alert]   what is said to screen readers: data-news of the fragment,
//     at most each 30 s; and data-news at once when its data-alert changes.
//   [data-live-lost]    shown while the part may be out of date
// Without a stream it asks each 5 seconds. What fails is tried again after 5 seconds, 10, 20, up to a
// minute; the page is left only when the server says that it is no longer for this reader.
(() => {
  "use strict";
  const part = document.querySelector("[data-live]");
  if (!part) return;

  const POLL = 5000;
  const QUIET = 40000; // The stream beats each 15 s.
  const SAY = 30000;
  const SLOWEST = 60000;
  const NOT_FOR_YOU = [401, 403, 410];
  const source = part.dataset.source || location.href;
  const lost = document.querySelector("[data-live-lost]");
  const status = document.querySelector("[data-live-status]");
  const alarm = document.querySelector("[data-live-alert]");
  let shown = part.innerHTML;
  let stream = null;
  let streaming = false;
  let heard = Date.now();
  let asking = false;
  let again = false;
  let failures = 0;
  let retry = null;
  let alerted = null;
  let said = { text: null, at: 0, later: null };

  const show = (connection) => {
    document.body.dataset.connection = connection;
    if (lost) lost.hidden = connection !== "lost";
  };

  const replace = (html) => {
    if (html === shown) return;
    shown = html;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = html;
    const successor = focused && document.getElementById(focused);
    if (successor) successor.focus();
    announce(true);
    part.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
  };

  const announce = (aloud) => {
    const titled = part.querySelector("[data-title]");
    if (titled) document.title = titled.dataset.title;
    const called = part.querySelector("[data-alert]");
    const key = called ? called.dataset.alert : null;
    if (aloud && called && key !== alerted && alarm) {
      alarm.textContent = called.dataset.news;
      if (navigator.vibrate) navigator.vibrate([300, 100, 300]);
    }
    alerted = key;
    const news = part.querySelector("[data-news]");
    if (!aloud) said.text = news && news.dataset.news;
    else if (news && status && !called) say(news.dataset.news);
  };

  const say = (text) => {
    clearTimeout(said.later);
    if (text === said.text) return;
    const wait = said.at + SAY - Date.now();
    if (wait > 0) {
      // What was said is not true any more; nothing is said of that.
      status.textContent = "";
      said.later = setTimeout(() => say(text), wait);
      return;
    }
    status.textContent = text;
    said = { text, at: Date.now(), later: null };
  };

  const tryLater = () => {
    show("lost");
    const wait = Math.min(POLL * 2 ** failures, SLOWEST);
    failures += 1;
    retry = setTimeout(askNow, wait * (0.8 + Math.random() * 0.4));
  };

  const askNow = () => {
    clearTimeout(retry);
    retry = null;
    ask();
  };

  const ask = async () => {
    if (retry) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(source, {
        headers: { "HX-Request": "true" },
        cache: "no-store",
        signal: AbortSignal.timeout(10000),
      });
      if (answer.ok && !answer.redirected) {
        replace(await answer.text());
        failures = 0;
        show(streaming ? "live" : "polling");
      } else if (answer.redirected || NOT_FOR_YOU.includes(answer.status)) {
        // Signed out or revoked: the whole page says so.
        location.assign(source);
        return;
      } else {
        tryLater();
      }
    } catch {
      tryLater();
    }
    asking = false;
    if (again) {
      again = false;
      ask();
    }
  };

  const hear = () => {
    heard = Date.now();
    streaming = true;
  };

  const open = () => {
    if (stream) stream.close();
    stream = new EventSource(part.dataset.live);
    stream.addEventListener("open", hear);
    stream.addEventListener("beat", hear);
    stream.addEventListener("changed", () => {
      hear();
      ask();
    });
    stream.addEventListener("error", () => {
      streaming = false;
    });
  };

  // A phone that slept has heard nothing: its timers stood still.
  let reopened = Date.now();
  const watch = () => {
    if (streaming && Date.now() - heard > QUIET) streaming = false;
    if (!streaming) {
      ask();
      if (stream.readyState !== EventSource.CONNECTING && Date.now() - reopened > 6 * POLL) {
        reopened = Date.now();
        open();
      }
    }
  };

  announce(false);
  open();
  setInterval(watch, POLL);
  if (part.dataset.liveEvery) setInterval(ask, Number(part.dataset.liveEvery) * 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) askNow();
  });
  window.addEventListener("pagehide", () => stream.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) open();
  });
})();
