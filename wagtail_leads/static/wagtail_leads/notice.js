/* Shows the notice to who has not answered it. The page never waits for this: the notice stands in it hidden, at the top and
   in the flow. Where the page has something fixed at its top, or its body is laid out in columns, room is made for it.
   The notice is a plain form; with script the page stays as it is while the answer is sent, and page.js hears it at once. */
(function (d, w) {
  "use strict";
  var box = d.getElementById("leads-notice"), form = box && box.querySelector("form");
  if (!box) return;
  var given = new RegExp("(?:^|; )leads_consent=(yes|no" + (box.dataset.ask ? "" : "|ok") + ")(?:;|$)");
  var look, ready, moved = [], pushed = [], measured;

  function answer() {
    try {
      return (given.exec(d.cookie) || "")[1] || "";
    } catch (error) { // a sandboxed frame
      return "";
    }
  }
  function load(address, done) {
    var link = d.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.onload = link.onerror = done;
    (d.head || box.parentNode).appendChild(link);
  }

  // --- room for it -----------------------------------------------------------------------------------------------------
  function set(element, name, value) {
    var style = element.style;
    moved.push([style, name, style.getPropertyValue(name), style.getPropertyPriority(name)]);
    style.setProperty(name, value, "important");
  }
  function restore() {
    // what glides does not glide back: it would be measured on its way
    [false, true].forEach(function (isGliding) {
      moved.slice().reverse().forEach(function (one) {
        if ((one[1] === "transition") === isGliding) one[0].setProperty(one[1], one[2], one[3]);
      });
      if (moved.length) void d.body.offsetHeight;
    });
    moved = [];
    pushed = [];
    measured = false;
    box.classList.remove("leads-notice--apart", "leads-notice--above");
  }
  // a body that is a row or a grid: out of its columns, across the top
  function leave() {
    if (box.parentNode !== d.body || !/flex|grid/.test(getComputedStyle(d.body).display)) return;
    var margin = parseFloat(getComputedStyle(d.body).marginTop) || 0, place;
    box.classList.add("leads-notice--apart");
    set(box, "width", d.documentElement.clientWidth + "px");
    set(d.body, "margin-top", margin + box.offsetHeight + "px");
    place = box.getBoundingClientRect();
    set(box, "top", -(place.top + w.pageYOffset) + "px");
    set(box, "left", -(place.left + w.pageXOffset) + "px");
  }
  // what lies over the notice, as the outermost element that is taken out of the flow
  function over(place) {
    var found = [];
    [.02, .25, .5, .75, .98].forEach(function (across) {
      [.15, .5, .85].forEach(function (down) {
        var all = d.elementsFromPoint(place.left + place.width * across, place.top + place.height * down), i, at, outer;
        for (i = 0; i < all.length && !box.contains(all[i]); i++) {
          for (outer = null, at = all[i]; at && at !== d.body && at !== d.documentElement; at = at.parentElement) {
            if (/fixed|absolute/.test(getComputedStyle(at).position)) outer = at;
          }
          outer = outer || all[i];
          if (outer !== d.body && outer !== d.documentElement && !outer.contains(box) && found.indexOf(outer) < 0) found.push(outer);
        }
      });
    });
    return found;
  }
  function push() {
    var place = box.getBoundingClientRect(), isFirst = !measured && place.bottom > place.height / 2;
    if (box.hidden) return;
    if (isFirst) {
      measured = true;
      over(place).forEach(function (element) {
        var style = getComputedStyle(element);
        if (!/fixed|absolute/.test(style.position)) return;
        pushed.push([element, parseFloat(style.marginTop) || 0, style.position === "fixed"]);
        set(element, "transition", "none");
        set(element, "margin-top", style.marginTop);
      });
    }
    var isAnchor = getComputedStyle(d.body).position !== "static";
    var top = isAnchor ? d.body.getBoundingClientRect().top : -w.pageYOffset;
    pushed.forEach(function (one) {
      var room = Math.max(0, place.bottom - (one[2] ? 0 : top));
      one[0].style.setProperty("margin-top", one[1] + room + "px", "important");
    });
    if (isFirst && over(place).length) box.classList.add("leads-notice--above");
  }
  function settle() {
    restore();
    if (box.hidden) return;
    leave();
    push();
  }

  // --- shown or not ----------------------------------------------------------------------------------------------------
  function decide() {
    if (answer()) return hide();
    if (!look) {
      look = true;
      load(box.dataset.look, function () {
        ready = true;
        decide();
      });
    }
    if (!ready || !box.hidden) return;
    box.hidden = false;
    settle();
  }
  function hide() {
    box.hidden = true;
    settle();
  }
  function tell(choice) {
    d.dispatchEvent(new CustomEvent("leads:consent", { detail: choice }));
  }
  // the next page may be here before the door has answered: it knows already. (A yes is one when it is proved.)
  function note(choice) {
    if (choice === "yes" && box.dataset.ask) return;
    d.cookie = "leads_consent=" + (choice === "no" ? "no" : "ok") + "; path=/; max-age=600; samesite=lax"
      + (location.protocol === "https:" ? "; secure" : "");
  }
  // what cannot be sent this way is sent as the form it is
  function plainly(choice) {
    var field = d.createElement("input");
    field.type = "hidden";
    field.name = "answer";
    field.value = choice;
    form.appendChild(field);
    form.submit();
  }
  if (form) form.addEventListener("submit", function (event) {
    var choice = event.submitter && event.submitter.value;
    if (!choice || !w.fetch || !w.URLSearchParams) return;
    event.preventDefault();
    var body = new URLSearchParams(new FormData(form));
    body.set("answer", choice);
    body.set("quiet", "1");
    hide();
    note(choice);
    if (choice === "no") tell(choice);
    fetch(form.getAttribute("action"), { method: "POST", body: body, credentials: "same-origin", keepalive: true }).then(function (response) {
      if (!response.ok) throw new Error(response.status);
      if (choice === "yes") tell(choice);
    }).catch(function () { plainly(choice); });
  });

  // a page that comes back from the browser's memory, or another tab, may be older than the answer
  w.addEventListener("pageshow", function (event) { if (event.persisted) decide(); });
  d.addEventListener("visibilitychange", function () { if (answer()) hide(); });
  w.addEventListener("resize", settle);
  w.addEventListener("load", settle);
  w.addEventListener("scroll", push, { passive: true });
  decide();
  // who refused: a cookie that came back with a beacon on its way is taken away (at most once in ten minutes)
  if (answer() === "no") load(box.dataset.state);
})(document, window);
