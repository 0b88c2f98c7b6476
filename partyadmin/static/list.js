/* Lists by keyboard: arrows, Home and End move along the rows, Enter opens, Space turns a switch. Pages work without it. */
(function () {
  "use strict";
  function rows() { return Array.from(document.querySelectorAll("[data-rows] tbody tr")); }
  function link(row) { return row && row.querySelector("a[href]"); }

  document.addEventListener("keydown", function (event) {
    const here = document.activeElement;
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    if (event.key === " " && here.getAttribute("role") === "switch") {
      event.preventDefault();
      here.click();
      return;
    }
    if (event.key === "Escape") {
      const open = here.closest("details[data-drop][open]") || document.querySelector("details[data-drop][open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      return;
    }
    const all = rows();
    const at = all.indexOf(here.closest("[data-rows] tbody tr"));
    if (at < 0 && !(here === document.body && (event.key === "ArrowDown" || event.key === "ArrowUp"))) { return; }
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1, Home: 0, End: all.length - 1 }[event.key];
    const target = link(all[to]);
    if (target) {
      event.preventDefault();
      target.focus();
    }
  });

  // One menu at a time, and none once something else is used.
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details[data-drop][open]").forEach(function (drop) {
      if (!drop.contains(event.target)) { drop.open = false; }
    });
  });
}());
