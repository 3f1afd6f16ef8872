// Opens a conversation beside the list on wide screens. The address stays an ordinary page, so a
// reload, a new tab and a browser without scripts get the same conversation.
{
  const wide = matchMedia("(width >= 64rem)");

  const open = async (link) => {
    const desk = link.closest(".desk");
    for (const other of desk.querySelectorAll(".row-link[aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    link.closest(".row").removeAttribute("data-fresh");
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) { location.assign(link.href); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["thread", "panel"]) {
      const fresh = page.getElementById(id);
      if (!fresh) { location.assign(link.href); return; }
      document.getElementById(id).replaceWith(fresh);
      htmx.process(fresh);
    }
    document.title = page.title;
    if (location.pathname + location.search !== link.pathname + link.search) {
      history.pushState({ pane: true }, "", link.href);
    }
    document.dispatchEvent(new CustomEvent("kontor:opened"));
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pane]");
    if (!link || !wide.matches || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link).catch(() => location.assign(link.href));
  });

  addEventListener("popstate", () => location.reload());
}
