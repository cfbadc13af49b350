// The reference of faultline.conf from the rows that it is read by (src/agent/config/sections): docs/configuration.md and
// the manual page faultline.conf(5).

import { configFolders, configName } from '../src/agent/config/files.ts'
import type { Key, Section } from '../src/agent/config/key.ts'
import { sections } from '../src/agent/config/keys.ts'
import { valueReaders } from '../src/agent/config/values.ts'

const all: readonly Section[] = sections

const headOf = ({ name, named }: Section): string => (named ? `[${name} NAME]` : `[${name}]`)

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** What a value may be, what holds without one, and how the command says it. */
function facts(key: Key): { value: string; default: string; option: string } {
  const defaultText = key.default === undefined || key.default === '' ? 'not set' : key.default
  return { value: capital(valueReaders[key.type].expects(key)), default: defaultText, option: key.option }
}

const intro = [
  `\`/etc/faultline/${configName}\` and drop-ins \`/etc/faultline/${configName}.d/*.conf\`. Nothing of it is needed: every key has a`,
  'default. Every key is also an option of the commands that heed it, and an option has the last word.',
  '',
  '    faultline config check        mistakes, with line and column and what would be right',
  '    faultline config show         every value in force, and where it comes from',
  '',
  '## Files',
  '',
  `The main file is the first of ${configFolders.map(folder => `\`${folder}/${configName}\``).join(', ')}`,
  'that is there. Then the drop-ins of all four folders are read in the order of their names, whatever their folder; of one name',
  'only the file in the first folder counts, so that an empty file in `/etc`, or a link to `/dev/null`, masks a vendor’s.',
  'What is read later has the last word.',
  '',
  '## Lines',
  '',
  '`[Section]`, `Key=value`, comments from `#` or `;` at the beginning of a line; a backslash at the end of a line goes on in the',
  'next. Of a key that comes twice the last value holds, but a list grows with each line. An empty value takes back what was',
  'said before: the default holds again, and a list is empty. The default of a list gives way to its first line. Sizes take `K`, `M`, `G`, `T` (powers of 1024); time spans `ms`,',
  '`s`, `min`, `h`, `d`, `w`, `y`, also several (`1h 30min`), and seconds without a unit. A mistake is told and its line not',
  'used; the rest holds.',
]

/** docs/configuration.md */
export function configurationPage(): string {
  const lines = ['# Configuration', '', ...intro]
  for (const section of all) {
    lines.push('', `## ${headOf(section)}`, '', section.doc)
    for (const key of section.keys) {
      const { value, default: byDefault, option } = facts(key)
      const code = byDefault === 'not set' ? byDefault : `\`${byDefault}\``
      lines.push('', `### ${key.name}=`, '', key.doc, '', `${value}. Default: ${code}. Option: \`${option}\`.`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Text for troff, as tools/reference.ts makes it. */
type Troff = (text: string) => string

/** faultline.conf(5) */
export function configurationManual(troff: Troff, version: string): string {
  const plain = (text: string): string => troff(text.replace(/`/g, ''))
  const paragraphs = (lines: readonly string[]): string =>
    lines
      .join('\n')
      .split(/\n\n+/)
      .map(block => {
        if (block.startsWith('## ')) return `.SH ${plain(block.slice(3).toUpperCase())}`
        return block.startsWith('    ') ? `.PP\n.nf\n${plain(block)}\n.fi` : `.PP\n${plain(block)}`
      })
      .join('\n')
  const parts = [
    `.TH FAULTLINE.CONF 5 "" "Faultline ${version}" "Faultline Manual"`,
    `.SH NAME\n${troff(`${configName} - configuration of faultline`)}`,
    `.SH DESCRIPTION\n${paragraphs(intro)}`,
  ]
  for (const section of all) {
    const keys = section.keys.map(key => {
      const { value, default: byDefault, option } = facts(key)
      const end = `${value}. Default: ${byDefault}. Option: ${option}.`
      return `.TP\n.BR ${troff(key.name)} =\n${plain(key.doc)}\n.br\n${plain(end)}`
    })
    parts.push([`.SH ${troff(headOf(section).toUpperCase())}`, plain(section.doc), ...keys].join('\n'))
  }
  parts.push('.SH SEE ALSO\n.BR faultline (1),\n.BR faultline\\-config\\-check (1),\n.BR faultline\\-config\\-show (1)')
  return `${parts.join('\n')}\n`
}
