/* Rows with ticks: one tick for all, and how many are ticked. Pages work without it. */
(function () {
  "use strict";
  document.querySelectorAll("[data-ticks]").forEach(function (form) {
    const all = form.querySelector("[data-all]"), count = form.querySelector("[data-count]");
    const ticks = Array.from(form.querySelectorAll("tbody input[type=checkbox]"));
    if (!all) { return; }
    all.hidden = false;

    function tell() {
      const number = ticks.filter((tick) => tick.checked).length;
      if (count) { count.textContent = number ? `(${number})` : ""; }
      all.checked = number === ticks.length;
      all.indeterminate = number > 0 && number < ticks.length;
    }

    all.addEventListener("change", function () {
      ticks.forEach(function (tick) { tick.checked = all.checked; });
      tell();
    });
    form.addEventListener("change", tell);
    tell();
  });
}());
