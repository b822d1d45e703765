// Shows the copy buttons, which can do nothing without a script.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
    } catch { // a page that is not on this machine has no clipboard: select the text instead
      getSelection().selectAllChildren(source);
      source.select?.();
      return;
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
