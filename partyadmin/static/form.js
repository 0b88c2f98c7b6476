/* The form of a record: keys, marks of what was changed, the document block, the panel of checks.
   Pages work without it: the server marks, checks and fills in when a form is refused. */
(function () {
  "use strict";
  const form = document.querySelector("form.record");
  if (!form) { return; }
  const summary = document.getElementById("summary");
  if (summary) { summary.focus(); }

  function shown(row) {
    const control = row.querySelector(".combo > input, .box > input, .box > select");
    if (!control || control.type === "file") { return null; }
    if (control.tagName === "SELECT") { return control.value === "" ? "" : control.selectedOptions[0].text; }
    return control.value.trim();
  }

  function mark(row) {
    const now = row && shown(row);
    if (!row || now === null || !("was" in row.dataset)) { return; }
    const changed = now !== row.dataset.was;
    row.classList.toggle("changed", changed);
    row.querySelector(".was").hidden = !changed;
  }

  ["input", "change"].forEach(function (kind) {
    form.addEventListener(kind, function (event) { mark(event.target.closest(".row")); });
  });

  /* The document block stands below the line of the key field that was changed first. */
  const block = document.querySelector("[data-evidence]");
  const keyFields = (form.dataset.keyFields || "").split(" ");

  function openBelow(row) {
    const line = row.offsetTop;
    let last = row;
    while (last.nextElementSibling && last.nextElementSibling.offsetTop === line) { last = last.nextElementSibling; }
    last.after(block);
    block.open = true;
  }

  if (block) {
    const changed = keyFields.map((name) => form.elements[name]).find((field) => field && field.closest(".row.changed"));
    if (changed) { openBelow(changed.closest(".row")); }
    form.addEventListener("input", function (event) {
      if (!block.open && keyFields.includes(event.target.name)) { openBelow(event.target.closest(".row")); }
    });
  }

  /* Enter goes to the next field, Ctrl+Enter saves. */
  form.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) { return; }
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".submit .main"));
    } else if (event.target.matches("input:not([type=file]):not([type=checkbox]), select")) {
      event.preventDefault();
      const fields = Array.from(form.querySelectorAll("input, select, .submit .main"))
        .filter((field) => field.type !== "hidden" && !field.disabled && field.offsetParent);
      const next = fields[fields.indexOf(event.target) + 1];
      if (next) { next.focus(); }
    }
  });

  /* The panel of checks follows what is typed; whether a number is taken is asked once for each number. */
  const panel = document.getElementById("checks");
  if (!panel || !form.dataset.check) { return; }
  const PAUSE = 400; // milliseconds without a key before the rules are asked
  const number = form.elements.id_number;
  let pause = 0, turn = 0, asked = "", filled = "", taken = null;

  function fill(name, value) {
    const field = form.elements[name];
    if (!field || !value || field.value) { return; }
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async function check() {
    const mine = turn += 1;
    const body = new FormData(form);
    form.querySelectorAll("input[type=file]").forEach((file) => body.delete(file.name));
    const typed = number ? number.value.replace(/\s/g, "") : "";
    const whole = /^(\d{15}|\d{17}[\dXx])$/.test(typed);
    if (whole && typed !== asked) { body.set("ask", "1"); }
    const answer = await fetch(form.dataset.check, { method: "POST", body }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || mine !== turn) { return; }
    panel.innerHTML = await answer.text();
    const line = panel.querySelector("[data-registered]");
    if (line) { asked = typed; taken = line; } else if (taken && typed === asked) { panel.querySelector("ul").prepend(taken); }
    const found = panel.querySelector("ul");
    if (found && whole && filled !== typed) {
      filled = typed;
      fill("birth_date", found.dataset.fillBirthDate);
      fill("sex", found.dataset.fillSex);
    }
  }

  ["input", "change"].forEach(function (kind) {
    form.addEventListener(kind, function (event) {
      if (event.isComposing || event.target.type === "file") { return; }
      clearTimeout(pause);
      pause = setTimeout(check, PAUSE);
    });
  });
}());
