// Live updates: the server says which conversation changed, the page fetches what it shows of it.
// Nothing that is being read moves: known rows are renewed in place, new ones wait behind a button.
{
  const address = document.body.dataset.live;
  const pending = new Map();
  const fresh = new Map();

  const showFresh = () => {
    const list = document.querySelector("#rows ul");
    if (!list) { location.reload(); return; }
    for (const row of fresh.values()) { row.dataset.fresh = ""; list.prepend(row); htmx.process(row); }
    fresh.clear();
    offer();
  };

  const offer = () => {
    const button = document.getElementById("fresh");
    if (!button) return;
    button.hidden = fresh.size === 0;
    button.querySelector("[data-count]").textContent = fresh.size;
  };

  const renewRow = async (id) => {
    const list = document.getElementById("list");
    if (!list) return;
    const answer = await fetch(`/inbox/rows/${id}?view=${list.dataset.view}`);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const tabs = page.getElementById("views");
    if (tabs) document.getElementById("views").replaceWith(tabs);
    const row = page.querySelector(".row");
    const known = document.getElementById(`c-${id}`);
    if (known && row) {
      if (known.querySelector("[aria-current]")) row.querySelector(".row-link").setAttribute("aria-current", "true");
      const focused = known.contains(document.activeElement);
      known.replaceWith(row);
      if (focused) row.querySelector(".row-link").focus();
    } else if (row && page.querySelector("ul").dataset.fits === "true") {
      fresh.set(id, row);
      // While somebody points at the list or walks it, a new row would push away what they aim at.
      if (list.querySelector(".rows")?.matches(":hover, :focus-within")) offer(); else showFresh();
    }
  };

  const renew = (id) => {
    clearTimeout(pending.get(id));
    pending.set(id, setTimeout(() => {
      pending.delete(id);
      renewRow(id).catch(() => {});
      document.dispatchEvent(new CustomEvent("kontor:changed", { detail: id }));
    }, 100));
  };

  if (address && window.EventSource) {
    // Each event of the server is named after what happened; its data is the conversation's id.
    const kinds = ["message.received", "message.sent", "message.noted", "message.delivery", "message.understood",
      "conversation.opened", "conversation.changed", "conversation.assigned", "conversation.prioritised",
      "conversation.closed", "conversation.reopened", "conversation.snoozed", "conversation.tagged",
      "conversation.untagged", "assistant.answered", "assistant.drafted", "assistant.handed_over"];
    const stream = new EventSource(address);
    for (const kind of kinds) stream.addEventListener(kind, (event) => { if (event.data) renew(event.data.trim()); });
    addEventListener("pagehide", () => stream.close());
    document.addEventListener("click", (event) => { if (event.target.closest("#fresh button")) {
      showFresh();
      document.querySelector("#list .pane-scroll").scrollTop = 0;
    } });
  }
}
