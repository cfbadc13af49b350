// MAINTAINERS of the kernel's source: who looks after which files. Its own head describes the letters; what is not said there
// is done as scripts/get_maintainer.pl does it.

export interface MaintainersSection {
  title: string
  /** S: Supported, Maintained, Odd Fixes, Orphan, Obsolete */
  status?: string
  /** M: */
  maintainers: string[]
  /** R: */
  reviewers: string[]
  /** L: */
  lists: string[]
  /** B: where bugs are to be told */
  bugs: string[]
  /** T: */
  trees: string[]
  /** W: and Q: pages */
  pages: string[]
  files: FilePattern[]
  excluded: FilePattern[]
  /** N: and K: a path's and a content's expression */
  names: RegExp[]
  contents: RegExp[]
}

interface FilePattern {
  /** what stands before the first wildcard: it must begin the path */
  literal: string
  expression: RegExp
  /** a folder with everything below it */
  folder: boolean
  slashes: number
  /** the more parts, the closer it is to the file; −1 for "everything" */
  depth: number
}

/** An expression in a file of the user's is run on the user's own files; longer ones are no one's. */
const MAX_EXPRESSION = 2000

const line = /^(?<letter>[A-Z]):\s*(?<value>.*?)\s*$/

/** All sections, in order. A line without a letter is the title of what follows. */
export function readMaintainers(text: string): MaintainersSection[] {
  const sections: MaintainersSection[] = []
  let title = ''
  let section: MaintainersSection | undefined
  for (const each of text.split('\n')) {
    const { letter, value } = line.exec(each)?.groups ?? {}
    if (letter === undefined || value === undefined) {
      if (each.trim() === '') continue
      title = each.trim()
      section = undefined
      continue
    }
    if (section === undefined) {
      section = emptySection(title)
      sections.push(section)
    }
    take(section, letter, value)
  }
  return sections
}

const emptySection = (title: string): MaintainersSection => ({
  title,
  maintainers: [],
  reviewers: [],
  lists: [],
  bugs: [],
  trees: [],
  pages: [],
  files: [],
  excluded: [],
  names: [],
  contents: [],
})

const textOf = { M: 'maintainers', R: 'reviewers', L: 'lists', B: 'bugs', T: 'trees', W: 'pages', Q: 'pages' } as const

function take(section: MaintainersSection, letter: string, value: string): void {
  if (letter in textOf) section[textOf[letter as keyof typeof textOf]].push(value)
  else if (letter === 'S') section.status ??= value
  else if (letter === 'F') section.files.push(patternOf(value))
  else if (letter === 'X') section.excluded.push(patternOf(value))
  else if (letter === 'N' || letter === 'K') {
    const expression = perlExpression(value)
    if (expression !== undefined) section[letter === 'N' ? 'names' : 'contents'].push(expression)
  }
}

const escaped = (text: string): string => text.replace(/[\\^$.|+()[\]{}/]/g, '\\$&')

/** "*" is any text, "?" any character; neither stands for a "/" more or less, but "**" does. */
function patternOf(value: string): FilePattern {
  const source = escaped(value).replace(/\*+/g, '.*').replaceAll('?', '.')
  const slashes = value.split('/').length - 1
  const folder = value.endsWith('/') || value.includes('**')
  return {
    literal: value.split(/[*?]/, 1)[0]!,
    expression: new RegExp(`^${source}`),
    folder,
    slashes,
    depth: value.startsWith('*') ? -1 : slashes + (folder ? 0 : 1),
  }
}

/** As get_maintainer.pl uses it, with m//x: white space and comments in it mean nothing. */
function perlExpression(value: string): RegExp | undefined {
  if (value.length > MAX_EXPRESSION) return undefined
  const plain = value.replace(/\\.|\[(?:\\.|[^\]\\])*\]|\s+|#.*$/g, part => (/^(?:\s|#)/.test(part) ? '' : part))
  try {
    return new RegExp(plain.replace(/\(\?([imsx]+)\)/g, ''), plain.startsWith('(?i)') ? 'i' : '')
  } catch {
    return undefined
  }
}

function matches({ literal, expression, folder, slashes }: FilePattern, path: string): boolean {
  if (!path.startsWith(literal) || !expression.test(path)) return false
  // A folder whose "/" was forgotten.
  if (path[literal.length] === '/' && expression.source === `^${escaped(literal)}`) return true
  return folder || path.split('/').length - 1 === slashes
}

/**
 * The sections that a file belongs to, the closest first and what its words alone speak for behind. `content` is asked for
 * when a section has an expression for it.
 */
export function sectionsOf(
  sections: readonly MaintainersSection[],
  path: string,
  content: string | undefined,
): MaintainersSection[] {
  const found: { section: MaintainersSection; weight: number }[] = []
  for (const section of sections) {
    const weight = weightOf(section, path, content)
    if (weight !== undefined) found.push({ section, weight })
  }
  return found.sort((a, b) => b.weight - a.weight).map(({ section }) => section)
}

/** of a section by an expression for the path, and for the content */
const BY_NAME = 0
const BY_CONTENT = -2

function weightOf(section: MaintainersSection, path: string, content: string | undefined): number | undefined {
  if (section.excluded.some(pattern => matches(pattern, path))) return undefined
  const depths = section.files.filter(pattern => matches(pattern, path)).map(({ depth }) => depth)
  if (section.names.some(expression => expression.test(path))) depths.push(BY_NAME)
  if (depths.length > 0) return Math.max(...depths)
  return content !== undefined && section.contents.some(each => each.test(content)) ? BY_CONTENT : undefined
}

/** An address and who it is of, as in MAINTAINERS and .mailmap. */
const person = /^(?<name>[^<>]*)<(?<address>[^<>\s]+)>/

/** Addresses that people have moved from → how they are written to now. gitmailmap(5). */
export function readMailmap(text: string): (entry: string) => string {
  const now = new Map<string, { name: string; address: string }>()
  for (const each of text.split('\n')) {
    const addresses = [...each.replace(/#.*$/, '').matchAll(/<([^<>\s]+)>/g)].map(match => match[1]!)
    const name = person.exec(each)?.groups?.['name']?.trim() ?? ''
    const [proper, old = proper] = addresses
    if (proper !== undefined && old !== undefined) now.set(old.toLowerCase(), { name, address: proper })
  }
  return entry => {
    const { name = '', address = '' } = person.exec(entry)?.groups ?? {}
    const found = now.get(address.toLowerCase())
    return found === undefined ? entry : `${found.name || name.trim()} <${found.address}>`
  }
}
