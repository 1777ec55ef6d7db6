/* First-party page statistics: how long this page was visible, and which links out of it were followed.
   No third party, no dependency. Served as page.min.js, made by .ci/minify_beacon.py.

   The tag says what to do: data-to (where to tell), data-page (a signed name of the page), data-on (letters of what is
   measured besides visible time: l links to other hosts, f files, h shares, s scroll depth) and data-ask (tell nothing
   before a yes). A change of mind is heard at once: CustomEvent "leads:consent" on document, detail "yes" or "no". */
(function (d, w) {
  "use strict";
  var me = d.currentScript;
  if (!me || !navigator.sendBeacon || !w.crypto || !w.performance) return; // nothing is told, nothing breaks
  var set = me.dataset, on = set.on || "", said = "";
  // the view that is told of; "" while there is none
  var view = "", path, from, total, since, told, depth, timer;
  var FILE = /\.(pdf|docx?|xls[xm]?|pptx?|od[tsp]|rtf|csv|txt|zip|lzh|7z|rar|t?gz|tar|exe|msi|dmg|apk|epub|mp[34]|m4[av]|mov|wav|avi|wmv|webm|jtdc?|jww|dwg|dxf|ste?p|ige?s|stl|ics|vcf)$/i;
  var SHARE = /(^|\.)((twitter|x|threads|bsky|note)\.(com|net|app)\/(intent|share)|facebook\.com\/(sharer?|dialog)|line\.me\/(lineit|share|R\/(msg|share)|social-plugin)|b\.hatena\.ne\.jp\/(entry|add|my\/add|bookmarklet)|linkedin\.com\/(shar|cws)|reddit\.com\/submit|t\.me\/share|wa\.me\/|whatsapp\.com\/send|tumblr\.com\/(widgets\/)?share|getpocket\.com\/(edit|save)|pinterest\.[a-z.]+\/pin\/create)/i;

  function allowed() {
    var answer = said;
    try {
      answer = answer || (/(?:^|; )leads_consent=(yes|no)/.exec(d.cookie) || "")[1];
    } catch (error) { // a sandboxed frame
      return false;
    }
    return answer === "yes" || answer !== "no" && !set.ask;
  }
  function now() { return performance.now(); }
  function spent() { return Math.round(total + (since < 0 ? 0 : now() - since)); }
  function look() {
    var page = d.documentElement;
    if (/s/.test(on)) depth = Math.max(depth || 0, Math.min(100, Math.round(100 * (w.pageYOffset + page.clientHeight) / page.scrollHeight)));
  }
  // all figures are cumulative, so a message may be lost, doubled or late
  function send(last, kind, target) {
    var ms = spent();
    if (!view || !last && !kind && ms === told) return;
    if (!allowed()) return stop();
    look();
    told = ms;
    navigator.sendBeacon(set.to, JSON.stringify({
      v: view, t: ms, s: depth, p: set.page || "", u: path, r: from, e: last ? 1 : 0, k: kind, x: target
    }));
  }
  // while visible: when the time has nearly doubled, so that a killed tab loses less than half of it
  function tick() {
    clearTimeout(timer);
    timer = setTimeout(function () { send(); tick(); }, Math.max(1100, spent() * .8));
  }
  function show() {
    if (!view || since >= 0) return;
    since = now();
    if (told < 0) send();
    tick();
  }
  function hide() {
    clearTimeout(timer);
    if (since >= 0) total += now() - since;
    since = -1;
  }
  function stop() {
    hide();
    view = "";
  }
  function begin(referrer) {
    view = "";
    if (!allowed()) return;
    [].forEach.call(crypto.getRandomValues(new Uint32Array(2)), function (number) {
      view += (number + 4294967296).toString(16).slice(1);
    });
    path = location.pathname + location.search;
    from = referrer;
    total = 0;
    since = told = -1;
    depth = undefined;
    turned();
  }
  function turned() {
    // a tab in the background says at once that it is there (the server has counted it); its time begins when it is seen
    if (d.visibilityState === "visible") return show();
    hide();
    send();
  }
  function start() { begin(d.referrer); }
  function clicked(event) {
    var at = event.composedPath ? event.composedPath()[0] : event.target, kind, target;
    var link = event.button < 2 && event.detail < 2 && at.closest && at.closest("a[href],area[href]");
    if (!link || !link.protocol) return;
    target = link.protocol + "//" + link.host + link.pathname;
    if (/^mailto:\?/.test(link.href)) {
      kind = "h";
      target = "mailto:";
    } else if (/^http/.test(target)) {
      kind = link.host !== location.host && SHARE.test(link.host + link.pathname) ? "h"
        : FILE.test(link.pathname) || link.hasAttribute("download") ? "f"
        : link.host !== location.host ? "l" : "";
    }
    if (kind && on.indexOf(kind) >= 0) send(0, kind, target);
  }

  d.addEventListener("visibilitychange", turned);
  d.addEventListener("leads:consent", function (event) {
    said = event.detail;
    if (!allowed()) stop();
    else if (!view) start();
  });
  w.addEventListener("pagehide", function () {
    hide();
    send(1);
    view = "";
  });
  w.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    said = ""; // the answer may have changed meanwhile
    begin("");
  });
  w.addEventListener("scroll", look, { passive: true });
  if (/[lfh]/.test(on)) {
    d.addEventListener("click", clicked, true);
    d.addEventListener("auxclick", clicked, true);
  }
  if (d.prerendering) d.addEventListener("prerenderingchange", start, { once: true });
  else start();
})(document, window);
