/* The notice is a plain form. With script the page stays as it is while the answer is sent, and page.js hears it at once. */
(function (d) {
  "use strict";
  var box = d.getElementById("leads-notice"), form = box && box.querySelector("form");
  if (!form) return;
  var given = new RegExp("(?:^|; )leads_consent=(?:yes|no" + (box.dataset.ask ? "" : "|ok") + ")(?:;|$)");

  function tidy() {
    if (given.test(d.cookie)) box.hidden = true;
  }
  function tell(answer) {
    d.dispatchEvent(new CustomEvent("leads:consent", { detail: answer }));
  }
  // what cannot be sent this way is sent as the form it is
  function plainly(answer) {
    var field = d.createElement("input");
    field.type = "hidden";
    field.name = "answer";
    field.value = answer;
    form.appendChild(field);
    form.submit();
  }
  form.addEventListener("submit", function (event) {
    var answer = event.submitter && event.submitter.value;
    if (!answer || !window.fetch || !window.URLSearchParams) return;
    event.preventDefault();
    var body = new URLSearchParams(new FormData(form));
    body.set("answer", answer);
    body.set("quiet", "1");
    box.hidden = true;
    if (answer === "no") tell(answer);
    fetch(form.getAttribute("action"), { method: "POST", body: body, credentials: "same-origin", keepalive: true }).then(function (response) {
      if (!response.ok) throw new Error(response.status);
      if (answer === "yes") tell(answer);
    }).catch(function () { plainly(answer); });
  });
  // a page that comes back from the browser's memory may be older than the answer
  window.addEventListener("pageshow", tidy);
  tidy();
})(document);
