import DOMPurify from 'dompurify';

const RULES = {
  ALLOWED_TAGS: [
    'p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'strong', 'em', 's', 'a', 'code', 'pre', 'blockquote', 'ul', 'ol',
    'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'div', 'span', 'figure', 'figcaption', 'button',
  ],
  ALLOWED_ATTR: ['href', 'title', 'target', 'rel', 'dir', 'class', 'start', 'type', 'data-tex', 'data-copy'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ADD_URI_SAFE_ATTR: ['target', 'rel', 'dir', 'start', 'type', 'data-tex', 'data-copy'], // are no addresses
  RETURN_DOM_FRAGMENT: true,
};

/**
 * HTML as nodes, with nothing in them but what the renderer makes. The renderer already escapes raw HTML; this is the
 * second wall, should it be wrong.
 */
export function sanitised(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, RULES) as unknown as DocumentFragment;
}
