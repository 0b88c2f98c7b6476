/* What is typed into a form is kept on the server as a draft, and nothing of it is lost when saving fails: before a form
   is sent its draft is kept, and where that does not succeed the page stays as it is and says why. */
(function () {
  "use strict";
  const form = document.querySelector("form.record[data-draft]");
  if (!form) { return; }
  const told = form.dataset;
  const state = form.querySelector(".draft-state");
  const PAUSE = 10000; // milliseconds after the last key
  const DOUBLE_CLICK = 2000;
  let typed = false, pause = 0, isSending = false;

  async function renewToken() {
    const answer = await fetch(location.href);
    if (answer.redirected || !answer.ok) { return false; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("form.record [name=csrf_token]");
    if (!token) { return false; }
    document.querySelectorAll("[name=csrf_token]").forEach((field) => { field.value = token.value; });
    return true;
  }

  async function post() {
    const body = new FormData(form);
    return fetch(told.draft, {
      method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": body.get("csrf_token") }
    });
  }

  /* Keeps the draft; the sentence to tell where the registry did not answer, or nothing. */
  async function keep() {
    clearTimeout(pause);
    try {
      let answer = await post();
      if (answer.status === 400 || answer.redirected) {
        if (!await renewToken()) { return told.signedOut; }
        answer = await post();
      }
      if (answer.redirected) { return told.signedOut; }
      if (answer.status >= 500) { return told.unreachable; }
      if (answer.ok) { show(await answer.json()); }
      return "";
    } catch (error) {
      return told.unreachable;
    }
  }

  function show(answer) {
    if (!answer.saved) { return; }
    state.textContent = `${told.kept} ${answer.saved}`;
    Object.entries(answer.files).forEach(function ([name, [digest, text]]) {
      let box = form.elements[name];
      if (!box) {
        const chip = document.createElement("label");
        chip.className = "file-chip";
        chip.innerHTML = '<input type="checkbox" checked> <span></span>';
        box = chip.querySelector("input");
        box.name = name;
        const file = form.elements[name.replace(/_kept$/, "")];
        file.after(chip);
        file.value = ""; // it lies with the draft now and need not be sent again
      }
      box.value = digest;
      box.parentElement.querySelector("span").textContent = text;
    });
  }

  function tell(sentence) {
    const old = document.getElementById("unsent");
    if (old) { old.remove(); }
    if (!sentence) { return; }
    const alert = document.createElement("p");
    alert.id = "unsent";
    alert.className = "alert alert-danger";
    alert.setAttribute("role", "alert");
    alert.tabIndex = -1;
    alert.textContent = `${sentence} `;
    if (sentence === told.signedOut) {
      const link = document.createElement("a");
      link.href = told.signIn;
      link.target = "_blank";
      link.textContent = told.signInWord;
      alert.append(link);
    }
    form.parentElement.before(alert);
    alert.focus();
  }

  function later() {
    typed = true;
    state.textContent = told.typed;
    clearTimeout(pause);
    pause = setTimeout(async () => tell(await keep()), PAUSE);
  }

  form.addEventListener("input", later);
  form.addEventListener("change", function (event) {
    if (event.target.type !== "file") { later(); return; }
    const file = event.target.files[0];
    const row = event.target.closest(".row");
    const isTooLarge = Boolean(file) && file.size > Number(event.target.dataset.largest);
    row.classList.toggle("wrong", isTooLarge);
    row.querySelectorAll(".error").forEach((line) => line.remove());
    if (isTooLarge) {
      const line = document.createElement("p");
      line.className = "error";
      line.setAttribute("role", "alert");
      line.textContent = event.target.dataset.tooLarge;
      event.target.after(line);
      event.target.value = "";
      return;
    }
    const old = form.elements[`${event.target.name}_kept`];
    if (old) { old.parentElement.remove(); } // the newly chosen file takes its place
    later();
  });

  document.addEventListener("keydown", async function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      tell(await keep());
    }
  });

  form.addEventListener("submit", async function (event) {
    event.preventDefault();
    if (isSending) { return; }
    isSending = true;
    const obstacle = await keep();
    tell(obstacle);
    if (!obstacle && !(event.submitter && "keep" in event.submitter.dataset)) {
      typed = false;
      form.submit();
      setTimeout(() => { isSending = false; }, DOUBLE_CLICK);
      return;
    }
    isSending = false;
  });

  window.addEventListener("pageshow", () => { isSending = false; });
  window.addEventListener("beforeunload", function (event) {
    if (typed) {
      event.preventDefault();
      event.returnValue = "";
    }
  });
}());
