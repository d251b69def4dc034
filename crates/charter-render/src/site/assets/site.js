// Search, and the choice of light or dark. Every page is whole without it.
"use strict";

(function () {
  const root = document.documentElement;

  // Light or dark: as the system says, unless somebody chose.
  const kept = (function () {
    try { return localStorage.getItem("charter-theme"); } catch (_) { return null; }
  })();
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;

  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function theme(button) {
    const show = function () {
      button.textContent = isDark() ? "Light" : "Dark";
      button.setAttribute("aria-label", isDark() ? "Switch to light" : "Switch to dark");
    };
    button.hidden = false;
    button.addEventListener("click", function () {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("charter-theme", root.dataset.theme); } catch (_) { /* nothing is kept then */ }
      show();
    });
    show();
  }

  // The index is a script, so that it loads from a folder too; only when somebody searches.
  let loading = null;
  function index() {
    if (!loading) {
      loading = new Promise(function (resolve) {
        const script = document.createElement("script");
        script.src = "search.js";
        script.onload = function () { resolve(window.charterIndex || []); };
        script.onerror = function () { resolve([]); };
        document.head.appendChild(script);
      });
    }
    return loading;
  }

  function rank(entry, words) {
    const title = entry[0].toLowerCase();
    const rest = (entry[1] + " " + entry[3]).toLowerCase();
    let score = 0;
    for (const word of words) {
      if (title === word) score += 100;
      else if (title.startsWith(word)) score += 60;
      else if (title.includes(word)) score += 40;
      else if (rest.includes(word)) score += 10;
      else return 0;
    }
    return entry[1] === "page" ? score + 5 : score;
  }

  function find(entries, query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    return entries.map(function (entry) { return [rank(entry, words), entry]; })
      .filter(function (found) { return found[0] > 0; })
      .sort(function (left, right) { return right[0] - left[0] || left[1][0].length - right[1][0].length; })
      .slice(0, 20)
      .map(function (found) { return found[1]; });
  }

  function search(box, input, results) {
    let chosen = -1;
    box.hidden = false;

    function choose(next) {
      const links = results.querySelectorAll("a");
      if (!links.length) return;
      chosen = (next + links.length) % links.length;
      links.forEach(function (link, at) { link.setAttribute("aria-selected", String(at === chosen)); });
      input.setAttribute("aria-activedescendant", links[chosen].id);
      links[chosen].scrollIntoView({ block: "nearest" });
    }

    function close() {
      results.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      chosen = -1;
    }

    function show(found) {
      results.textContent = "";
      found.forEach(function (entry, at) {
        const link = document.createElement("a");
        link.href = entry[2];
        link.id = "result-" + at;
        link.setAttribute("role", "option");
        link.setAttribute("aria-selected", "false");
        link.append(entry[0]);
        for (const part of [["kind", entry[1]], ["text", entry[3]]]) {
          if (!part[1]) continue;
          const span = document.createElement("span");
          span.className = part[0];
          span.textContent = part[1];
          link.append(span);
        }
        results.append(link);
      });
      if (!found.length) {
        const nothing = document.createElement("p");
        nothing.textContent = "Nothing is called so.";
        results.append(nothing);
      }
      results.hidden = false;
      input.setAttribute("aria-expanded", "true");
    }

    input.addEventListener("focus", index);
    input.addEventListener("input", function () {
      const query = input.value;
      if (!query.trim()) { close(); return; }
      index().then(function (entries) { if (input.value === query) { show(find(entries, query)); choose(0); } });
    });
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
      else if (event.key === "Escape") { close(); input.blur(); }
      else if (event.key === "Enter") {
        const link = results.querySelectorAll("a")[Math.max(chosen, 0)];
        if (link && !results.hidden) { event.preventDefault(); link.click(); close(); }
      }
    });
    document.addEventListener("keydown", function (event) {
      const typing = /^(input|textarea|select)$/i.test(document.activeElement && document.activeElement.tagName);
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); input.focus(); }
    });
    document.addEventListener("click", function (event) { if (!box.contains(event.target)) close(); });
  }

  // What is closed is opened where a link leads into it, and on paper.
  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let part = target.querySelector("details") || target; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") part.open = true;
    }
  }

  // What is wider than the screen says so, and only that is a stop for the keyboard.
  function hints() {
    for (const region of document.querySelectorAll(".scroll, .picture")) {
      const wide = region.scrollWidth > region.clientWidth + 4;
      const before = region.previousElementSibling;
      const told = before && before.classList.contains("hint");
      if (wide) region.tabIndex = 0; else region.removeAttribute("tabindex");
      if (wide && !told) {
        const hint = document.createElement("p");
        hint.className = "hint";
        hint.textContent = "scroll sideways for more";
        region.before(hint);
      } else if (!wide && told) {
        before.remove();
      }
    }
  }

  // A box that is pointed at, or has the focus, shows what it has to do with.
  function light(picture) {
    const edges = picture.querySelectorAll(".edge");
    function show(node) {
      picture.classList.toggle("lit", Boolean(node));
      for (const part of picture.querySelectorAll(".lit")) part.classList.remove("lit");
      if (!node) return;
      const own = node.dataset.node;
      const near = new Set([own]);
      for (const edge of edges) {
        const ends = edge.dataset.ends.split(" ");
        if (!ends.includes(own)) continue;
        edge.classList.add("lit");
        ends.forEach(function (end) { near.add(end); });
      }
      for (const other of picture.querySelectorAll(".node")) if (near.has(other.dataset.node)) other.classList.add("lit");
    }
    const of = function (event) { return event.target.closest(".node") || event.target.querySelector(":scope > .node"); };
    picture.addEventListener("pointerover", function (event) { show(event.target.closest(".node")); });
    picture.addEventListener("pointerleave", function () { show(null); });
    picture.addEventListener("focusin", function (event) { show(of(event)); });
    picture.addEventListener("focusout", function () { show(null); });
  }

  document.addEventListener("DOMContentLoaded", function () {
    theme(document.getElementById("theme"));
    search(document.getElementById("search-box"), document.getElementById("search"), document.getElementById("results"));
    reveal();
    window.addEventListener("hashchange", reveal);
    hints();
    window.addEventListener("resize", hints);
    document.addEventListener("toggle", hints, true);
    document.querySelectorAll("svg.graph").forEach(light);
  });
})();
