// Brings an open conversation up to date without moving what is being read: lines that are the
// same stay the same nodes (a mail that is open in its frame stays open), others are exchanged.
{
  const same = (a, b) => a.outerHTML.replaceAll(' open=""', "") === b.outerHTML;

  const renewEntries = (list, fresh) => {
    let at = list.firstElementChild;
    for (const line of [...fresh.children]) {
      if (at && (at.id === line.id || !at.id) && same(at, line)) { at = at.nextElementSibling; continue; }
      if (at && at.id && at.id === line.id) {
        const next = at.nextElementSibling;
        at.replaceWith(line);
        at = next;
      } else {
        line.dataset.fresh = "";
        list.insertBefore(line, at);
      }
    }
    while (at) { const next = at.nextElementSibling; at.remove(); at = next; }
  };

  const renewRest = (flow, fresh) => {
    const rest = (node) => [...node.children].filter((child) => child.id !== "entries");
    const [old, now] = [rest(flow), rest(fresh)];
    if (old.length === now.length && old.every((child, i) => same(child, now[i]))) return;
    for (const child of old) child.remove();
    for (const child of now) {
      if (child.classList.contains("rows-more")) flow.prepend(child); else flow.append(child);
      htmx.process(child);
    }
  };

  document.addEventListener("kontor:changed", async ({ detail: id }) => {
    const thread = document.getElementById("thread");
    if (thread?.dataset.conversation !== id) return;
    const answer = await fetch(`/conversations/${id}`, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("flow");
    const flow = document.getElementById("flow");
    if (!fresh || !flow || document.getElementById("thread")?.dataset.conversation !== id) return;
    renewEntries(document.getElementById("entries"), fresh.querySelector("#entries"));
    renewRest(flow, fresh);
    htmx.process(flow);
  });
}
