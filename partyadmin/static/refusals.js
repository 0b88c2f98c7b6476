/* F8 goes to the next refused cell, Shift+F8 to the one before, over the ends of pages as well. */
(function () {
  "use strict";
  var cells = Array.prototype.slice.call(document.querySelectorAll("[data-cells] .cell-bad"));
  if (!cells.length) { return; }

  function go(index) {
    cells[index].focus();
    cells[index].scrollIntoView({ block: "center" });
  }

  function turn(way, entry) {
    var link = document.querySelector(".pager a[rel=" + way + "]");
    if (link) { window.location.href = link.href.split("#")[0] + "#" + entry; }
  }

  document.addEventListener("keydown", function (event) {
    if (event.key !== "F8") { return; }
    event.preventDefault();
    var here = cells.indexOf(document.activeElement);
    var next = event.shiftKey ? (here < 0 ? cells.length : here) - 1 : here + 1;
    if (next < 0) {
      turn("prev", "last");
    } else if (next === cells.length) {
      turn("next", "first");
    } else {
      go(next);
    }
  });

  if (window.location.hash === "#first") { go(0); }
  if (window.location.hash === "#last") { go(cells.length - 1); }
}());
