"use strict";
(() => {
  const box = document.getElementById("search");
  const told = document.getElementById("told");
  const kinds = [...document.querySelectorAll(".filter input[type=checkbox]")];
  const items = [...document.querySelectorAll("[data-kind]")].map((node) => ({
    node, kind: node.dataset.kind, text: node.textContent.toLowerCase(),
  }));
  const groups = [...document.querySelectorAll("[data-group]")];
  const words = () => box.value.toLowerCase().split(/\s+/).filter(Boolean);

  function filter() {
    const wanted = words();
    const chosen = new Set(kinds.filter((kind) => kind.checked).map((kind) => kind.value));
    const all = chosen.size === 0;
    let count = 0;
    for (const item of items) {
      const fits = (all || chosen.has(item.kind)) && wanted.every((word) => item.text.includes(word));
      item.node.hidden = !fits;
      count += fits ? 1 : 0;
    }
    for (const group of groups) {
      const own = items.filter((item) => item.node.dataset.of === group.dataset.group);
      group.hidden = own.length > 0 && own.every((item) => item.node.hidden);
    }
    const active = !all || wanted.length > 0;
    if (active) {
      for (const fold of document.querySelectorAll("details.document")) { fold.open = true; }
    }
    told.textContent = active ? `${count} of ${items.length} entries` : "";
  }

  box.addEventListener("input", filter);
  for (const kind of kinds) { kind.addEventListener("change", filter); }
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); box.focus(); }
    if (event.key === "Escape") {
      box.value = "";
      for (const kind of kinds) { kind.checked = false; }
      filter();
    }
  });
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const line = button.parentElement.querySelector("pre");
      const range = document.createRange();
      range.selectNodeContents(line);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      const done = () => { button.textContent = "Copied"; };
      if (navigator.clipboard) {
        navigator.clipboard.writeText(line.textContent).then(done, () => { document.execCommand("copy") && done(); });
      } else if (document.execCommand("copy")) { done(); }
    });
  }
  function unfold() {
    const name = decodeURIComponent(window.location.hash.slice(1));
    const target = name && document.getElementById(name);
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") { node.open = true; }
    }
    if (target) { target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const fold of folded) { fold.open = true; }
  });
  window.addEventListener("afterprint", () => { for (const fold of folded) { fold.open = false; } });
  document.querySelector(".filter").hidden = false;
})();
