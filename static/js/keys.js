// Keyboard: an element with data-key="e" is pressed by e, "g i" by g then i; j and k walk the rows.
{
  let before = "";

  const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]");
  const seen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

  const walk = (step) => {
    const rows = [...document.querySelectorAll(".row-link, .hit-link")];
    const at = rows.findIndex((row) => row === document.activeElement);
    const current = at < 0 ? rows.findIndex((row) => row.hasAttribute("aria-current")) : at;
    const next = rows[Math.min(rows.length - 1, Math.max(0, current + step))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const press = (element) => {
    if (element.matches("textarea, input")) { element.focus(); element.select?.(); return; }
    if (element.matches("summary")) {
      const fold = element.parentElement;
      fold.open = !fold.open;
      fold.querySelector("select, button, input:not([type=hidden])")?.focus();
      return;
    }
    element.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
      event.preventDefault();
      const form = event.target.form;
      form?.requestSubmit(form.querySelector("[data-send]") ?? undefined);
      return;
    }
    if (event.key === "Escape" && event.target.matches("textarea, input")) { event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") { document.getElementById("help")?.showModal(); return; }
    if (event.key === "j" || event.key === "k") { event.preventDefault(); walk(event.key === "j" ? 1 : -1); return; }
    const chord = before ? `${before} ${event.key}` : event.key;
    before = event.key === "g" ? "g" : "";
    const keyed = [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key === chord && seen(one));
    // A field that is there comes before a link to one.
    const element = keyed.find((one) => one.matches("input")) ?? keyed[0];
    if (element) { event.preventDefault(); press(element); }
  });
}
