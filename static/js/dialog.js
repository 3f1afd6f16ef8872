// Menus in <details class="fly">: one open at a time, shut by a click elsewhere or Escape.
{
  const shut = (except) => {
    for (const fold of document.querySelectorAll("details.fly[open]")) if (fold !== except) fold.open = false;
  };

  document.addEventListener("click", (event) => shut(event.target.closest("details.fly")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const fold = document.querySelector("details.fly[open]");
    if (!fold) return;
    fold.open = false;
    fold.querySelector("summary").focus();
  });
}
