// <form data-leads-submit-on-change>: a changed choice is sent at once, so that the preview follows it.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-leads-submit-on-change]");
  if (form) form.submit();
});

// <section id data-leads-reload="address" data-leads-every="seconds">: fetched anew until the answer asks for no more.
const reload = async (part) => {
  const { leadsReload, leadsEvery } = part.dataset;
  if (!leadsReload) {
    // The end: the rest of the page has changed as well.
    window.location.reload();
    return;
  }
  await new Promise((done) => window.setTimeout(done, 1000 * Number(leadsEvery || 2)));
  let next = part;
  if (!document.hidden) {
    try {
      const answer = await fetch(leadsReload, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) {
        const holder = document.createElement("template");
        holder.innerHTML = await answer.text();
        const fresh = holder.content.getElementById(part.id);
        if (fresh) {
          part.replaceWith(fresh);
          next = fresh;
        }
      }
    } catch {
      // The network is away for a moment: ask again.
    }
  }
  reload(next);
};
document.querySelectorAll("[data-leads-reload]").forEach(reload);
