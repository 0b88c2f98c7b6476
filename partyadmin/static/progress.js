/* Asks how far a job has come and says so; the page without this file looks again by itself. */
(function () {
  "use strict";
  var panel = document.querySelector("[data-progress]");
  if (!panel) { return; }
  var bar = panel.querySelector("progress");
  var said = "";
  var failures = 0;

  function show(name, text) { panel.querySelector("[data-is=" + name + "]").textContent = text; }

  /* A screen reader hears each stage and each quarter, not every second. */
  function say(state) {
    var words = state.stage + " " + 25 * Math.floor(state.percent / 25) + "%";
    if (words !== said) {
      said = words;
      show("said", words);
    }
  }

  function again() { window.setTimeout(ask, Math.min(1000 + 1000 * failures, 10000)); }

  function tell(state) {
    failures = 0;
    if (state.over) {
      window.location.reload();
      return;
    }
    bar.value = state.percent;
    show("percent", state.percent + "%");
    show("stage", state.stage);
    show("amount", state.amount);
    show("left", state.left);
    say(state);
    again();
  }

  function ask() {
    fetch(panel.dataset.progress, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) {
        /* A session that ended leads to the sign-in page, and so does this page then. */
        if (answer.redirected || answer.status === 403 || answer.status === 404) {
          window.location.reload();
          return null;
        }
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json().then(tell);
      })
      .catch(function () {
        failures += 1;
        show("left", panel.dataset.lost);
        again();
      });
  }

  again();
}());
