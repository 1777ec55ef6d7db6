/* Forms of this page: were they seen, begun, left half filled in (the name of the last field, never what is in it); and
   for whom we know, the shorter form. No third party, no dependency; without it every form works as a whole.
   A form says what to do: data-tell (where to), data-ask (tell nothing before a yes), data-mine (address of the shorter form). */
(function (d, w) {
  "use strict";
  if (w.leadsForms) return; // several forms bring the script several times
  var forms = [], view, stranger;

  function renew() {
    view = "";
    [].forEach.call(crypto.getRandomValues(new Uint32Array(2)), function (number) {
      view += (number + 4294967296).toString(16).slice(1);
    });
  }
  function allowed(form) {
    var answer = "";
    try {
      answer = (/(?:^|; )leads_consent=(yes|no)/.exec(d.cookie) || [])[1];
    } catch (error) { // a sandboxed frame
      return false;
    }
    return answer === "yes" || answer !== "no" && !form.dataset.ask;
  }
  function tell(one, kind) {
    var to = one.form.dataset.tell;
    if (!to || !navigator.sendBeacon || !allowed(one.form)) return;
    navigator.sendBeacon(to, JSON.stringify({
      t: one.form.getAttribute("action").split("/").pop(), k: kind, v: view, f: kind === "left" ? one.last : "", p: location.pathname
    }));
  }
  function near(form, margin, done) {
    if (!w.IntersectionObserver) return;
    var eye = new IntersectionObserver(function (places) {
      if (done(places.some(function (place) { return place.isIntersecting; }))) eye.disconnect();
    }, { rootMargin: margin });
    eye.observe(form);
  }
  function shorten(one) {
    if (stranger || !w.fetch) return;
    fetch(one.form.dataset.mine, { credentials: "same-origin" }).then(function (answer) {
      if (answer.status !== 200) stranger = true; // nobody we know: no other form of the page asks
      return stranger ? "" : answer.text();
    }).then(function (html) {
      var box = d.createElement("template"), whole = one.form, short;
      if (!html || one.begun || whole.contains(d.activeElement)) return;
      box.innerHTML = html;
      short = box.content.querySelector("form");
      if (!short) return;
      whole.replaceWith(short);
      watch(short);
      var back = short.querySelector("[data-whole]");
      if (back) back.addEventListener("click", function (event) {
        event.preventDefault();
        short.replaceWith(whole);
        var first = whole.querySelector("input:not([type=hidden]),select,textarea");
        if (first) first.focus();
      });
    }).catch(function () {}); // the whole form stays
  }
  function watch(form) {
    var one = { form: form, begun: false, sent: false, last: "" }, timer;
    forms.push(one);
    near(form, "-15% 0px", function (isSeen) {
      clearTimeout(timer);
      if (isSeen) timer = setTimeout(function () { tell(one, "seen"); one.seen = true; }, 1000);
      return one.seen;
    });
    form.addEventListener("input", function (event) {
      one.last = event.target.name || one.last;
      if (!one.begun) tell(one, "begun");
      one.begun = true;
    });
    form.addEventListener("submit", function () { one.sent = true; });
    if (form.dataset.mine) near(form, "600px 0px", function (isNear) {
      if (isNear) shorten(one);
      return isNear;
    });
  }
  w.addEventListener("pagehide", function () {
    forms.forEach(function (one) {
      if (one.begun && !one.sent) tell(one, "left");
    });
  });
  w.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    renew();
    forms.forEach(function (one) { one.begun = one.sent = false; });
  });
  if (!w.crypto) return;
  renew();
  w.leadsForms = watch;
  d.querySelectorAll("form[data-leads]").forEach(watch);
})(document, window);
