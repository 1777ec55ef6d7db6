// Copies the text of a field: <button data-leads-copy="id of the field" data-leads-copied="text afterwards">.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-leads-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.leadsCopy);
  if (!field) return;
  const done = () => {
    const before = button.textContent;
    button.textContent = button.dataset.leadsCopied;
    window.setTimeout(() => {
      button.textContent = before;
    }, 2000);
  };
  const byHand = () => {
    // Without https there is no clipboard API.
    field.focus();
    field.select();
    if (document.execCommand("copy")) done();
  };
  if (navigator.clipboard && window.isSecureContext) {
    navigator.clipboard.writeText(field.value).then(done, byHand);
  } else {
    byHand();
  }
});
