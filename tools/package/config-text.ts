// /etc/faultline/faultline.conf as the package brings it: every key with what it does and its default, commented out.

import type { Key, Section } from '../../src/agent/config/key.ts'
import { sections } from '../../src/agent/config/keys.ts'

const WIDTH = 100

export function configText(): string {
  const head = comment(
    'Every key with its default. Remove the "#" before a line to change it; drop-ins in /etc/faultline/faultline.conf.d/*.conf do as well. `faultline config check` says whether all is right.',
  )
  const parts = (sections as readonly Section[]).map(({ name, doc, keys, named }) => {
    const title = named ? `#[${name} NAME]` : `[${name}]`
    return [...comment(doc), title, ...keys.flatMap(keyLines)].join('\n')
  })
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`
}

function keyLines({ name, default: value, doc, values }: Key): string[] {
  const allowed = values === undefined ? '' : ` One of ${values.join(', ')}.`
  return ['', ...comment(`${doc}${allowed}`), `#${name}=${value ?? ''}`]
}

function comment(text: string): string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length >= WIDTH) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
