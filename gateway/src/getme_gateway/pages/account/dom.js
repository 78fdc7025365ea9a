// Elements from plain calls. Texts become text nodes, never markup.

// attributes: a listener where the value is a function (`onclick`), absent where it is false, null
// or undefined. children: elements, texts, or null for none.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// Says it to who cannot see it appear.
export function announce(message) {
  document.getElementById("announcements").textContent = message;
}

// For a screen reader, and whoever goes on by keyboard, to start there.
export function focusOn(element) {
  if (!element.matches("a, button, input")) {
    element.tabIndex = -1;
  }
  element.focus();
}
