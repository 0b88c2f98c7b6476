/* Look-ups: a text box with a list below it (a combobox of ARIA 1.2).

   input[data-lookup]               the box itself; its choices come from that address, and the key of the
                                    chosen one travels in a field named by data-key-name
   input[type=hidden][data-lookup]  carries the key itself, and data-chosen its words; a box is put before it
   select[data-type-ahead]          its own options are the choices

   Without this file a box is a line of text: the server understands a code or an exact name. */
(function () {
  "use strict";
  const words = document.body.dataset;
  const PAUSE = 200; // milliseconds without a key before the server is asked
  let count = 0;

  function made(tag, attributes) {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    return element;
  }

  /* Choices that the server finds: pairs of key and words. A later question ends an earlier one. */
  function asked(address) {
    let running = null;
    return async function (typed) {
      if (running) { running.abort(); }
      running = new AbortController();
      const answer = await fetch(`${address}${address.includes("?") ? "&" : "?"}query=${encodeURIComponent(typed)}`,
        { signal: running.signal, headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) { throw new Error(String(answer.status)); }
      return answer.json();
    };
  }

  /* Choices that the page holds: by any part of their words, or the beginning of their code. */
  function listed(select) {
    return async function (typed) {
      const sought = typed.toLowerCase();
      return Array.from(select.options).filter((option) => option.value !== "")
        .filter((option) => option.text.toLowerCase().includes(sought) || option.value.toLowerCase().startsWith(sought))
        .map((option) => [option.value, option.text]);
    };
  }

  class Combobox {
    /* `keeps` is whether words that name no choice may stay, for the server to resolve. */
    constructor(box, key, find, keeps) {
      Object.assign(this, { box, key, find, keeps, chosen: box.value, before: ["", ""], pairs: [], active: -1, pause: 0, turn: 0 });
      const id = `combo-${count += 1}`;
      this.list = made("ul", { id: `${id}-list`, role: "listbox", "aria-label": box.getAttribute("aria-label") || words.choices });
      this.status = made("p", { role: "status" });
      this.popup = made("div", { class: "combo-popup", hidden: "" });
      this.cross = made("button", { type: "button", class: "combo-clear", tabindex: "-1", "aria-label": words.clear });
      this.cross.textContent = "×";
      this.popup.append(this.list, this.status);
      Object.entries({
        role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id,
        autocomplete: "off", spellcheck: "false", placeholder: words.typeHere
      }).forEach(([name, value]) => box.setAttribute(name, value));
      const frame = made("div", { class: "combo" });
      box.replaceWith(frame);
      frame.append(box, this.cross, this.popup);
      this.listen();
      this.mark();
    }

    get isOpen() { return !this.popup.hidden; }

    listen() {
      this.box.addEventListener("input", (event) => { if (!event.isComposing) { this.typed(); } });
      this.box.addEventListener("compositionend", () => this.typed());
      this.box.addEventListener("keydown", (event) => this.pressed(event));
      this.box.addEventListener("click", () => { if (!this.isOpen) { this.ask(""); } });
      this.box.addEventListener("blur", () => this.leave());
      // The box keeps the focus while the mouse is in the list.
      this.popup.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) { this.pick(Array.from(this.list.children).indexOf(option)); }
      });
      this.cross.addEventListener("click", () => { this.choose("", ""); this.close(); this.box.focus(); });
    }

    typed() {
      if (this.key.value) { this.before = [this.key.value, this.chosen]; }
      this.assign("");
      this.mark();
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.ask(this.box.value.trim()), PAUSE);
    }

    pressed(event) {
      if (event.isComposing || event.keyCode === 229) { return; }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !event.altKey) {
        event.preventDefault();
        if (this.isOpen) { this.move(step); } else { this.ask(""); }
      } else if (event.key === "Enter" && this.isOpen && this.active >= 0) {
        event.preventDefault();
        event.stopPropagation();
        this.pick(this.active);
      } else if (event.key === "Tab" && this.isOpen && this.active >= 0) {
        this.pick(this.active);
      } else if (event.key === "Escape" && this.isOpen) {
        event.preventDefault();
        event.stopPropagation();
        this.close();
      }
    }

    async ask(typed) {
      clearTimeout(this.pause);
      const turn = this.turn += 1;
      this.show([], words.searching);
      try {
        const pairs = await this.find(typed);
        if (turn === this.turn) { this.show(pairs, this.remark(pairs)); }
      } catch (error) {
        if (turn === this.turn && error.name !== "AbortError") { this.show([], words.failed); }
      }
    }

    remark(pairs) {
      if (!pairs.length) { return words.noMatches; }
      return this.keeps !== null && pairs.length >= 20 ? words.more : "";
    }

    show(pairs, remark) {
      this.pairs = pairs;
      this.active = -1;
      this.list.replaceChildren(...pairs.map(([key, text], place) => {
        const option = made("li", { role: "option", id: `${this.list.id}-${place}`, "aria-selected": String(key === this.key.value) });
        option.textContent = text;
        return option;
      }));
      this.list.hidden = !pairs.length;
      this.status.textContent = remark;
      this.popup.hidden = false;
      this.box.setAttribute("aria-expanded", "true");
      this.box.removeAttribute("aria-activedescendant");
      const room = window.innerHeight - this.box.getBoundingClientRect().bottom;
      this.popup.classList.toggle("above", room < 240 && this.box.getBoundingClientRect().top > room);
      // What was typed in full is one Enter away.
      if (pairs.length && this.box.value.trim() && !this.key.value) { this.move(1); }
      const present = pairs.findIndex(([key]) => key === this.key.value);
      if (present >= 0) { this.move(present + 1); }
    }

    move(step) {
      const options = this.list.children;
      if (!options.length) { return; }
      if (options[this.active]) { options[this.active].classList.remove("active"); }
      this.active = (Math.max(this.active + step, -1) + options.length) % options.length;
      options[this.active].classList.add("active");
      options[this.active].scrollIntoView({ block: "nearest" });
      this.box.setAttribute("aria-activedescendant", options[this.active].id);
    }

    pick(place) {
      this.choose(...this.pairs[place]);
      this.close();
    }

    choose(key, text) {
      this.box.value = text;
      this.chosen = text;
      this.assign(key);
      this.mark();
    }

    assign(key) {
      if (this.key.value === key) { return; }
      this.key.value = key;
      this.key.dispatchEvent(new Event("change", { bubbles: true }));
    }

    leave() {
      const typed = this.box.value.trim();
      clearTimeout(this.pause);
      this.close();
      if (!this.key.value && typed) { this.resolve(typed); }
    }

    /* What was typed and left before the list came: the one choice that it names, if it names one. */
    async resolve(typed) {
      const pairs = await this.find(typed).catch(() => []);
      if (this.key.value || this.box.value.trim() !== typed) { return; }
      const named = pairs.filter(([, text]) => text.toLowerCase() === typed.toLowerCase());
      const [only] = named.length === 1 ? named : pairs;
      if (named.length === 1 || pairs.length === 1) { this.choose(...only); } else if (!this.keeps) { this.choose(...this.before); }
    }

    close() {
      this.turn += 1;
      this.popup.hidden = true;
      this.status.textContent = "";
      this.box.setAttribute("aria-expanded", "false");
      this.box.removeAttribute("aria-activedescendant");
    }

    mark() { this.cross.hidden = !this.box.value || this.box.readOnly; }
  }

  /* A box in the place of a field that cannot be typed into, with its name, state and message. */
  function boxBefore(field, text) {
    const box = made("input", { type: "text", value: text });
    const label = field.closest("label") || document.querySelector(`label[for="${field.id}"]`);
    if (label) { box.setAttribute("aria-label", label.textContent.replace("*", "").trim().split("\n")[0]); }
    ["aria-invalid", "aria-describedby", "disabled"].forEach((name) => {
      if (field.hasAttribute(name)) { box.setAttribute(name, field.getAttribute(name)); }
    });
    if (field.required) { box.setAttribute("aria-required", "true"); }
    if (field.id) { box.id = field.id; field.id += "-key"; }
    field.before(box);
    return box;
  }

  function upgrade(root) {
    root.querySelectorAll("input[data-lookup]").forEach((input) => {
      const find = asked(input.dataset.lookup);
      if (input.dataset.keyName) {
        const key = made("input", { type: "hidden", name: input.dataset.keyName, value: input.dataset.key || "" });
        input.before(key);
        new Combobox(input, key, find, true);
      } else {
        new Combobox(boxBefore(input, input.dataset.chosen || ""), input, find, false);
      }
      input.removeAttribute("data-lookup");
    });
    root.querySelectorAll("select[data-type-ahead]").forEach((select) => {
      const chosen = select.selectedOptions[0];
      const box = boxBefore(select, chosen && chosen.value ? chosen.text : "");
      select.hidden = true;
      select.removeAttribute("data-type-ahead");
      new Combobox(box, select, listed(select), null);
    });
  }

  upgrade(document);
}());
