// The search page: arrows move from the field through what was found, Enter opens it.
{
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const field = event.target.closest?.(".search-page input");
    const hit = event.target.closest?.("#results [data-hit]");
    if (!field && !hit) return;
    const hits = [...document.querySelectorAll("#results [data-hit]")];
    const next = hits.indexOf(hit) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    if (next < 0) { document.querySelector(".search-page input").focus(); return; }
    const to = hits[Math.min(next, hits.length - 1)];
    to?.focus();
    to?.scrollIntoView({ block: "nearest" });
  });
}
