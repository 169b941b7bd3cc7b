"use strict";
(() => {
  const box = document.getElementById("search");
  const told = document.getElementById("told");
  const kinds = [...document.querySelectorAll(".filter input[type=checkbox]")];
  // What a check says stands once in the table of requirements; its other places are filled in from there.
  for (const link of document.querySelectorAll('.every a[href^="#t"]')) {
    const first = document.getElementById(link.hash.slice(1));
    const told = first.cloneNode(true);
    // The sign of a verdict, where there is one, stands there already.
    told.firstChild.textContent = told.firstChild.textContent.replace(/^[\u2691\u2717?\u25b3\u2013\u2713] /, "");
    link.replaceWith(...told.childNodes);
  }
  // So does why something did not apply: in the section of that name.
  for (const link of document.querySelectorAll('.every a[href^="#na"]')) {
    const fold = document.getElementById(link.hash.slice(1));
    const key = fold.querySelector(".key");
    const why = link.closest("tr").children[2].appendChild(document.createElement("p"));
    why.textContent = `${fold.querySelector("summary").firstChild.textContent.trim()} ${key ? key.textContent : ""}`;
  }
  // Each statement is a place to link to, by its name.
  for (const name of document.querySelectorAll(".every td:first-child")) { name.parentNode.id = name.textContent.trim(); }
  const entries = "[data-kind], .every tr[id]";
  const kind = (node) => node.dataset.kind || /v-([\w-]+)/.exec(node.lastElementChild.className)[1];
  const items = [...document.querySelectorAll(entries)].map((node) => ({
    node, kind: kind(node), text: node.textContent.toLowerCase(),
  }));
  const groups = [...document.querySelectorAll("[data-group], .every tbody")];
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
      const own = [...group.querySelectorAll(entries)];
      group.hidden = own.length > 0 && own.every((node) => node.hidden);
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
  // On paper what was exchanged stands in an appendix, which is printed where it is asked for.
  const wanted = document.getElementById("appendix");
  const bodies = document.getElementById("bodies");
  let folded = [], moved = [];
  window.addEventListener("beforeprint", () => {
    document.body.classList.toggle("with-appendix", wanted.checked);
    folded = [...document.querySelectorAll("details:not([open])")].filter(
      (fold) => wanted.checked || !fold.closest(".appendix"));
    for (const fold of folded) { fold.open = true; }
    if (!wanted.checked) { return; }
    bodies.hidden = false;
    for (const fold of document.querySelectorAll("details.exchanges")) {
      const place = document.createComment("exchanges");
      fold.replaceWith(place);
      const title = document.createElement("h3");
      title.textContent = fold.dataset.title;
      bodies.append(title, fold);
      moved.push([place, title, fold]);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const [place, title, fold] of moved) { title.remove(); place.replaceWith(fold); }
    for (const fold of folded) { fold.open = false; }
    bodies.hidden = true;
    folded = moved = [];
  });
  // Nothing lands below the bar: what is jumped to keeps clear of it, however high it is.
  const bar = document.querySelector(".filter");
  const clear = () => {
    const sticky = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.setProperty("--bar", sticky ? `${bar.offsetHeight + 12}px` : "12px");
  };
  window.addEventListener("resize", clear);
  bar.hidden = false;
  clear();
  unfold();
})();
