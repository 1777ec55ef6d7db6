/* Brings a form up after some time, or when so much of the page was read; not again for days, and never once it was sent.
   That it came up is kept in this browser only (localStorage). Without storage it never comes: it would come each time. */
(function (d, w) {
  "use strict";
  var me = d.currentScript;
  if (!me || !w.HTMLDialogElement || !w.fetch || !w.Promise) return;
  var set = me.dataset, key = "leads-pop-up-" + set.name, isDue, isDone, timer;

  function kept() {
    try {
      localStorage.setItem(key + "-try", "1");
      localStorage.removeItem(key + "-try");
      return localStorage.getItem(key) || "0";
    } catch (error) {
      return "sent";
    }
  }
  function keep(what) {
    try {
      localStorage.setItem(key, what);
    } catch (error) { /* full */ }
  }
  function isFree() {
    var last = kept();
    return last !== "sent" && Date.now() - last >= set.days * 864e5;
  }
  // not over the notice or another dialog, not while somebody types, not in a tab that nobody sees
  function isQuiet() {
    var notice = d.getElementById("leads-notice"), at = d.activeElement;
    return !(notice && !notice.hidden) && !d.querySelector("dialog[open]") && d.visibilityState === "visible"
      && !(at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
  }
  function style(address) {
    return new Promise(function (done) {
      var link = d.createElement("link");
      if (d.querySelector('link[href="' + address + '"]')) return done();
      link.rel = "stylesheet";
      link.href = address;
      link.onload = link.onerror = done;
      d.head.appendChild(link);
    });
  }
  function due() {
    if (isDone || !isDue) return;
    clearTimeout(timer);
    if (!isQuiet()) {
      timer = setTimeout(due, 1000);
      return;
    }
    isDone = true;
    if (!isFree()) return; // another tab was quicker
    fetch(set.from, { credentials: "same-origin" }).then(function (answer) {
      if (answer.status === 204) keep("sent");
      return answer.status === 200 ? answer.text() : "";
    }).then(function (html) {
      if (html) return Promise.all([style(set.formLook), style(set.look)]).then(function () { show(html); });
    }).catch(function () {});
  }
  function show(html) {
    var box = d.createElement("template"), dialog, form;
    box.innerHTML = html;
    dialog = box.content.querySelector("dialog");
    if (!dialog) return;
    if (!isQuiet()) { // meanwhile
      isDone = false;
      timer = setTimeout(due, 1000);
      return;
    }
    d.body.appendChild(dialog);
    form = dialog.querySelector("form[data-leads]");
    form.addEventListener("input", function () { dialog.typed = true; });
    form.addEventListener("submit", function () { keep("sent"); });
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog && !dialog.typed) dialog.close();
    });
    dialog.addEventListener("close", function () { dialog.remove(); });
    keep(String(Date.now()));
    dialog.showModal();
    if (w.leadsForms) return w.leadsForms(form);
    var script = d.createElement("script");
    script.src = set.form;
    d.body.appendChild(script);
  }
  function scrolled() {
    var page = d.documentElement;
    if (100 * (w.pageYOffset + page.clientHeight) < set.scroll * page.scrollHeight) return;
    if (page.scrollHeight <= page.clientHeight * 1.2) return; // a page that is seen whole at once: by time only
    isDue = true;
    due();
  }
  // a gated part has its own form on this page
  if (!isFree() || d.querySelector(".leads-gated form")) return;
  setTimeout(function () {
    isDue = true;
    due();
  }, set.seconds * 1000);
  if (+set.scroll) w.addEventListener("scroll", scrolled, { passive: true });
})(document, window);
