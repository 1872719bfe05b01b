// What the terminal's own script leaves to its page: the focus, and starting again.
window.addEventListener("DOMContentLoaded", () => {
  const again = document.querySelector("#again");
  again.addEventListener("click", () => window.location.reload());

  // The app hears of the focus over its connection, so there has to be one: the first picture.
  const marks = new MutationObserver(() => {
    if (document.body.classList.contains("-closed")) {
      marks.disconnect();
      again.focus();
    } else if (document.body.classList.contains("-first-byte")) {
      document.querySelector(".xterm-helper-textarea").focus();
    }
  });
  marks.observe(document.body, { attributeFilter: ["class"] });
});
