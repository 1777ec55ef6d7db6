/* First-party page statistics: how long this page was visible. No cookies read, no third party, no dependency. */
(function () {
  "use strict";
  var me = document.currentScript, d = document, w = window;
  if (!me || !navigator.sendBeacon || navigator.webdriver === undefined && !w.performance) return;
  var to = me.dataset.to, page = me.dataset.page || "", view, total, since, sent, depth, next, timer;

  function id() {
    var bytes = new Uint8Array(8), text = "";
    (w.crypto || w.msCrypto).getRandomValues(bytes);
    bytes.forEach(function (b) { text += (b + 256).toString(16).slice(1); });
    return text;
  }
  function visible() { return Math.round(total + (since === null ? 0 : performance.now() - since)); }
  function send(final, first) {
    var ms = visible();
    if (!first && !final && ms === sent) return;
    sent = ms;
    navigator.sendBeacon(to, JSON.stringify({
      v: view, t: ms, s: depth, p: page, u: location.pathname + location.search,
      r: first ? d.referrer : "", e: final ? 1 : 0
    }));
  }
  function checkpoint() {
    clearTimeout(timer);
    timer = setTimeout(function () { if (since !== null) { send(0); next *= 2; checkpoint(); } }, next);
  }
  function scrolled() {
    var e = d.documentElement, room = e.scrollHeight - e.clientHeight;
    depth = Math.max(depth, room > 0 ? Math.min(100, Math.round(100 * (w.scrollY || 0) / room)) : 100);
  }
  function show() { if (since === null) { since = performance.now(); checkpoint(); } }
  function hide() { if (since !== null) { total += performance.now() - since; since = null; clearTimeout(timer); } }
  function begin() {
    view = id(); total = 0; since = null; sent = -1; depth = 0; next = 1500;
    scrolled();
    if (d.visibilityState === "visible") { show(); send(0, 1); }
    else d.addEventListener("visibilitychange", function once() {
      if (d.visibilityState !== "visible") return;
      d.removeEventListener("visibilitychange", once); show(); send(0, 1);
    });
  }
  function start() {
    begin();
    d.addEventListener("visibilitychange", function () {
      if (d.visibilityState === "hidden") { hide(); if (sent >= 0) send(0); } else if (sent >= 0) show();
    });
    w.addEventListener("pagehide", function () { hide(); if (sent >= 0) send(1); });
    w.addEventListener("pageshow", function (event) { if (event.persisted) begin(); });
    w.addEventListener("scroll", scrolled, { passive: true });
  }
  if (d.prerendering) d.addEventListener("prerenderingchange", start, { once: true }); else start();
})();
