// Logs copied out of a web page's source, or pasted into something that escaped them.

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' }

const entity = /&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});/
const entities = /&(lt|gt|amp|quot|apos|nbsp|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});/g
const lineBreak = /<br ?\/?>/i
const tags = /<\/?(?:pre|code|p|div|span|tt|samp|a|b|i|em|strong|font|td|tr|li)(?: [^<>]{0,200})?>/g
// <pre> and the like around a whole log, without any entity in the same line
const outerTags = /^(?:<(?:pre|code|samp)(?: [^<>]{0,200})?>){1,3}|(?:<\/(?:pre|code|samp)>){1,3}$/g

/**
 * The lines of one HTML-escaped line, or undefined when it shows no sign of that: an entity of the kind that the kernel
 * never prints, and no bracket left that escaping would have replaced.
 */
export function unescapeHtml(text: string): string[] | undefined {
  const escaped = text.includes('&') && entity.test(text)
  const broken = (text.includes('<br') || text.includes('<BR')) && lineBreak.test(text)
  if (!escaped && !broken) {
    if (text.charCodeAt(0) !== 0x3c && text.charCodeAt(text.length - 1) !== 0x3e) return undefined
    const bare = text.replace(outerTags, '')
    return bare === text ? undefined : [bare]
  }
  const parts = text.split(lineBreak).map(part => part.replace(tags, ''))
  // A quote mark or a level may stand before the escaped text.
  if (escaped && !broken && parts.some(part => /[<>]/.test(part.replace(/^[> ]{0,20}(?:<\d{1,3}>)?/, ''))))
    return undefined
  if (parts.length > 1 && parts.at(-1) === '') parts.pop()
  return parts.map(part => (entity.test(part) ? decode(decode(part)) : part))
}

function decode(text: string): string {
  return text.replace(entities, (whole, name: string) => {
    if (!name.startsWith('#')) return named[name] ?? whole
    const hex = name.charCodeAt(1) === 0x78 || name.charCodeAt(1) === 0x58
    const code = hex ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    if (code === 0xa0) return ' '
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  })
}
