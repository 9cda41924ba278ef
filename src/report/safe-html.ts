// HTML that is safe by construction: the tag `html` escapes every value it is given,
// unless that value is itself SafeHtml. Only `trusted` lets raw markup in.

const kind = Symbol('safe HTML')

export interface SafeHtml {
  readonly [kind]: true
  readonly text: string
}

export type HtmlValue = string | number | SafeHtml | null | undefined | false | readonly HtmlValue[]

/** Markup from this code; null, undefined and false print nothing, lists print one after another. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  let text = parts[0]!
  for (let i = 0; i < values.length; i++) text += render(values[i]) + parts[i + 1]!
  return trusted(text)
}

/** Markup that this project made (a chart, a style sheet). Never a value from a file or a method. */
export function trusted(text: string): SafeHtml {
  return { [kind]: true, text }
}

/** Escapes for element content and for quoted attributes; control characters that HTML forbids become U+FFFD. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd')
    .replace(/[&<>"'`]/g, character => `&#${character.charCodeAt(0)};`)
}

/** Joins markup with a separator. */
export function joined(items: readonly HtmlValue[], separator: HtmlValue): SafeHtml {
  return trusted(items.map(render).join(render(separator)))
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return ''
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return escapeHtml(String(value))
  if (Array.isArray(value)) return (value as readonly HtmlValue[]).map(render).join('')
  return (value as SafeHtml).text
}
