"""What the boxes of a page tell about the outputs of a notebook: clipped, overlapping or empty ones."""

from __future__ import annotations

from playwright.sync_api import Locator

_FAULTS = """panel => {
  const faults = [];
  const said = element => (element.textContent || element.className).replace(/\\s+/g, ' ').trim().slice(0, 60);
  const shown = element => element.checkVisibility() && !element.closest('details:not([open]) > :not(summary)');
  const cells = [...panel.querySelectorAll('.jp-Cell')].filter(shown);
  const below = (boxes, what) => boxes.slice(1).forEach((box, n) => {
    const gap = box.getBoundingClientRect().top - boxes[n].getBoundingClientRect().bottom;
    if (gap < -1) faults.push(`${what} overlaps the one before by ${-gap} pixels: ${said(box)}`);
  });
  below(cells, 'cell');
  for (const cell of cells) below([...cell.querySelectorAll('.jp-OutputArea-child')].filter(shown), 'output');
  for (const output of [...panel.querySelectorAll('.jp-OutputArea-output')].filter(shown)) {
    const box = output.getBoundingClientRect();
    if (box.height < 4 || box.width < 4 || !(output.textContent.trim() || output.querySelector('img, input, button')))
      faults.push(`empty output of ${said(output.closest('.jp-Cell'))}`);
    for (const element of [output, ...output.querySelectorAll('*')].filter(shown)) {
      const style = getComputedStyle(element), own = element.getBoundingClientRect();
      if (own.width <= 1 || style.display === 'inline' || element.closest('select, style, script')) continue;
      const hides = way => ['hidden', 'clip'].includes(way);
      if (hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1)
        faults.push(`clipped by ${element.scrollWidth - element.clientWidth} pixels: ${said(element)}`);
      if (hides(style.overflowY) && element.scrollHeight > element.clientHeight + 2)
        faults.push(`clipped below by ${element.scrollHeight - element.clientHeight} pixels: ${said(element)}`);
      let scroller = element.parentElement;
      while (scroller !== output && !['auto', 'scroll'].includes(getComputedStyle(scroller).overflowX))
        scroller = scroller.parentElement;
      if (element !== output && scroller === output && own.right > box.right + 1)
        faults.push(`stands out by ${own.right - box.right} pixels: ${said(element)}`);
    }
  }
  if (panel.querySelector('.jp-Notebook').scrollWidth > panel.clientWidth + 1) faults.push('the notebook is too wide');
  return [...new Set(faults)];
}"""


def faults(panel: Locator) -> list[str]:
    """What is wrong with the outputs of the notebook in this panel, as wide as it is now."""
    found: list[str] = panel.evaluate(_FAULTS)
    return found
