/* The block of a spreadsheet as a grid of cells: pasted, typed and walked through by keyboard, sent as the same block.
   Pages work without it: the block stays a text that is pasted whole. */
(function () {
  "use strict";
  const table = document.querySelector("[data-grid]");
  if (!table) { return; }
  const block = document.getElementById(table.dataset.grid), form = block.form;
  const head = table.tHead.rows[0], body = table.tBodies[0];
  const words = new Map(Object.entries(JSON.parse(table.dataset.words)));
  const tools = form.querySelector("[data-grid-tools]"), status = tools.querySelector("[role=status]");
  const MOST = 500; // rows that are made at once; the server refuses more than it takes

  function controls(row) { return Array.from(row.querySelectorAll("select, input")); }
  function rows() { return [head, ...body.rows]; }
  function columns() { return controls(head).length; }
  function place(control) { return [rows().indexOf(control.closest("tr")), controls(control.closest("tr")).indexOf(control)]; }
  function isEmpty(row) { return controls(row).every((cell) => cell.value.trim() === ""); }

  /* What a heading is called here: without blanks, stars and what stands in brackets. */
  function known(word) {
    const plain = word.replace(/[\s*※★:：]/g, "");
    return words.get(plain) || words.get(plain.replace(/[（(][^）)]*[）)]/g, "")) || words.get(word.trim());
  }

  function forget(cell) {
    const fault = document.getElementById(cell.getAttribute("aria-describedby"));
    if (fault) { fault.remove(); }
    cell.removeAttribute("aria-invalid");
    cell.removeAttribute("aria-describedby");
    const result = cell.closest("tr").querySelector("td.result");
    if (result) { result.textContent = ""; }
    // What was typed since has not been checked.
    const write = form.querySelector("[name=write]");
    if (write) {
      write.remove();
      form.querySelector(".submit .button").classList.add("main");
    }
  }

  function named(cell, row, column) {
    cell.setAttribute("aria-label", cell.getAttribute("aria-label").replace(/\d+(\D+)\d+/, `${row}$1${column}`));
  }

  function addRow() {
    const last = body.rows[body.rows.length - 1], row = last.cloneNode(true), number = Number(last.cells[0].textContent) + 1;
    row.cells[0].textContent = number;
    row.querySelectorAll(".error").forEach((fault) => fault.remove());
    row.querySelector(".result").textContent = "";
    controls(row).forEach(function (cell, at) {
      cell.value = "";
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
      named(cell, number, at + 1);
    });
    body.append(row);
  }

  function addColumn() {
    rows().forEach(function (row, at) {
      const last = row.cells[row.cells.length - 2], cell = last.cloneNode(true);
      cell.querySelectorAll(".error").forEach((fault) => fault.remove());
      const control = cell.querySelector("select, input");
      control.value = "";
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
      if (at) { named(control, row.cells[0].textContent, columns()); }
      last.after(cell);
    });
  }

  function write(cell, text) {
    const value = text.replace(/\s+/g, " ").trim();
    if (cell.tagName === "SELECT") {
      const word = known(value) || value;
      if (!Array.from(cell.options).some((option) => option.value === word)) { cell.add(new Option(word, word)); }
      cell.value = word;
    } else {
      cell.value = value;
    }
    forget(cell);
  }

  /* Cells of a spreadsheet: a cell with line breaks or quotes stands in quotes. */
  function parse(text) {
    const lines = [[]];
    const pattern = /("(?:[^"]|"")*"(?=[\t\r\n]|$)|[^\t\r\n]*)(\t|\r\n|\r|\n|$)/y;
    for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
      const quoted = found[1].startsWith("\"") && found[1].endsWith("\"") && found[1].length > 1;
      lines[lines.length - 1].push(quoted ? found[1].slice(1, -1).replace(/""/g, "\"") : found[1]);
      if (pattern.lastIndex >= text.length) { break; }
      if (found[2] !== "\t") { lines.push([]); }
    }
    return lines.filter((line, at) => at < lines.length - 1 || line.some((cell) => cell !== ""));
  }

  function paste(lines, at, column) {
    const hasHeadings = lines[0].some((word) => known(word));
    const fresh = Array.from(body.rows).every(isEmpty);
    let first = at;
    if (hasHeadings && (fresh || at === 0)) {
      first = 0;
      if (fresh) {
        column = 0;
        controls(head).forEach((heading) => write(heading, ""));
      }
    } else if (at === 0) {
      first = 1;
    }
    const wide = column + Math.max(...lines.map((line) => line.length));
    while (columns() < wide) { addColumn(); }
    while (body.rows.length < Math.min(first + lines.length - 1, MOST + 1)) { addRow(); }
    const all = rows();
    lines.slice(0, all.length - first).forEach(function (line, down) {
      const cells = controls(all[first + down]);
      line.forEach((text, across) => write(cells[column + across], text));
    });
    status.textContent = table.dataset.pasted.replace("{rows}", lines.length - (first === 0 ? 1 : 0));
    controls(all[Math.max(first, 1)])[column].focus();
  }

  function go(row, column, isNew) {
    if (row > body.rows.length && isNew) { addRow(); }
    const target = rows()[row] && controls(rows()[row])[column];
    if (target) {
      target.focus();
      if (target.select) { target.select(); }
    }
    return Boolean(target);
  }

  document.addEventListener("paste", function (event) {
    const here = document.activeElement, text = event.clipboardData.getData("text/plain");
    if (!table.contains(here) || !(here.matches("select") || /[\t\r\n]/.test(text))) { return; }
    event.preventDefault();
    const lines = parse(text);
    if (lines.length) { paste(lines, ...place(here)); }
  });

  table.addEventListener("keydown", function (event) {
    const cell = event.target;
    if (event.isComposing || event.keyCode === 229 || event.altKey || !cell.matches("input, select")) { return; }
    const [row, column] = place(cell);
    const isText = cell.matches("input");
    let moved = false;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      form.requestSubmit(form.querySelector(".submit .main"));
      moved = true;
    } else if (event.key === "Enter") {
      moved = go(event.shiftKey ? row - 1 : row + 1, column, true) || true;
    } else if (isText && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      const atStart = cell.selectionEnd === 0, atEnd = cell.selectionStart === cell.value.length;
      const isWhole = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
      if (event.key === "ArrowDown") { moved = go(row + 1, column, false); }
      // Not up into a heading, where the arrows would choose another one.
      if (event.key === "ArrowUp" && row > 1) { moved = go(row - 1, column, false); }
      if (event.key === "ArrowLeft" && (atStart || isWhole)) { moved = go(row, column - 1, false); }
      if (event.key === "ArrowRight" && (atEnd || isWhole)) { moved = go(row, column + 1, false); }
    }
    if (moved) { event.preventDefault(); }
  });

  table.addEventListener("input", (event) => forget(event.target));

  tools.addEventListener("click", function (event) {
    const button = event.target.closest("[data-add]");
    if (!button) { return; }
    const before = [body.rows.length, columns()];
    if (button.dataset.add === "column") { addColumn(); } else { for (let more = 0; more < 10; more += 1) { addRow(); } }
    if (button.dataset.add === "column") { go(0, before[1], false); } else { go(before[0] + 1, 0, false); }
  });

  form.addEventListener("submit", function () {
    const filled = rows();
    while (filled.length > 1 && isEmpty(filled[filled.length - 1])) { filled.pop(); }
    const lines = filled.map((row) => controls(row).map((cell) => cell.value.replace(/\s+/g, " ").trim()).join("\t"));
    block.value = filled.length > 1 ? lines.join("\n") : "";
  });

  block.required = false;
  block.closest(".row").hidden = true;
  tools.hidden = false;
  table.parentNode.hidden = false;
  table.querySelectorAll("input").forEach(function (cell) { cell.readOnly = false; });
  const wrong = table.querySelector("[aria-invalid]");
  if (wrong) { go(...place(wrong), false); } else { go(1, 0, false); }
}());
