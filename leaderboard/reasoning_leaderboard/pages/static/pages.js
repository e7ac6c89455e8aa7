// Filters and sorts the items of a page as `filters.py` does, without asking the server. What was chosen stands in the
// page's address, so that a link shows what its sender saw and the browser's back button goes back.
"use strict";

(() => {
  const form = document.querySelector("form[data-filters]");
  const folds = [...document.querySelectorAll(".episode, .tree")];

  function chosen() {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value.trim()) values.set(name, value.trim());
    return values;
  }

  function fits(fact, match, wanted) {
    if (match === "text") return fact.toLowerCase().includes(wanted.toLowerCase());
    if (match === "equal") return fact === wanted;
    if (wanted === "-" || wanted === "*") return (fact !== "") === (wanted === "*");
    if (match === "among") return fact.split("|").includes(wanted);
    return fact !== "" && Number(fact) <= Number(wanted);
  }

  function passes(item, values) {
    return controls.every(({ name, dataset }) => {
      const wanted = values.get(name);
      return !wanted || fits(item.getAttribute(`data-${name}`) ?? "", dataset.match, wanted);
    });
  }

  // Equal keys stay in the order of the places that the items first had; items without a key come last.
  function compare(name, numeric, sign) {
    const key = (item) => {
      const text = item.getAttribute(`data-key-${name}`) ?? item.getAttribute(`data-${name}`);
      return text === null ? null : numeric ? Number(text) : text.toLowerCase();
    };
    return (one, other) => {
      const [a, b] = [key(one), key(other)];
      if (a === null || b === null) return (a === null) - (b === null) || place(one) - place(other);
      return (a > b ? sign : a < b ? -sign : 0) || place(one) - place(other);
    };
  }

  const place = (item) => Number(item.dataset.place);

  function show(values) {
    let shown = 0;
    for (const item of items) {
      item.hidden = !passes(item, values);
      shown += !item.hidden;
    }
    for (const section of document.querySelectorAll("[data-section]"))
      section.hidden = !section.querySelector("[data-item]:not([hidden])");
    const count = form.querySelector("[data-count]");
    count.textContent = `${shown} of ${items.length} ${count.dataset.what}`;
    document.querySelector("[data-none]").hidden = shown > 0;
  }

  function sort(wanted) {
    const name = wanted.replace(/^-/, "");
    for (const head of document.querySelectorAll("th[data-column]")) {
      const here = head.dataset.column === name;
      head.setAttribute("aria-sort", here ? (wanted[0] === "-" ? "descending" : "ascending") : "none");
      const first = head.dataset.first;
      const opposite = wanted[0] === "-" ? name : `-${name}`;
      head.querySelector("button").value = here ? opposite : first;
    }
    const head = document.querySelector(`th[data-column="${CSS.escape(name)}"]`);
    if (!head) return;
    const order = compare(name, head.classList.contains("number"), wanted[0] === "-" ? -1 : 1);
    for (const body of document.querySelectorAll("tbody[data-items]"))
      body.append(...[...body.querySelectorAll(":scope > [data-item]")].sort(order));
  }

  function fill(values) {
    for (const control of controls) {
      control.value = values.get(control.name) ?? "";
      if (control.selectedIndex === -1) control.value = ""; // nothing that can be chosen
    }
    const columns = [...document.querySelectorAll("th[data-column]")].map((head) => head.dataset.column);
    const wanted = values.get("sort") ?? "";
    sorted.value = columns.includes(wanted.replace(/^-/, "")) ? wanted : "";
  }

  function update() {
    show(chosen());
    sort(sorted.value || form.dataset.standard);
  }

  function keep(how) {
    const query = chosen().toString();
    history[how](null, "", query ? `?${query}` : location.pathname);
  }

  function change(how) {
    update();
    keep(how);
  }

  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    const fold = target?.closest("details");
    if (fold) fold.open = true;
    if (fold) target.scrollIntoView();
  }

  for (const buttons of document.querySelectorAll("[data-fold-buttons]")) {
    buttons.hidden = false;
    buttons.addEventListener("click", ({ target }) => {
      if (target.dataset.fold) for (const fold of folds) fold.open = target.dataset.fold === "open";
    });
  }
  addEventListener("hashchange", reveal);
  reveal();

  if (!form) return;
  const items = [...document.querySelectorAll("[data-item]")];
  const sorted = form.querySelector("input[name=sort]"); // the buttons that sort have this name too
  const controls = [...form.elements].filter((control) => control.dataset.match);
  form.querySelector("[data-apply]").hidden = true;
  form.addEventListener("input", ({ target }) => change(target.type === "search" ? "replaceState" : "pushState"));
  form.querySelector("[data-clear]").addEventListener("click", (event) => {
    event.preventDefault();
    fill(new URLSearchParams());
    change("pushState");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.name === "sort")
      sorted.value = event.submitter.value === form.dataset.standard ? "" : event.submitter.value;
    change("pushState");
  });
  addEventListener("popstate", () => {
    fill(new URLSearchParams(location.search));
    update();
  });
  fill(new URLSearchParams(location.search));
  update();
})();
