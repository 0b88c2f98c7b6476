/* The tree of organisations: subordinates are read when a branch is opened, the keyboard walks it as one stop.
   Without this file each name is a link that narrows the list and opens its own level. */
(function () {
  "use strict";
  const tree = document.querySelector("[data-tree]");
  if (!tree) { return; }
  const address = tree.dataset.tree;
  const fold = document.querySelector("[data-tree-fold]");
  if (fold && window.matchMedia("(max-width: 767px)").matches) { fold.open = false; }

  function items() {
    return Array.from(tree.querySelectorAll("[role=treeitem]")).filter(function (item) { return item.offsetParent !== null; });
  }
  function stop(item) {
    tree.querySelectorAll("[role=treeitem]").forEach(function (other) { other.tabIndex = other === item ? 0 : -1; });
  }
  function go(item) {
    if (item) {
      stop(item);
      item.focus();
    }
  }
  function group(item) { return item.parentElement.querySelector(":scope > [role=group]"); }
  function superior(item) {
    const above = item.parentElement.parentElement.closest("li");
    return above && above.querySelector(":scope > [role=treeitem]");
  }
  function read(parameters) {
    return fetch(address + (address.includes("?") ? "&" : "?") + new URLSearchParams(parameters), { credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok || answer.redirected) { throw new Error(answer.status); }
        return answer.text();
      });
  }
  function say(list, text) {
    list.innerHTML = "";
    const line = document.createElement("li");
    line.setAttribute("role", "none");
    const words = document.createElement("span");
    words.className = "none";
    words.setAttribute("role", "treeitem");
    words.textContent = text;
    line.appendChild(words);
    list.appendChild(line);
  }
  function open(item) {
    const code = item.dataset.code;
    let below = group(item);
    item.setAttribute("aria-expanded", "true");
    if (below) {
      below.hidden = false;
      return;
    }
    below = document.createElement("ul");
    below.setAttribute("role", "group");
    below.id = "below-" + code;
    say(below, tree.dataset.reading);
    item.parentElement.appendChild(below);
    item.setAttribute("aria-owns", below.id);
    read({ below: code }).then(function (html) {
      below.innerHTML = html;
      stop(tree.querySelector("[role=treeitem][tabindex='0']") || item);
    }).catch(function () {
      say(below, tree.dataset.failed);
    });
  }
  function close(item) {
    item.setAttribute("aria-expanded", "false");
    const below = group(item);
    if (below) {
      below.hidden = true;
      if (below.textContent.trim() === tree.dataset.failed) { below.remove(); }
    }
  }
  function toggle(item) { (item.getAttribute("aria-expanded") === "true" ? close : open)(item); }
  function rest(item) {
    const line = item.parentElement;
    item.querySelector(".name").textContent = tree.dataset.reading;
    read({ below: item.dataset.rest, after: item.dataset.after }).then(function (html) {
      const before = line.previousElementSibling;
      line.insertAdjacentHTML("beforebegin", html);
      const next = before ? before.nextElementSibling : line.parentElement.firstElementChild;
      line.remove();
      go(next && next.querySelector("[role=treeitem]"));
    }).catch(function () { item.querySelector(".name").textContent = tree.dataset.failed; });
  }

  tree.addEventListener("click", function (event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    if (item.dataset.rest) {
      event.preventDefault();
      rest(item);
    } else if (event.target.closest(".twist") && item.hasAttribute("aria-expanded")) {
      event.preventDefault();
      stop(item);
      toggle(item);
    }
  });

  tree.addEventListener("keydown", function (event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.ctrlKey || event.altKey || event.metaKey) { return; }
    const all = items();
    const at = all.indexOf(item);
    const state = item.getAttribute("aria-expanded");
    const moves = {
      ArrowDown: function () { go(all[at + 1]); },
      ArrowUp: function () { go(all[at - 1]); },
      Home: function () { go(all[0]); },
      End: function () { go(all[all.length - 1]); },
      ArrowRight: function () {
        if (state === "false") { open(item); } else if (state === "true") { go(all[at + 1]); }
      },
      ArrowLeft: function () {
        if (state === "true") { close(item); } else { go(superior(item)); }
      },
      " ": function () { item.click(); }
    };
    if (moves[event.key]) {
      event.preventDefault();
      event.stopPropagation();
      moves[event.key]();
    }
  });

  const search = document.querySelector("[data-tree-search]");
  const whole = tree.innerHTML;
  let waiting;
  let asked = 0;
  search.addEventListener("input", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      const typed = search.elements.find.value.trim();
      const number = ++asked;
      if (!typed) {
        tree.innerHTML = whole;
        begin();
        return;
      }
      read({ find: typed }).then(function (html) {
        if (number === asked) {
          tree.innerHTML = html;
          begin();
        }
      }).catch(function () { say(tree, tree.dataset.failed); });
    }, 250);
  });

  function begin() {
    stop(tree.querySelector("[aria-selected=true]") || tree.querySelector("[role=treeitem]"));
  }
  begin();
  const chosen = tree.querySelector("[aria-selected=true]");
  if (chosen) { tree.scrollTop = Math.max(0, chosen.offsetTop - tree.offsetTop - tree.clientHeight / 2); }
}());
