// The composer: switches between reply and note without a reload, and keeps on the server what is
// typed, so that nothing is lost with a tab, a battery or a train.
{
  const waiting = new Map();

  const keep = async (area) => {
    const composer = area.closest(".composer");
    const said = document.getElementById("kept");
    const form = new URLSearchParams({ kind: area.dataset.kind, body: area.value });
    const answer = await fetch(composer.dataset.draft, { method: "PUT", body: form, keepalive: true });
    if (answer.ok && said) said.textContent = await answer.text();
  };

  document.addEventListener("input", (event) => {
    const area = event.target.closest?.(".composer textarea[data-kind]");
    if (!area) return;
    clearTimeout(waiting.get(area));
    waiting.set(area, setTimeout(() => { waiting.delete(area); keep(area).catch(() => {}); }, 800));
  });

  // Sending wins over keeping: a save that is still due would bring the sent text back.
  document.addEventListener("submit", (event) => {
    for (const area of event.target.querySelectorAll("textarea[data-kind]")) {
      clearTimeout(waiting.get(area));
      waiting.delete(area);
    }
  }, true);

  addEventListener("pagehide", () => {
    for (const [area, timer] of waiting) { clearTimeout(timer); keep(area).catch(() => {}); }
    waiting.clear();
  });

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-mode-tab]");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const composer = tab.closest(".composer");
    composer.dataset.mode = tab.dataset.modeTab;
    for (const one of composer.querySelectorAll("[data-mode-tab]")) {
      if (one === tab) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
    }
    composer.querySelector(`[data-for="${tab.dataset.modeTab}"] textarea`)?.focus();
  });
}
// A picture that is pasted into a reply goes with it, and its mark stands where it was pasted.
{
  document.addEventListener("paste", (event) => {
    const area = event.target.closest?.('textarea[data-kind="reply"]');
    const pictures = [...(event.clipboardData?.files ?? [])].filter((file) => /^image\/(png|jpeg|gif|webp)$/.test(file.type));
    const field = area?.form?.querySelector('input[type="file"]');
    if (!field || pictures.length === 0) return;
    event.preventDefault();
    const all = new DataTransfer();
    const marks = pictures.map((file, i) => {
      const name = `picture-${Date.now().toString(36)}${i || ""}.${file.type.slice(6)}`;
      all.items.add(new File([file], name, { type: file.type }));
      return `[image: ${name}]`;
    });
    area.setRangeText(marks.join("\n"), area.selectionStart, area.selectionEnd, "end");
    field.files = all.files;
    area.form.requestSubmit(area.form.querySelector("[data-attach]"));
  });
}
