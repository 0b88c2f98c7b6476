/* What every page answers to: "/" goes to the search, Escape closes an open sheet, a paper is printed. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    const search = document.querySelector("input[type=search]");
    if (event.key === "/" && search && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details[open] > .sheet").forEach(function (sheet) {
        sheet.parentNode.open = false;
        sheet.parentNode.querySelector("summary").focus();
      });
    }
  });
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () { window.print(); });
  });
}());
