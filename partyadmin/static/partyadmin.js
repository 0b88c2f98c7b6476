/* What every page answers to: "/" goes to the search, Escape closes the menu of the person. Pages work without it. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    const search = document.querySelector("input[type=search]");
    if (event.key === "/" && search && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.person[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });
}());
