// Counts down the seconds in which a reply can be taken back. The server decides; this only shows.
{
  const ends = new WeakMap();

  const tick = () => {
    for (const one of document.querySelectorAll("[data-left]")) {
      if (!ends.has(one)) ends.set(one, performance.now() + Number(one.dataset.left) * 1000);
      const left = Math.ceil((ends.get(one) - performance.now()) / 1000);
      const words = left > 0 ? one.dataset.words.replace("#", left) : one.dataset.over;
      if (one.textContent !== words) one.textContent = words;
    }
  };

  setInterval(tick, 250);
}
