// Small helps that a page also works without: focus on the list of errors, one click per form, a help for htmx; passkeys.
(() => {
  const summary = document.querySelector(".nhsuk-error-summary");
  if (summary) { summary.tabIndex = -1; summary.focus(); }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    else if (form.method === "post") form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));

  // WebAuthn speaks in bytes, JSON in base64url; browsers younger than 2024 would do this themselves.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const asked = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.allowCredentials, options.excludeCredentials]) for (const one of list || []) one.id = bytes(one.id);
    return options;
  };
  const told = (made) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (made.response[part]) response[part] = text(made.response[part]);
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  };
  document.querySelectorAll("form[data-passkey]").forEach((form) => form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    event.stopPropagation();
    try {
      const { publicKey } = await (await fetch(form.dataset.options, { credentials: "same-origin" })).json();
      const made = await navigator.credentials[form.dataset.passkey]({ publicKey: asked(publicKey) });
      form.elements.credential.value = told(made);
      form.requestSubmit();
    } catch {
      form.querySelector("[data-passkey-none]").hidden = false;
    }
  }));
})();
