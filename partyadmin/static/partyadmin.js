/* Type-ahead choices, and the document block that opens when a key field changes. Pages work without this file. */
(function ($) {
  "use strict";
  var words = document.body.dataset;

  function row(pair) { return { id: pair[0], text: pair[1] }; }

  $("[data-lookup]").each(function () {
    var input = $(this);
    input.select2({
      placeholder: words.typeHere,
      allowClear: true,
      minimumInputLength: 0,
      width: "100%",
      formatNoMatches: function () { return words.noMatches; },
      formatSearching: function () { return words.searching; },
      formatAjaxError: function () { return words.failed; },
      initSelection: function (element, done) { done({ id: element.val(), text: element.data("chosen") }); },
      ajax: {
        url: input.data("lookup"),
        dataType: "json",
        quietMillis: 250,
        data: function (typed) { return { query: typed }; },
        results: function (pairs) { return { results: pairs.map(row) }; }
      }
    });
  });

  var form = document.querySelector("[data-key-fields]");
  var block = document.querySelector("[data-evidence]");
  if (form && block) {
    form.dataset.keyFields.split(" ").forEach(function (name) {
      var field = form.elements[name];
      if (field) {
        field.addEventListener("input", function () { block.open = true; });
      }
    });
  }

  document.addEventListener("keydown", function (event) {
    var search = document.querySelector("input[type=search]");
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
}(window.jQuery));
