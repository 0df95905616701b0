// Nodes from data, and the change of what is shown to what should be shown. Text only ever becomes text nodes.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `attributes` may hold `class`, `style` (an object), booleans; null and false are left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Make the children of `container` look like `children`. Nodes that stay the same node keep focus, hover and clicks. */
export function show(container, ...children) {
  const fresh = document.createDocumentFragment();
  fresh.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  changeChildren(container, fresh);
}

function keyOf(node) {
  return node?.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
}

function changeChildren(container, fresh) {
  const keyed = new Map();
  for (const child of container.children) if (keyOf(child) !== null) keyed.set(keyOf(child), child);
  let place = container.firstChild;
  for (const next of [...fresh.childNodes]) {
    const match = keyOf(next) !== null ? keyed.get(keyOf(next)) : place && keyOf(place) === null ? place : null;
    if (!match || match.nodeName !== next.nodeName) {
      container.insertBefore(next, place);
      continue;
    }
    keyed.delete(keyOf(next));
    if (match === place) place = place.nextSibling;
    else container.insertBefore(match, place);
    change(match, next);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function change(node, fresh) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== fresh.data) node.data = fresh.data;
    return;
  }
  for (const { name } of [...node.attributes]) if (!fresh.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (node.getAttribute(name) === value) continue;
    if (name === "style") node.style.cssText = fresh.style.cssText; // an attribute would fall under the policy
    else node.setAttribute(name, value);
  }
  changeChildren(node, fresh);
}
