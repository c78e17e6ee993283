// Small helps that a page also works without: focus on the list of errors, one click per form, a help for htmx.
(() => {
  const summary = document.querySelector(".nhsuk-error-summary");
  if (summary) { summary.tabIndex = -1; summary.focus(); }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if (form.method === "post") form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));
})();
