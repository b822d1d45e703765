/**
 * Runs in a page. It returns the texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3). Controls
 * that are switched off have no limit there.
 */
export const contrast = () => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const behind = (element) => {
    const colors = [];
    for (let e = element; e; e = e.parentElement) colors.unshift(getComputedStyle(e).backgroundColor);
    return colors;
  };
  const paint = (colors) => {
    canvas.fillStyle = matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#fff';
    canvas.fillRect(0, 0, 1, 1);
    for (const color of colors) {
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const measure = (element, color, text) => {
    const back = behind(element);
    const [a, b] = [paint(back), paint([...back, color])].sort((x, y) => y - x);
    found.push({ ratio: Math.round(((a + 0.05) / (b + 0.05)) * 100) / 100, text: text.trim().slice(0, 40) });
  };
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.disabled || element.closest('[inert], option, noscript')) continue;
    const text = [...element.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.data).join('').trim() || element.value;
    if (text) measure(element, getComputedStyle(element).color, text);
    if (element.placeholder) measure(element, getComputedStyle(element, '::placeholder').color, element.placeholder);
  }
  return found.filter((f) => f.ratio < 4.5).concat(found.length < 5 ? [{ ratio: 0, text: 'too little text was found' }] : []);
};
