/* The form of a record: the document block opens when a key field changes. Pages work without it. */
(function () {
  "use strict";
  const form = document.querySelector("[data-key-fields]");
  const block = document.querySelector("[data-evidence]");
  if (form && block) {
    form.dataset.keyFields.split(" ").forEach(function (name) {
      const field = form.elements[name];
      if (field) { field.addEventListener("input", function () { block.open = true; }); }
    });
  }
}());
