// Numbers of users and groups by their names, from the files of passwd(5) and group(5).

import { readFileSync } from 'node:fs'

/** Field 3 of the line whose field 1 is the name; a number stands for itself; undefined where there is none. */
function lookUp(file: string, name: string): number | undefined {
  if (/^\d{1,10}$/.test(name)) return Number(name)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  const fields = text.split('\n', MAX_LINES).map(line => line.split(':'))
  const number = fields.find(([first]) => first === name)?.[2]
  return number !== undefined && /^\d{1,10}$/.test(number) ? Number(number) : undefined
}

const MAX_LINES = 100_000

export const userId = (name: string): number | undefined => lookUp('/etc/passwd', name)
export const groupId = (name: string): number | undefined => lookUp('/etc/group', name)
